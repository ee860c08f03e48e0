"""The list of all radiographs that are open."""
