"""The report: asked for, set on pages, printed."""
