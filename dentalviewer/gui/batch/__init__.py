"""Having all radiographs of the worklist examined."""
