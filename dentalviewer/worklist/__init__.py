"""Many radiographs as work to be done: what detectors said of each is kept here."""
