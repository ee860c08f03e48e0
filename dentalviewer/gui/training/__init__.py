"""The road to a better detector: export, train, compare, use."""
