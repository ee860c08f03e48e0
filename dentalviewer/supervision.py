"""Whether a window started this command, for the ends of both."""

import os

# Set by the window for the commands that it starts, with a pipe as their input.
SUPERVISED = "DENTALVIEWER_SUPERVISED"


def is_supervised() -> bool:
    return bool(os.environ.get(SUPERVISED))
