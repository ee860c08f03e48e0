"""What is done to all that is open: merge, classes, agreement, audit."""
