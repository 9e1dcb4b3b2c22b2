"""Soak: exports, changes and calls for hours on real processes; memory, sockets and file handles must stay flat.

`make soak` runs it for an hour; `MINUTES=2 make soak` tries it out. Not part of `make chaos`.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from sandbox.chaos.verdict import Verdict, people_not_as
from sandbox.exports import write_export
from sandbox.people import Staff, make_staff
from sandbox.system import Sandbox

PEOPLE = 200
CHANGED_SHARE = 0.1
RUN_SECONDS = 300.0
SETTINGS = {"LOOK_UP_AGAIN_SECONDS": "1", "MAX_WRITES_UNAPPROVED": "100000", "EXPECTED_WORKERS": "1"}
WARM_UP_SHARE = 0.25
MOST_MIB_MORE, MOST_HANDLES_MORE = 20.0, 10.0
"""Above the level after warming up; what a run of two minutes still learns is less."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The host process between two rounds."""

    at: float
    mib: float
    handles: int
    sockets: int


async def soak(minutes: float, folder: Path) -> Verdict:
    samples: list[Sample] = []
    wrong: list[str] = []
    staff = make_staff(PEOPLE)
    async with Sandbox(folder, staff, settings=SETTINGS) as sandbox:
        began, rounds = time.monotonic(), 0
        while time.monotonic() - began < minutes * 60:
            rounds += 1
            staff = staff.with_changed_numbers(CHANGED_SHARE, seed=rounds) if rounds > 1 else staff
            wrong += await _round(sandbox, staff, rounds)
            samples.append(_sample(sandbox.host.pid, time.monotonic() - began))
    first, last = _ends(samples)
    facts = (
        f"{rounds} rounds of {PEOPLE} people in {minutes:g} minutes; memory {first.mib:.0f} to {last.mib:.0f} MiB, "
        f"handles {first.handles} to {last.handles}, sockets {first.sockets} to {last.sockets}"
    )
    return Verdict(facts, (*wrong, *_grown(first, last)))


async def _round(sandbox: Sandbox, staff: Staff, number: int) -> list[str]:
    """One export to its end, and one call for one person."""
    run_id = await sandbox.drop(f"staff-{number}.xlsx", write_export(staff))
    await sandbox.run_over(run_id, within=RUN_SECONDS)
    person = next(person for person in staff.people if not person.groups)
    answer = await sandbox.call("GET", f"v1/users/{person.id}/phoneMethods")
    wrong = [] if answer.is_success else [f"round {number}: a call was answered with {answer.status_code}"]
    dump = await sandbox.graph_control("GET", "dump")
    return wrong + people_not_as(staff, {person["id"]: person["phones"] for person in dump["people"]})


def _sample(pid: int, at: float) -> Sample:
    folder = Path(f"/proc/{pid}")
    status = (folder / "status").read_text(encoding="ascii")
    resident = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))
    handles = [handle.readlink() for handle in (folder / "fd").iterdir() if handle.is_symlink()]
    sockets = sum(str(handle).startswith("socket:") for handle in handles)
    return Sample(at, resident / 1024, len(handles), sockets)


def _ends(samples: Sequence[Sample]) -> tuple[Sample, Sample]:
    """The middle of the first samples after warming up, and that of as many at the end."""
    warm = samples[int(len(samples) * WARM_UP_SHARE) :]
    part = max(1, len(warm) // 3)
    return _middle(warm[:part]), _middle(warm[-part:])


def _middle(samples: Sequence[Sample]) -> Sample:
    return Sample(
        at=samples[-1].at,
        mib=median(sample.mib for sample in samples),
        handles=round(median(sample.handles for sample in samples)),
        sockets=round(median(sample.sockets for sample in samples)),
    )


def _grown(first: Sample, last: Sample) -> list[str]:
    grown = []
    if last.mib - first.mib > MOST_MIB_MORE:
        grown.append(f"memory grew by {last.mib - first.mib:.0f} MiB")
    if last.handles - first.handles > MOST_HANDLES_MORE:
        grown.append(f"handles grew by {last.handles - first.handles}")
    return grown
