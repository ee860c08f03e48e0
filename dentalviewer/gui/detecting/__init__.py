"""The chosen detector, and its answer about the radiograph in hand."""
