"""`make bench`: runs every contender in turns, compares the figures with the bars and writes docs/benchmarks.md.

It also writes docs/costs.md, which is computed from these figures. `--quick` is one small round of a few minutes that
writes nothing. Exits non-zero when a bar is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from bench.peers import bars, report
from bench.peers.cold_start import cold_start
from bench.peers.field import LARGE, REPEATS, Round, rounds, take
from bench.peers.job import Measurement
from sandbox.functions_host.host import Listeners
from tools.costs import costs_page

DOCUMENT = Path(__file__).parents[2] / "docs" / "benchmarks.md"
COSTS = DOCUMENT.with_name("costs.md")


def main() -> int:
    arguments = _arguments()
    console = Console(width=170)
    planned = rounds(arguments.turns, arguments.most_people, quick=arguments.quick, listeners=arguments.listeners)
    measurements = asyncio.run(_all(planned, console))
    verdicts = [*bars.of(measurements), *cold_start(quick=arguments.quick)]
    console.print(report.table(measurements))
    console.print(report.bars_table(verdicts))
    if not arguments.quick:
        command = " ".join(["python -m bench.peers", *sys.argv[1:]])
        DOCUMENT.write_text(report.document(measurements, verdicts, command, arguments.turns), encoding="utf-8")
        DOCUMENT.with_name("benchmarks.svg").write_text(report.plot(measurements), encoding="utf-8")
        COSTS.write_text(costs_page(), encoding="utf-8")
        console.print(f"written to {DOCUMENT} and {COSTS}")
    return int(any(not verdict.is_kept for verdict in verdicts))


async def _all(planned: list[Round], console: Console) -> list[Measurement]:
    measurements: list[Measurement] = []
    with Progress(console=console) as progress:
        task = progress.add_task("", total=len(planned))
        for one in planned:
            progress.update(task, description=str(one))
            for measurement in await take(one):
                measurements.append(measurement)
                console.print(report.line(measurement))
            progress.advance(task)
    return measurements


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one small round of each; writes no document")
    parser.add_argument(
        "--turns", type=int, default=REPEATS, help="how often each contender runs (default: %(default)s)"
    )
    parser.add_argument("--most-people", type=int, default=LARGE, help="leave out larger sizes (default: %(default)s)")
    parser.add_argument(
        "--listeners",
        type=Listeners,
        choices=list(Listeners),
        default=Listeners.SANDBOX,
        help="microsoft: measure the whole app also under Microsoft's listeners",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
