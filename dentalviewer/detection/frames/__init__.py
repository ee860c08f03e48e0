"""What a network is shown of a radiograph: turned back, found, cut and scaled."""
