"""The dental chart."""
