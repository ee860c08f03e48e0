"""Taking radiographs in hand, with the annotations that speak of them."""
