"""`make profile`: where the whole app spends its CPU, layer by layer, and which requests a person costs.

It runs an export of new people and the same export once more, on Azurite, the Graph stand-in and the Functions host,
and writes the tables into docs/performance.md. A sampler in the host attributes CPU to layers; Azurite's log has the
requests. `--people` is for a short look, which writes nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.peers.contenders import OUR_SETTINGS
from bench.peers.field import LATENCY_MS, LEASE_SECONDS, MIDDLE, WHOLE, measure_phase
from bench.peers.job import GREENFIELD, NOTHING, Job, Measurement, export_is_due, exports_of, staff_of
from bench.peers.report import machine
from bench.profiled_host import SECONDS_PER_SAMPLE
from sandbox.system import ROOT, Sandbox
from shared.adapters.storage.connection import resolve
from shared.adapters.storage.connection_names import data_connection_name
from shared.app import App
from testing.storage_operations import HOST, StorageOperations, requests_at_azurite

DOCUMENT = ROOT / "docs/performance.md"
PHASES = (GREENFIELD, NOTHING)
_LEAST_SHARE = 0.005
"""Layers and kinds of request with a smaller share are left out of the tables."""
_GENERATED = re.compile(r"(?<=<!-- profile -->\n).*(?=<!-- end of profile -->)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Profile:
    """One phase: its measurement, CPU milliseconds per person by layer, and requests per person by kind."""

    measured: Measurement
    cpu: Counter[str]
    requests: Counter[str]


async def profiles(people: int) -> list[Profile]:
    """The profile of each phase."""
    staff, found = staff_of(people), list[Profile]()
    with TemporaryDirectory(prefix="profile-") as folder:
        samples = Path(folder, "samples.json")
        async with Sandbox(
            Path(folder),
            staff,
            settings=OUR_SETTINGS,
            graph_switches={"latency_ms": LATENCY_MS},
            lease=LEASE_SECONDS,
            log_storage_requests=True,
            host=("bench.profiled_host", str(samples)),
        ) as sandbox:
            ours = StorageOperations()
            watching = App(
                sandbox.settings, storage=resolve(data_connection_name(sandbox.settings), sandbox.settings, ours)
            )
            for count, phase in enumerate(PHASES, start=1):
                await export_is_due(phase)
                cpu, requests = _samples(sandbox, samples), requests_at_azurite(sandbox.azurite.log)
                job, around = Job(WHOLE, sandbox.graph.url, people), (sandbox, watching, ours, f"staff-{count}.xlsx")
                measured = await measure_phase(job, phase, exports_of(staff)[phase], around)
                asked = requests_at_azurite(sandbox.azurite.log) - requests - ours.counts
                found.append(Profile(measured, _samples(sandbox, samples) - cpu, asked))
            await watching.close()
    return found


def _samples(sandbox: Sandbox, samples: Path) -> Counter[str]:
    """The samples until now."""
    samples.unlink(missing_ok=True)
    os.kill(sandbox.host.pid, signal.SIGUSR1)
    while not samples.exists():
        time.sleep(0.05)
    return Counter(json.loads(samples.read_text(encoding="utf-8")))


def tables(found: Sequence[Profile]) -> str:
    """The profile in Markdown."""
    return "\n".join(_lines(found))


def _lines(found: Sequence[Profile]) -> Iterator[str]:
    people = found[0].measured.people
    yield f"Measured on {datetime.now(UTC):%Y-%m-%d} with {people:,} people, on {machine()}.\n"
    yield from _table("", found, [("seconds", [f"{one.measured.seconds:.1f}" for one in found])])
    yield "\nCPU of the host process, in milliseconds per person:\n"
    sampled = [
        Counter({name: count * SECONDS_PER_SAMPLE * 1000 / people for name, count in one.cpu.items()}) for one in found
    ]
    yield from _table("layer", found, _rows(sampled))
    yield "\nRequests to storage per person, the host's included:\n"
    asked = [Counter({name: count / people for name, count in one.requests.items()}) for one in found]
    yield from _table("request", found, _rows(asked))


def _table(head: str, found: Sequence[Profile], rows: Sequence[tuple[str, Sequence[str]]]) -> Iterator[str]:
    yield f"| {head} | {' | '.join(one.measured.phase for one in found)} |"
    yield f"| --- |{' ---: |' * len(found)}"
    for name, cells in rows:
        yield f"| {name} | {' | '.join(cells)} |"


def _rows(counts: Sequence[Counter[str]]) -> list[tuple[str, list[str]]]:
    """The larger counts in descending order, and the sum of all."""
    names = sorted({name for one in counts for name in one}, key=lambda name: -sum(one[name] for one in counts))
    shown = [name for name in names if any(one[name] >= _LEAST_SHARE * one.total() for one in counts)]
    rows = [(_spelled(name), [f"{one[name]:.2f}" for one in counts]) for name in shown]
    return [*rows, ("**total**", [f"**{one.total():.2f}**" for one in counts])]


def _spelled(name: str) -> str:
    return "the host's own" if name == HOST else name


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.profile", description=__doc__)
    parser.add_argument(
        "--people", type=int, default=MIDDLE, help="another number writes nothing (default: %(default)s)"
    )
    people = parser.parse_args().people
    written = tables(asyncio.run(profiles(people)))
    print(written)
    if people == MIDDLE:
        document = DOCUMENT.read_text(encoding="utf-8")
        DOCUMENT.write_text(_GENERATED.sub(lambda _: f"\n{written}\n\n", document), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
