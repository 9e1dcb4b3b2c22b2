"""Measures what reading costs, in a process of its own: `python -m tests.adapters.workbook.cost FILE PASSES`.

Time is CPU time, ours against bare openpyxl in read-only mode in the same process, the least of all passes each;
memory is the peak above the start, when the packed file is held already.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from openpyxl import load_workbook
from xlsxwriter import Workbook  # type: ignore[import-untyped] # the package ships no types

from testing.process_memory import peak_mib
from tests.adapters.workbook.reading import opened

_HEADER = ("userPrincipalName", "mobile", "alternateMobile", "office", "country", "name", "department", "number")


def people(rows: int) -> bytes:
    """A workbook as Excel writes it, with shared strings: 8 columns, of which most texts differ."""
    rng = random.Random(1)
    saved = BytesIO()
    book = Workbook(saved)
    page = book.add_worksheet()
    page.write_row(0, 0, _HEADER)
    for row in range(1, rows + 1):
        phones = (f"+1 202 555 01{rng.randrange(100):02}", f"+61 491 {row:07}", 33199000000 + row)
        page.write_row(
            row, 0, (f"person{row}@contoso.example", *phones, rng.choice("UAF"), f"Name {row}", "Sales", row)
        )
    book.close()
    return saved.getvalue()


def _read(data: bytes) -> int:
    return sum(1 for _ in opened(data).rows())


def _bare(data: bytes) -> int:
    page = load_workbook(BytesIO(data), read_only=True).worksheets[0]
    return sum(1 for _ in page.iter_rows(values_only=True)) - 1


def _timed(act: Callable[[bytes], int], data: bytes) -> float:
    begun = time.process_time()
    assert act(data)
    return time.process_time() - begun


def main(file: Path, passes: int) -> None:
    data = file.read_bytes()
    start = peak_mib()
    ours = [_timed(_read, data)]
    above_start = peak_mib() - start
    bare = [_timed(_bare, data)]
    for _ in range(passes - 1):
        ours.append(_timed(_read, data))
        bare.append(_timed(_bare, data))
    sys.stdout.write(json.dumps({"ours": min(ours), "bare": min(bare), "peakMiB": above_start}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
