"""Detectors at work: from a radiograph to what is found on it."""
