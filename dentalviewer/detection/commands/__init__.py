"""The commands that run detectors: what is typed, and what is said to a terminal."""
