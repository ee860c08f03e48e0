"""Annotation files of other programs, and our own review file."""

from dentalviewer.formats._annotations import ImageAnnotations, LabelledImage, fitted

__all__ = ["ImageAnnotations", "LabelledImage", "fitted"]
