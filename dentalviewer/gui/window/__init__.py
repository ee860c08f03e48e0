"""The window: all parts put together, and what the menus do with them."""
