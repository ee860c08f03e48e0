"""The networks and what they are taught: the plain functions that make them."""
