"""`python -m dentalviewer` is the same as `dentalviewer`."""

from dentalviewer.cli import run

# The detector's process imports this module too, and must not open a window.
if __name__ == "__main__":
    run()
