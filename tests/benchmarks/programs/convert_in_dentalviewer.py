"""Converts annotations and prints how long it worked: SOURCE DEST FORMAT."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

from dentalviewer.formats.conversion import convert

_, _started, source, destination, name = sys.argv
begin = time.process_time()
result = convert(Path(source), Path(destination), format_name=name, copy_images=False)
seconds = time.process_time() - begin
assert not result.failures, result.failures[:3]
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": seconds, "findings": result.findings, "mib": peak}))
