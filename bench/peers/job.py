"""The input and the result of every contender: one staff, three exports of it, and a measurement of each export.

The benchmark makes a job and sends it as JSON to the contender's own process, which returns the measurements.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import httpx

from sandbox.people import PersonKind, Staff, StaffMember, make_staff
from shared.core.record.ownership_record import CLOCK_SKEW
from shared.core.values.slot import PhoneNumber, PhoneType
from testing.process_memory import peak_mib

GREENFIELD, NOTHING, ONE_PERCENT = "greenfield", "nothing changed", "1 % changed"
PHASES = (GREENFIELD, NOTHING, ONE_PERCENT)
SECONDS_BETWEEN_EXPORTS = CLOCK_SKEW.total_seconds() + 1
"""In real use, hours pass between two exports. Right after an export, the app reads methods twice, because it cannot
tell whether an ownership record that is younger than `CLOCK_SKEW` was changed after the first read."""
BURST_WRITES = 3_000
"""How many writes Graph accepts at once when its bucket is full."""
DONE, FAILED = "done", "failed"
_GREENFIELD_SHARE = 0.6
"""The share of new people in a made-up staff; the others have numbers, are protected, or do not exist."""


@dataclass(frozen=True, slots=True)
class Job:
    """Where Graph is, how many people there are, and which of the phases are wanted."""

    contender: str
    url: str
    people: int
    phases: tuple[str, ...] = PHASES
    faulty: bool = False


@dataclass(frozen=True, slots=True)
class Measurement:
    """The figures of one phase of one contender."""

    contender: str
    phase: str
    people: int
    seconds: float
    cpu_seconds: float
    peak_mib: float
    requests: int
    writes: int
    throttled: int
    faults: int
    wrong_outcomes: int
    wrong_states: int
    faulty: bool = False
    flow_seconds: float = 0.0
    """From the parsed workbook to the last outcome, for the flows alone; 0 for the other contenders."""
    steady_writes: int = 0
    steady_seconds: float = 0.0
    """From the 3,000th write, which ends the burst, to the last one; 0 when there are fewer writes."""
    listeners_cpu_seconds: float = 0.0
    """CPU of the program with Microsoft's listeners, which is not in `cpu_seconds`."""
    storage: int = 0
    """Requests to storage other than polls; 0 for scripts, which use no storage."""
    polls: int = 0

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def staff_of(people: int) -> Staff:
    """New people with one number each, none of them special."""
    members = make_staff(int(people / _GREENFIELD_SHARE) + 10).members
    plain = [_one_number(member) for member in members if member.kind is PersonKind.GREENFIELD]
    return Staff(tuple(plain[:people]))


def exports_of(staff: Staff) -> dict[str, Staff]:
    """The export of each phase, in the order in which HR drops them."""
    after = staff.with_changed_numbers(0)
    return {GREENFIELD: staff, NOTHING: after, ONE_PERCENT: after.with_changed_numbers(0.01)}


async def export_is_due(phase: str) -> None:
    """Wait until the export of this phase may follow the one before."""
    if phase != GREENFIELD:
        await asyncio.sleep(SECONDS_BETWEEN_EXPORTS)


def sign_in_name(member: StaffMember) -> str:
    assert member.person is not None  # noqa: S101 - by construction
    return member.person.userPrincipalName


def main_number(member: StaffMember) -> tuple[PhoneType, PhoneNumber]:
    return next(iter(member.wanted.items()))


def _one_number(member: StaffMember) -> StaffMember:
    kind, number = main_number(member)
    return replace(member, wanted={kind: number}, spellings={kind: member.spellings[kind]})


class Stopwatch:
    """Measures one phase from the stand-in's counters and the directory, not from the contender's own report."""

    def __init__(self, job: Job, phase: str, export: Staff, control: httpx.AsyncClient) -> None:
        self._job, self._phase, self._export, self._control = job, phase, export, control
        self._watching: asyncio.Task[None] | None = None
        self._writes: list[tuple[float, int]] = []

    async def start(self) -> None:
        self._before = await self._stats()
        if self._job.people > BURST_WRITES:
            self._watching = asyncio.create_task(self._watch_writes())
        self._cpu, self._start = time.process_time(), time.perf_counter()

    def stop(self) -> None:
        self._seconds = time.perf_counter() - self._start
        self._cpu = time.process_time() - self._cpu
        if self._watching:
            self._watching.cancel()

    async def measurement(self, said: Mapping[str, str], **more: Any) -> Measurement:  # noqa: ANN401 # fields of a Measurement
        """`said`: the outcome reported for each person, by sign-in name."""
        after = await self._stats()
        dump = (await self._control.get(f"{self._job.url}/control/dump")).json()
        wrong_outcomes, wrong_states = judged(self._export, dump["people"], said)
        spent = {name: after[name] - self._before[name] for name in after}
        measured: dict[str, Any] = {
            "seconds": self._seconds,
            "cpu_seconds": self._cpu,
            "peak_mib": peak_mib(),
            **spent,
            **self._steady(),
            **more,
        }
        return Measurement(
            contender=self._job.contender,
            phase=self._phase,
            people=self._job.people,
            faulty=self._job.faulty,
            wrong_outcomes=wrong_outcomes,
            wrong_states=wrong_states,
            **measured,
        )

    async def _watch_writes(self) -> None:
        while True:
            writes = (await self._stats())["writes"] - self._before["writes"]
            self._writes.append((time.perf_counter(), writes))
            await asyncio.sleep(1)

    def _steady(self) -> dict[str, Any]:
        """Writes and seconds from the first sample after the burst to the sample that includes the last write."""
        after = [look for look in self._writes if look[1] >= BURST_WRITES]
        if not after or after[-1][1] == after[0][1]:
            return {}
        last = next(look for look in after if look[1] == after[-1][1])
        return {"steady_writes": last[1] - after[0][1], "steady_seconds": last[0] - after[0][0]}

    async def _stats(self) -> dict[str, int]:
        stats = (await self._control.get(f"{self._job.url}/control/stats")).json()
        return {
            "requests": sum(stats["requests"].values()),
            "writes": stats["writesServed"],
            "throttled": sum(stats["throttled"].values()),
            "faults": sum(stats["faults"].values()),
        }


def judged(export: Staff, directory: Iterable[Mapping[str, Any]], said: Mapping[str, str]) -> tuple[int, int]:
    """How many reported outcomes differ from the directory, and how many people do not have the desired number."""
    current = {person["userPrincipalName"]: person["phones"] for person in directory}
    wrong_outcomes = wrong_states = 0
    for member in export.members:
        name = sign_in_name(member)
        is_done = current[name] == {str(kind): number.spelled_for_graph() for kind, number in member.wanted.items()}
        wrong_states += not is_done
        wrong_outcomes += said.get(name) != (DONE if is_done else FAILED)
    return wrong_outcomes, wrong_states
