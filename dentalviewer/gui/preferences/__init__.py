"""What the reader prefers, keys included."""
