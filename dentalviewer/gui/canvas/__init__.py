"""The radiograph and the marks on it, painted and pointed at."""
