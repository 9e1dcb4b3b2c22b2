"""Soak: exports, changes and calls for an hour or more on real processes; memory, sockets and files must stay flat.

`make soak` runs it for an hour; `make soak MINUTES=2` is a short trial. Not part of `make chaos`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import linear_regression, median

from sandbox.exports import write_export
from sandbox.people import Staff, make_staff
from sandbox.system import WITHOUT_QUESTIONS, Sandbox
from testing.process_memory import resident_mib
from trials.checks import TrialResult, people_not_as

PEOPLE = 200
CHANGED_SHARE = 0.1
RUN_SECONDS = 300.0
SETTINGS = {
    **WITHOUT_QUESTIONS,
    "LOOK_UP_RETRY_SECONDS": "1",
    "MAX_WRITES_UNAPPROVED": "100000",
    "MAX_CREATE_SHARE": "1",
    "MAX_UPDATE_SHARE": "1",
    "EXPECTED_WORKERS": "1",
}
WARM_UP_SHARE = 0.25
FEWEST_WARM = 3


@dataclass(frozen=True, slots=True)
class Sample:
    """The host process between two rounds; `at` is in minutes."""

    at: float
    mib: float
    sockets: int
    files: int


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure that must stay flat: at the end it may be `most_more` above its level after warming up."""

    name: str
    most_more: float
    of: Callable[[Sample], float]


MEASURES = (
    Measure("MiB of memory", 20, lambda sample: sample.mib),
    Measure("sockets", 40, lambda sample: sample.sockets),
    Measure("file handles", 10, lambda sample: sample.files),
)
"""The limits allow for the growth while a soak of two minutes warms up, and for connections that come and go."""


async def soak(minutes: float, folder: Path) -> TrialResult:
    samples: list[Sample] = []
    wrong: list[str] = []
    staff = make_staff(PEOPLE)
    async with Sandbox(folder, staff, settings=SETTINGS) as sandbox:
        began, rounds = time.monotonic(), 0
        while time.monotonic() - began < minutes * 60:
            rounds += 1
            staff = staff.with_changed_numbers(CHANGED_SHARE, seed=rounds) if rounds > 1 else staff
            wrong += await _round(sandbox, staff, rounds)
            samples.append(_sample(sandbox.host.pid, (time.monotonic() - began) / 60))
    flat = flatness(samples)
    return TrialResult(
        f"{rounds} rounds of {PEOPLE} people in {minutes:g} minutes; {flat.facts}", (*wrong, *flat.wrong)
    )


async def _round(sandbox: Sandbox, staff: Staff, number: int) -> list[str]:
    """One export to its end, and one call for one person."""
    run_id = await sandbox.drop(f"staff-{number}.xlsx", write_export(staff))
    await sandbox.run_over(run_id, within=RUN_SECONDS)
    person = next(person for person in staff.people if not person.groups)
    answer = await sandbox.call("GET", f"v1/users/{person.id}/phoneMethods")
    wrong = [] if answer.is_success else [f"round {number}: a call was answered with {answer.status_code}"]
    dump = await sandbox.graph_control("GET", "dump")
    return wrong + people_not_as(staff, {person["id"]: person["phones"] for person in dump["people"]})


def flatness(samples: Sequence[Sample]) -> TrialResult:
    """Each measure after warming up and at the end, and its rise per minute between them."""
    warm = samples[int(len(samples) * WARM_UP_SHARE) :]
    if len(warm) < FEWEST_WARM:
        return TrialResult("nothing to compare", (f"only {len(samples)} rounds, which is too few to decide",))
    facts, wrong = [], []
    for measure in MEASURES:
        values = [measure.of(sample) for sample in warm]
        third = len(values) // 3
        start, end = median(values[:third]), median(values[-third:])
        slope = linear_regression([sample.at for sample in warm], values).slope
        facts.append(f"{measure.name} {start:.0f} to {end:.0f} ({slope:+.2f} a minute)")
        if end - start > measure.most_more:
            wrong.append(f"{end - start:.0f} more {measure.name}; {measure.most_more:.0f} are allowed")
    return TrialResult(", ".join(facts), tuple(wrong))


def _sample(pid: int, at: float) -> Sample:
    handles = [handle.readlink() for handle in Path(f"/proc/{pid}/fd").iterdir() if handle.is_symlink()]
    sockets = sum(str(handle).startswith("socket:") for handle in handles)
    return Sample(at, resident_mib(pid), sockets, len(handles) - sockets)
