"""Measures the memory of writing a result: `python -m tests.adapters.workbook.writing_memory FILE ROWS EVERY`.

Every so many rows need work, 0 = none does. Prints the peak above the start, when export and reports are held already.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

from testing.process_memory import peak_mib
from tests.adapters.workbook.corpus_files import valid
from tests.adapters.workbook.results import BAD, GOOD, result_of


def main(file: Path, rows: int, every: int) -> None:
    data = file.read_bytes()
    reports = {
        row: replace(BAD if every and row % every == 0 else GOOD, display_name=f"Name {row}")
        for row in range(2, rows + 2)
    }
    result_of(valid(), full_rows=0)  # imports, and what is made once
    start = peak_mib()
    written = result_of(data, reports=reports, full_rows=0)
    sys.stdout.write(json.dumps({"bytes": len(written), "peakMiB": peak_mib() - start}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
