"""Measures the memory of reading, in a process of its own: `python -m tests.adapters.workbook.reading_memory FILE`.

Prints the peak above the start, when the packed file is held already.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from testing.process_memory import peak_mib
from tests.adapters.workbook.reading import opened


def main(file: Path) -> None:
    data = file.read_bytes()
    start = peak_mib()
    rows = sum(1 for _ in opened(data).rows())
    sys.stdout.write(json.dumps({"rows": rows, "peakMiB": peak_mib() - start}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
