"""Converts annotations and prints how long it worked: SOURCE DEST FORMAT."""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path

from dentalviewer.formats.conversion import convert

_, _started, source, destination, name = sys.argv
begin = time.process_time()
result = convert(Path(source), Path(destination), format_name=name, copy_images=False)
seconds = time.process_time() - begin
assert not result.failures, result.failures[:3]
# Of this program: what resource tells includes the one that started it.
status = Path("/proc/self/status").read_text(encoding="ascii")
most = re.search(r"VmHWM:\s+(\d+)", status)
assert most is not None
peak = int(most[1]) / 1024
print(json.dumps({"seconds": seconds, "findings": result.findings, "mib": peak}))
