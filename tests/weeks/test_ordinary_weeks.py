"""A year of ordinary weeks with default settings: how often the limits hold a run in which nothing is wrong.

The long tests print the held runs by limit and month. A run of a marked event may be held, and is counted apart.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence

import pytest

from shared.core.run.planned_values import AccidentLimits
from shared.core.run.safety_limits import SafetyLimits
from tests.weeks.attacks import ATTACKS
from tests.weeks.company import WEEKS
from tests.weeks.decided import Limits
from tests.weeks.year import Shape, Tally, Year

SEEDS = 20
RECOMMENDED = Limits(SafetyLimits(max_writes_unapproved=2_000), AccidentLimits(max_taken_back=10))
"""What `docs/limits.md` recommends for 30,000 people."""


async def years_of(
    shape: Shape, size: int, seeds: Iterable[int], limits: Limits | None = None, last: int = WEEKS
) -> list[Tally]:
    """The tallies of years with all attacks mixed in, each in a week of its own."""
    tallies = []
    for seed in seeds:
        weeks = random.Random(seed).sample(range(4, last), len(ATTACKS))
        attacks = dict(zip(weeks, ATTACKS, strict=True))
        tallies.append(await Year.of(shape, size, seed, limits).pass_weeks(last, attacks))
    return tallies


def table(tallies: Sequence[Tally]) -> str:
    """Held runs of all years by limit and month, those of events, and the people asked about."""
    held = sum((tally.held for tally in tallies), Counter[tuple[str, int]]())
    events = sum((tally.held_in_events for tally in tallies), Counter[str]())
    months = range(1, 13)
    lines = [f"{'limit':24}" + "".join(f"{month:>5}" for month in months)]
    lines += [
        f"{rule[:24]:24}" + "".join(f"{held[rule, month]:>5}" for month in months)
        for rule in sorted({rule for rule, _ in held})
    ]
    asked = [tally.asked for tally in tallies]
    busiest = max(max(tally.asked_by_week.values(), default=0) for tally in tallies)
    lines += [
        f"held runs by year: {sorted(tally.held_runs for tally in tallies)}",
        f"held in events, all years: { {str(event): count for event, count in events.items()} }",
        f"people asked about by year: {sorted(asked)}; in the busiest week {busiest}",
        f"attacks missed: {sum(len(tally.missed) for tally in tallies)} of {sum(tally.attacks for tally in tallies)}",
    ]
    return "\n".join(lines)


@pytest.mark.long
@pytest.mark.parametrize("shape", Shape)
@pytest.mark.parametrize(
    ("size", "most_held", "most_asked"), [(200, 4, 12), (5_000, 12, 5 * WEEKS)], ids=["200", "5000"]
)
async def test_ordinary_weeks_are_not_held(shape: Shape, size: int, most_held: int, most_asked: int) -> None:
    """With default settings; asked about is one person a month in a small company, and five a week in a large one."""
    tallies = await years_of(shape, size, range(SEEDS))

    print(f"\n{shape}, {size} people, {SEEDS} years\n{table(tallies)}")  # noqa: T201 - the table is what it is for
    assert [] == [missed for tally in tallies for missed in tally.missed]
    assert max(tally.held_runs for tally in tallies) <= most_held
    assert max(tally.asked for tally in tallies) <= most_asked


@pytest.mark.long
@pytest.mark.parametrize("shape", Shape)
async def test_a_large_company_with_the_recommended_limits(shape: Shape) -> None:
    """As many held runs as at 5,000 people, once the limits that count people are raised with the company."""
    tallies = await years_of(shape, 30_000, range(3), RECOMMENDED)

    print(f"\n{shape}, 30,000 people\n{table(tallies)}")  # noqa: T201
    assert [] == [missed for tally in tallies for missed in tally.missed]
    assert max(tally.held_runs for tally in tallies) <= 12


async def test_twenty_weeks_of_a_small_company() -> None:
    """The short form of the years above: one shape, all attacks, and as many weeks as they need."""
    (tally,) = await years_of(Shape.CHANGES, 200, [3], last=20)

    assert ([], len(ATTACKS)) == (tally.missed, tally.attacks)
    assert tally.held_runs <= 2
    assert tally.asked <= 5
