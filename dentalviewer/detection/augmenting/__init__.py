"""What is made of labelled radiographs so that a detector learns more from them."""
