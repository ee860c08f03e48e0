"""Work off the GUI thread: what comes of it, how far it is, and where errors end."""
