"""The bars: limits that the measurements must meet; a bar is left out when its turns were not run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from bench.peers.field import ALONE, FIFTY, LOW_LATENCY_MS, MICROSOFT, MIDDLE, SEQUENTIAL, SMALL, TEN, WHOLE
from bench.peers.job import GREENFIELD, NOTHING, PHASES, Measurement

WRITES_PER_SECOND = 20.0
MOST_CHANGED, MOST_UNCHANGED, STORAGE_SPREAD = 4.0, 2.5, 0.15
MOST_SECONDS_OF_TEN = 4.0
STEADY_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Bar:
    """`said` is the measured figure in words."""

    name: str
    said: str
    is_kept: bool


def of(measurements: Sequence[Measurement]) -> list[Bar]:
    """Every bar whose turns were run."""
    calm = [one for one in measurements if not one.faulty]
    bars = [
        *_speed(calm, ALONE, GREENFIELD, 2.5),
        *_speed(calm, ALONE, NOTHING, 4.5),
        *_speed(calm, WHOLE, GREENFIELD, 1.0),
        *_speed(calm, WHOLE, NOTHING, 1.2),
        *_cpu(calm, GREENFIELD, 0.9),
        *_cpu(calm, NOTHING, 0.7),
        *_ten(calm),
        *_whole(calm),
        *_storage(calm),
        *_ceiling(calm),
    ]
    ours = [one for one in measurements if one.contender in (WHOLE, MICROSOFT, ALONE)]
    faulty = [one for one in ours if one.faulty]
    return (
        bars
        + (_truth(faulty, "faults on: every outcome of the app is true") if faulty else [])
        + _truth([one for one in ours if not one.faulty], "faults off: every outcome of the app is true")
    )


def middle(
    measurements: Sequence[Measurement], contender: str, phase: str, people: int, figure: Callable[[Measurement], float]
) -> float | None:
    """The median over the turns; None when there were none."""
    figures = [
        figure(one) for one in measurements if (one.contender, one.phase, one.people) == (contender, phase, people)
    ]
    return median(figures) if figures else None


def rate(measurement: Measurement) -> float:
    """People per second; the time for reading and writing workbooks is left out where it can be separated."""
    return measurement.people / (measurement.flow_seconds or measurement.seconds)


def _speed(measurements: Sequence[Measurement], contender: str, phase: str, least: float) -> list[Bar]:
    ours = middle(measurements, contender, phase, MIDDLE, rate)
    peers = [
        found
        for peer, people in ((SEQUENTIAL, SMALL), (FIFTY, MIDDLE))
        if (found := middle(measurements, peer, phase, people, rate)) is not None
    ]
    if ours is None or not peers:
        return []
    ratio = ours / max(peers)
    name = f"({'d' if contender == ALONE else 'c'}) at {MIDDLE:,} people, {phase}: at least {least:g} x the best peer"
    return [Bar(name, f"{ratio:.2f} x ({ours:.0f} against {max(peers):.0f} people/s)", ratio >= least)]


def _cpu(measurements: Sequence[Measurement], phase: str, most: float) -> list[Bar]:
    """The CPU of the host's process, which in the sandbox also runs the app, against that of a script."""
    ours, script = (middle(measurements, one, phase, MIDDLE, lambda one: one.cpu_seconds) for one in (WHOLE, FIFTY))
    if ours is None or script is None:
        return []
    said = f"{ours / script:.2f} x ({ours / MIDDLE * 1000:.1f} against {script / MIDDLE * 1000:.1f} ms per person)"
    name = f"(c) at {MIDDLE:,} people, {phase}: CPU of the host's process, at most {most:g} x (b)"
    return [Bar(name, said, ours <= most * script)]


def _ten(measurements: Sequence[Measurement]) -> list[Bar]:
    seconds = middle(measurements, WHOLE, GREENFIELD, TEN, lambda one: one.seconds)
    if seconds is None:
        return []
    name = f"(c) {TEN} new people from drop to result, at {LOW_LATENCY_MS} ms: at most {MOST_SECONDS_OF_TEN:g} s"
    return [Bar(name, f"{seconds:.1f} s", seconds <= MOST_SECONDS_OF_TEN)]


def _whole(measurements: Sequence[Measurement]) -> list[Bar]:
    seconds = middle(measurements, WHOLE, GREENFIELD, MIDDLE, lambda one: one.seconds)
    if seconds is None:
        return []
    bars = [Bar(f"(c) {MIDDLE:,} new people in at most 75 s", f"{seconds:.0f} s", seconds <= 75)]
    sequential = middle(measurements, SEQUENTIAL, GREENFIELD, SMALL, rate)
    if sequential is not None:
        ratio = MIDDLE / seconds / sequential
        bars.append(Bar(f"(c) {MIDDLE:,} new people: at least 6 x (a)", f"{ratio:.1f} x", ratio >= 6))
    return bars


def _storage(measurements: Sequence[Measurement]) -> list[Bar]:
    bars = []
    for contender, letter in ((WHOLE, "(c)"), (ALONE, "(d)")):
        for phase, most in ((GREENFIELD, MOST_CHANGED), (NOTHING, MOST_UNCHANGED)):
            sizes = sorted({one.people for one in measurements if one.contender == contender and one.people > TEN})
            per_person = {
                people: found
                for people in sizes
                if (found := middle(measurements, contender, phase, people, lambda one: one.storage / one.people))
            }
            if not per_person:
                continue
            said = ", ".join(f"{found:.2f} at {people:,}" for people, found in per_person.items())
            name = f"{letter}, {phase}: storage operations"
            bars.append(Bar(f"{name} per person, at most {most:g}", said, max(per_person.values()) <= most))
            bars += _further_person(name, {people: found * people for people, found in per_person.items()})
    return bars


def _further_person(name: str, spent: Mapping[int, float]) -> list[Bar]:
    """A run has a fixed cost; the cost of each additional person must not depend on the size of the run."""
    slopes = [(spent[b] - spent[a]) / (b - a) for a, b in pairwise(spent)]
    if len(slopes) < 2:
        return []
    first = min(spent)
    said = f"{', '.join(f'{slope:.2f}' for slope in slopes)}; {spent[first] - first * slopes[0]:.0f} fixed per run"
    kept = max(slopes) <= min(slopes) + STORAGE_SPREAD
    return [Bar(f"{name} of each additional person, equal within {STORAGE_SPREAD:g}", said, kept)]


def _ceiling(measurements: Sequence[Measurement]) -> list[Bar]:
    bars = []
    for one in measurements:
        if one.contender != ALONE or not one.steady_seconds:
            continue
        share = one.steady_writes / one.steady_seconds / WRITES_PER_SECOND
        said = f"{share:.1%} over {one.steady_seconds:.0f} s, time scale 1"
        name = "from 3,000 writes on: at least 95 % of the write ceiling over at least 5 minutes"
        bars.append(Bar(name, said, share >= 0.95 and one.steady_seconds >= STEADY_SECONDS))
        refused = one.throttled / one.requests
        bars.append(Bar("at most 1 % of its requests answered with 429", f"{refused:.2%}", refused <= 0.01))
    return bars


def _truth(measurements: Sequence[Measurement], name: str) -> list[Bar]:
    outcomes = sum(one.wrong_outcomes for one in measurements)
    states = sum(one.wrong_states for one in measurements)
    struck = sum(one.faults for one in measurements)
    said = f"{outcomes} wrong outcomes, {states} wrong states, {struck} faults injected"
    return [Bar(name, said, not outcomes and not states)]


ORDER = {phase: index for index, phase in enumerate(PHASES)}
"""The order of the phases in tables."""
