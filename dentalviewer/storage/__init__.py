"""Files and folders: read with care, written wholly or not at all."""
