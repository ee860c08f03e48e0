"""Converts annotations with datumaro and prints how long it worked: SOURCE DEST FORMAT.

FORMAT is `from:to` as datumaro names them.
"""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path

import datumaro

_, _started, source, destination, names = sys.argv
read_as, write_as = names.split(":")
begin = time.process_time()
dataset = datumaro.Dataset.import_from(source, format=read_as)
dataset.export(destination, format=write_as, save_media=False)
seconds = time.process_time() - begin
boxes = sum(
    annotation.type is datumaro.AnnotationType.bbox
    for item in dataset
    for annotation in item.annotations
)
# Of this program: what resource tells includes the one that started it.
status = Path("/proc/self/status").read_text(encoding="ascii")
most = re.search(r"VmHWM:\s+(\d+)", status)
assert most is not None
peak = int(most[1]) / 1024
print(json.dumps({"seconds": seconds, "findings": boxes, "mib": peak}))
