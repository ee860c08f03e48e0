"""`python -m dentalviewer` is the same as `dentalviewer`."""

from dentalviewer.cli import run

run()
