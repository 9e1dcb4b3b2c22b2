"""`make bench-intake`: reading an export and normalising its numbers, against bare openpyxl over the same file.

Both are timed in turns in one process; our memory is measured in a separate process. The bars are at least 0.5 of bare
openpyxl's speed at 100,000 rows x 8 columns, and at most 120 MiB above the memory at start at 200,000 rows. Exits
non-zero when a bar is missed.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from statistics import median

import openpyxl
import xlsxwriter  # type: ignore[import-untyped] # no types are shipped

from sandbox.fictional_numbers import mobiles
from shared.core.export.desired import DesiredValueRules, desired_of_row
from testing.exports import opened, rows_of
from testing.process_memory import peak_mib

HEADERS = ("Department", "Name", "userPrincipalName", "Country", "mobile", "office", "Cost centre", "Remark")
SPEED_ROWS, MEMORY_ROWS, REPEATS = 100_000, 200_000, 3
LEAST_SHARE, MOST_MIB = 0.5, 120


def make_export(rows: int, path: Path) -> None:
    """As Excel writes it: shared strings, text in both phone columns."""
    numbers = [number.spelled_for_graph() for number in mobiles()["US"]]
    with xlsxwriter.Workbook(path, {"constant_memory": False}) as book:
        sheet = book.add_worksheet("Staff")
        sheet.write_row(0, 0, HEADERS)
        for row in range(1, rows + 1):
            mobile, office = numbers[row % len(numbers)], numbers[-row % len(numbers)]
            person = f"person{row}@contoso.example"
            cells = (f"Department {row % 40}", f"Person {row}", person, "US", mobile, office, row % 900, "")
            for column, cell in enumerate(cells):
                sheet.write(row, column, cell)


def bare_openpyxl(data: bytes) -> int:
    book = openpyxl.load_workbook(BytesIO(data), read_only=True)
    return sum(1 for _ in book.worksheets[0].iter_rows(values_only=True)) - 1


def ours_reading(data: bytes) -> int:
    return sum(1 for _ in opened(data).rows())


def ours(data: bytes) -> int:
    """Read the rows, understand the columns, normalise both numbers; returns in how many rows both could be read."""
    rules, readable = DesiredValueRules(app_region="US"), 0
    for row in rows_of(opened(data)):
        readable += not desired_of_row(row, rules, usage_location=None, file_region=None).refused
    return readable


def seconds(work: Callable[[bytes], int], data: bytes, rows: int) -> float:
    start = time.process_time()
    if work(data) != rows:
        raise SystemExit(f"{work.__name__} did not read every row")
    return time.process_time() - start


def memory_of_reading(path: Path) -> float:
    """By how many MiB the work raises the peak memory of a new process that already holds the bytes of the file."""
    answer = subprocess.run(  # noqa: S603 # our own module
        [sys.executable, "-m", "bench.intake", "--memory", str(path)], check=True, capture_output=True, text=True
    )
    return float(json.loads(answer.stdout)["mib"])


def measure_memory(path: Path) -> None:
    data = path.read_bytes()
    before = peak_mib()
    ours(data)
    print(json.dumps({"mib": peak_mib() - before}))


def main() -> int:
    if sys.argv[1:2] == ["--memory"]:
        measure_memory(Path(sys.argv[2]))
        return 0
    folder = Path(".sandbox/bench")
    folder.mkdir(parents=True, exist_ok=True)
    files = {rows: folder / f"intake-{rows}.xlsx" for rows in (SPEED_ROWS, MEMORY_ROWS)}
    for rows, path in files.items():
        if not path.exists():
            print(f"making {path} …", flush=True)
            make_export(rows, path)
    data = files[SPEED_ROWS].read_bytes()
    works = (bare_openpyxl, ours_reading, ours)
    times: dict[str, list[float]] = {work.__name__: [] for work in works}
    for _ in range(REPEATS):
        for work in works:
            times[work.__name__].append(seconds(work, data, SPEED_ROWS))
    return report(times, memory_of_reading(files[MEMORY_ROWS]))


def report(times: dict[str, list[float]], memory: float) -> int:
    medians = {name: median(values) for name, values in times.items()}
    share = medians["bare_openpyxl"] / medians["ours"]
    print(f"{SPEED_ROWS} rows x {len(HEADERS)} columns, CPU seconds, median of {REPEATS}, {platform.machine()}")
    for name, value in medians.items():
        print(f"  {name:<14} {value:6.2f} s  {SPEED_ROWS / value:>8.0f} rows/s")
    spent = medians["ours"] - medians["ours_reading"]
    print(f"  of ours, reading {medians['ours_reading']:.2f} s, columns and numbers {spent:.2f} s")
    print(f"share of bare openpyxl: {share:.2f} (at least {LEAST_SHARE})")
    print(f"peak memory above start at {MEMORY_ROWS} rows: {memory:.0f} MiB (at most {MOST_MIB})")
    return 0 if share >= LEAST_SHARE and memory <= MOST_MIB else 1


if __name__ == "__main__":
    sys.exit(main())
