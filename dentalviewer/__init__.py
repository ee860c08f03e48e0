"""A second opinion on panoramic dental radiographs."""

__version__ = "0.1.0"
