"""Small parts that any panel or dialog is made of."""
