"""From reviews and annotations to sets that others, and detectors, learn from."""
