"""What a network may look for: each set of labels is learned by a head of its own."""

from dentalviewer.curation.set_facts import TREATMENTS as TREATMENTS

TEETH = "teeth"
