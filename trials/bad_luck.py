"""Bad luck: whole runs while single requests to Graph fail by chance, or Graph throttles in bursts.

The faults last as long as the run. Every outcome must be true, every `Retry-After` obeyed, and the run must be over in
time: a fault may cost the wait that it asks for, and little more. The runs are in virtual time. Each set of faults is
tried with several seeds; the limits of time and reads are for the medians.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median

from sandbox.exports import write_export
from sandbox.graph.faults import Fault
from sandbox.graph.options import Options
from sandbox.people import make_staff
from shared.core.values.states import RunState
from testing.in_memory import InMemory, hosted
from trials.checks import TrialResult, left_at_last, wrong_with
from trials.storms import LATENCY_MS, SETTINGS

PATIENCE_SECONDS = 3_600.0
_WRITES, _READS = "phoneMethods.[cdu]*", ("users.*", "phoneMethods.list", "batch")

_of_write = partial(Fault, on=_WRITES)

_FAILED_BY_CHANCE = (
    *(_of_write(kind="commit-then-status", status=status, probability=0.05) for status in (500, 504, 409)),
    *(_of_write(kind=kind, probability=0.05) for kind in ("commit-then-drop", "drop")),
    *(_of_write(kind="status", status=status, probability=0.03) for status in (500, 503)),
    _of_write(kind="truncate", probability=0.02),
    _of_write(kind="slow", seconds=35, probability=0.01),
    *(
        fault
        for on in _READS
        for fault in (
            *(Fault(kind="status", on=on, status=status, probability=0.02) for status in (500, 503, 504)),
            Fault(kind="drop", on=on, probability=0.02),
            Fault(kind="truncate", on=on, probability=0.01),
        )
    ),
    _of_write(kind="stale-reads", seconds=5, probability=0.5),
)
_THROTTLED_BY_CHANCE = tuple(
    Fault(kind="throttle", probability=0.01, retry_after=form, least_seconds=1, seconds=5)
    for form in ("integer", "fraction", "none")
)
_BURSTS = (
    Fault(kind="throttle", probability=0.95, retry_after="any", least_seconds=0, seconds=5, every=20, lasting=7),
    Fault(kind="throttle", probability=0.03, retry_after="any", least_seconds=0, seconds=5),
)
_MINUTES = Fault(kind="throttle", probability=0.95 / 30, seconds=60, every=20, lasting=7)


@dataclass(frozen=True, slots=True)
class FaultSet:
    """`most_seconds` is how long the run may take, `most_reads` how many lists of methods it may read per person."""

    name: str
    people: int
    faults: tuple[Fault, ...]
    most_seconds: float
    most_reads: float


FAULT_SETS = (
    FaultSet("nothing", 250, (), 30, 4),
    FaultSet("failed by chance", 250, _FAILED_BY_CHANCE, 120, 6),
    FaultSet("failed and throttled by chance", 250, (*_THROTTLED_BY_CHANCE, *_FAILED_BY_CHANCE), 120, 6),
    FaultSet("throttled in bursts", 150, _BURSTS, 120, 6),
    FaultSet("throttled in bursts, sometimes for a minute", 150, (_MINUTES, *_BURSTS), 400, 6),
    FaultSet("all of it", 150, (_MINUTES, *_BURSTS, *_FAILED_BY_CHANCE), 400, 6),
)


@dataclass(frozen=True, slots=True)
class _Run:
    """`no_sooner` is the longest time that one request had to wait by the `Retry-After` of its 429s, in seconds."""

    seconds: float
    no_sooner: float
    reads: float
    wrong: tuple[str, ...]


async def endure(fault_set: FaultSet, seeds: Sequence[int], people: int = 0) -> TrialResult:
    """A run of one export under these faults for each seed; `people` replaces the number of people."""
    runs = [await _endure(fault_set, people or fault_set.people, seed) for seed in seeds]
    seconds, reads = median(run.seconds for run in runs), median(run.reads for run in runs)
    wrong = [one for run in runs for one in run.wrong]
    if seconds > fault_set.most_seconds:
        wrong.append(f"took {seconds:.0f} s, more than {fault_set.most_seconds:.0f} s")
    if reads > fault_set.most_reads:
        wrong.append(f"read {reads:.1f} lists per person, more than {fault_set.most_reads:g}")
    no_sooner = median(run.no_sooner for run in runs)
    facts = f"{seconds:.0f} s, no sooner than {no_sooner:.0f} s by Retry-After, {reads:.1f} lists read per person"
    return TrialResult(facts, tuple(wrong))


async def _endure(fault_set: FaultSet, people: int, seed: int) -> _Run:
    staff = make_staff(people, seed)
    async with hosted(staff, SETTINGS, Options(latency_ms=LATENCY_MS), seed=seed) as world:
        for fault in fault_set.faults:
            world.stand_in.faults.add(fault)
        world.host.start()
        began = world.clock.now()
        await world.host.drop("staff.xlsx", write_export(staff))
        world.host.call(lambda: _approve(world))
        try:
            (run,) = await world.host.runs_over(1, within=PATIENCE_SECONDS)
        except TimeoutError:
            stuck = [f"{run.state}: {run.message}" async for run in world.app.runs.all()]
            return _Run(PATIENCE_SECONDS, 0, 0, (f"not finished: {'; '.join(stuck)}",))
        seconds = (world.clock.now() - began).total_seconds()
        reads = world.stand_in.stats.requests["phoneMethods.list"] / len(staff.people)
        wrong = await wrong_with(world.app, run, staff, world.directory()) + await left_at_last(world)
        wrong += [str(finding) for finding in world.stand_in.findings if finding.kind == "retry-after-ignored"]
        return _Run(seconds, world.stand_in.longest_wait(), reads, tuple(wrong))


async def _approve(world: InMemory) -> None:
    """Approve the run as soon as it is held: nobody is managed yet, so more updates than `SMALL_SET` hold it."""
    while not (held := [run async for run in world.app.runs.all() if run.state is RunState.HELD]):
        await world.clock.sleep(0.5)
    await world.app.decisions.approve(held[0].id, held[0].digest, "an approver")
