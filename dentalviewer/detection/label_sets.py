"""What a network may look for: each set of labels is learned by a head of its own."""

TREATMENTS, TEETH = "treatments", "teeth"
