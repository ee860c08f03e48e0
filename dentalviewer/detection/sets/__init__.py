"""Labelled radiographs as detectors learn from them and are judged by them."""
