"""What a detector says of itself, and the folder that holds it."""
