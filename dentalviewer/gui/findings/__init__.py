"""The work at the right: what is to decide, one finding after another."""
