"""What a network may look for: each set of labels is learned by a head of its own."""

from dentalviewer.labels import TREATMENTS as TREATMENTS

TEETH = "teeth"
