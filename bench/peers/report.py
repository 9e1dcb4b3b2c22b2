"""What the benchmark prints and writes: tables for the terminal and for docs/benchmarks.md, and a plot as SVG."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from html import escape
from importlib.metadata import version
from pathlib import Path

from rich.table import Table

from bench.peers.bars import ORDER, WRITES_PER_SECOND, Bar, middle, rate
from bench.peers.field import ALONE, FIFTY, LARGE, LATENCY_MS, MICROSOFT, MIDDLE, SEQUENTIAL, SMALL, WHOLE
from bench.peers.job import PHASES, SECONDS_BETWEEN_EXPORTS, Measurement
from shared.core.record.ownership_record import CLOCK_SKEW

NAMES = {
    SEQUENTIAL: "(a) SDK, one by one",
    FIFTY: "(b) SDK, 50 at a time",
    WHOLE: "(c) ours, whole",
    MICROSOFT: "(c) under Microsoft's listeners",
    ALONE: "(d) ours, flows alone",
}
FIGURES: dict[str, tuple[Callable[[Measurement], float], str]] = {
    "people/s": (rate, ".1f"),
    "seconds": (lambda one: one.seconds, ".1f"),
    "of ceiling": (lambda one: one.writes / one.seconds / WRITES_PER_SECOND, ".2f"),
    "requests": (lambda one: one.requests / one.people, ".2f"),
    "storage": (lambda one: one.storage / one.people, ".2f"),
    "429": (lambda one: one.throttled / one.requests, ".1%"),
    "wrong outcomes": (lambda one: one.wrong_outcomes, ".0f"),
    "wrong states": (lambda one: one.wrong_states, ".0f"),
    "CPU ms": (lambda one: one.cpu_seconds / one.people * 1000, ".1f"),
    "MiB": (lambda one: one.peak_mib, ".0f"),
}
THE_CONTENDERS = """\
| contender | what it is |
| --- | --- |
| (a) | a script on Microsoft's SDK, one person after the other |
| (b) | the same script, 50 people at a time |
| (c) | the whole app, from the dropped file to the result |
| (d) | the flows of the app alone, on storage in memory |

"""
ABOUT_THE_FIGURES = """\
Requests to Graph, requests to storage and CPU are per person. "of ceiling" is the share of 20 writes a second; it is
above 1 while the burst of 3,000 writes lasts. "wrong outcomes" do not match the directory; "wrong states" are people
without the desired number.
A batch counts as one request to Graph, and each of its items counts as another, because Graph's limits count items.
For (d), people per second are measured from the parsed workbook to the last outcome, because the scripts start from a
list of people and write no report. "seconds" covers the whole work of a contender; for (c) and (d) it begins with the
export.

"""
LIMITS_OF_THE_FIGURES = """\
* The stand-in has the documented limits and a made-up latency; the real service may be slower, faster or stricter.
* All processes of a turn share the machine, so compare people per second only within a table. CPU per person is
  reliable.
* (a) is measured with 100 people only; its people per second do not depend on the number of people.
* (c) is one Functions host with one process, `EXPECTED_WORKERS=1`; Azurite is slower than Azure Storage and shares the
  machine. Its storage operations are counted in Azurite's log, without polls and without the host's own operations.
* A run has a fixed cost in requests to storage, which the bars say, so one person costs more in a small run than in a
  large one. The bars therefore compare the cost of each additional person between sizes.
* (d) uses no host and no storage service: storage is in memory, and messages stay in the same process.
* Messages of (c) are leased for 30 s, not for Azure's 10 minutes. Azurite sometimes resets a connection, and the
  messages that it had just delivered then stay hidden until their lease ends.
* The CPU of (c) is that of the host process, without Azurite. Under Microsoft's listeners, which `--listeners
  microsoft` adds, it is also without their program, whose CPU is printed with each turn.
* Cold start means importing and indexing the app. The app imports its verbs and the SDKs at the first invocation that
  needs them; [performance.md](performance.md) says how much CPU that takes.
"""
ABOUT_THE_LARGEST = f"""\
* There is one turn with {LARGE:,} people, because at 20 writes a second it takes over six minutes; the time scale is 1.
"""


def line(one: Measurement) -> str:
    faults = ", faults on" if one.faulty else ""
    listeners = f", {one.listeners_cpu_seconds / one.people * 1000:.1f} ms of CPU per person in the listeners"
    return (
        f"{NAMES[one.contender]}, {one.people:,} people, {one.phase}{faults}: {one.seconds:.1f} s, "
        f"{rate(one):.1f} people/s{listeners if one.listeners_cpu_seconds else ''}"
    )


def table(measurements: Sequence[Measurement]) -> Table:
    shown = Table("contender", "people", "phase", "faults", *FIGURES)
    for row in _rows(measurements):
        shown.add_row(*row)
    return shown


def bars_table(bars: Sequence[Bar]) -> Table:
    shown = Table("bar", "measured", "")
    for bar in bars:
        shown.add_row(bar.name, bar.said, "kept" if bar.is_kept else "MISSED")
    return shown


def document(measurements: Sequence[Measurement], bars: Sequence[Bar], command: str, turns: int) -> str:
    head = (
        "# Benchmarks\n\n"
        f"Written by `{command}` on {datetime.now(UTC):%Y-%m-%d}, on {machine()}.\n"
        f"Versions: {versions()}.\n\n"
        f"The stand-in has a median latency of {LATENCY_MS} ms (log-normal) and the documented limits of a large tenant"
        "; it also counts the requests and writes. "
        f"Every contender waits {SECONDS_BETWEEN_EXPORTS:g} s between two exports, as they arrive hours apart: "
        f"the app reads methods twice if it stored the ownership record less than {CLOCK_SKEW.total_seconds():g} s "
        "before. "
        f"Each figure is the median of {turns} interleaved turns.\n\n"
        "![People per second](benchmarks.svg)\n\n## Bars\n\n"
    )
    bar_rows = [(bar.name, bar.said, "kept" if bar.is_kept else "**missed**") for bar in bars]
    return (
        head
        + THE_CONTENDERS
        + _markdown(("bar", "measured", ""), bar_rows)
        + "\n## Figures\n\n"
        + ABOUT_THE_FIGURES
        + _markdown(("contender", "people", "phase", "faults", *FIGURES), _rows(measurements))
        + "\n## Limits of these figures\n\n"
        + LIMITS_OF_THE_FIGURES
        + (ABOUT_THE_LARGEST if any(one.people == LARGE for one in measurements) else "")
    )


def plot(measurements: Sequence[Measurement]) -> str:
    """People per second by phase and contender, as bars."""
    bars = [
        (phase, contender, found)
        for phase in PHASES
        for contender, people in ((SEQUENTIAL, SMALL), (FIFTY, MIDDLE), (WHOLE, MIDDLE), (ALONE, MIDDLE))
        if (found := middle([one for one in measurements if not one.faulty], contender, phase, people, rate))
        is not None
    ]
    widest, height = max((found for _, _, found in bars), default=1.0), 22 * len(bars) + 40
    root = f'xmlns="http://www.w3.org/2000/svg" width="760" height="{height}"'
    lines = [
        f'<svg {root} font-family="sans-serif" font-size="12">',
        f'<text x="8" y="18">People per second, {MIDDLE:,} people (a: {SMALL})</text>',
    ]
    for index, (phase, contender, found) in enumerate(bars):
        y, width = 30 + 22 * index, 360 * found / widest
        fill = "#1f6feb" if contender in (WHOLE, ALONE) else "#9aa4b0"
        lines.append(f'<text x="8" y="{y + 13}">{escape(f"{phase}: {NAMES[contender]}")}</text>')
        lines.append(f'<rect x="330" y="{y}" width="{width:.1f}" height="16" fill="{fill}"/>')
        lines.append(f'<text x="{335 + width:.1f}" y="{y + 13}">{found:.1f}</text>')
    return "\n".join([*lines, "</svg>", ""])


def machine() -> str:
    model = next(
        (line.partition(":")[2].strip() for line in _cpu_lines() if line.startswith("model name")), platform.machine()
    )
    return f"{os.cpu_count()} cores of {model}, Linux, Python {platform.python_version()}"


def versions() -> str:
    names = ("msgraph-sdk", "msgraph-core", "httpx", "aiohttp", "azure-data-tables", "azure-storage-queue")
    return ", ".join(f"{name} {version(name)}" for name in names)


def _cpu_lines() -> list[str]:
    return Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()


def _rows(measurements: Sequence[Measurement]) -> list[tuple[str, ...]]:
    groups = sorted(
        {(one.contender, one.people, one.phase, one.faulty) for one in measurements},
        key=lambda group: (group[3], ORDER[group[2]], group[1], group[0]),
    )
    return [
        (NAMES[contender], f"{people:,}", phase, "0.1 %" if faulty else "off", *_figures(measurements, group))
        for group in groups
        for contender, people, phase, faulty in [group]
    ]


def _figures(measurements: Sequence[Measurement], group: tuple[str, int, str, bool]) -> list[str]:
    contender, people, phase, faulty = group
    same = [one for one in measurements if one.faulty is faulty]
    shown = []
    for figure, spelling in FIGURES.values():
        found = middle(same, contender, phase, people, figure)
        shown.append("" if found is None else format(found, spelling))
    return shown


def _markdown(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
