"""Training detectors, and measuring them on what they did not learn from."""
