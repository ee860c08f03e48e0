"""How well readers agree: a detector with the truth, and any readers with each other.

Knows neither Qt nor torch. Importing it does not import pycocotools or matplotlib.
"""
