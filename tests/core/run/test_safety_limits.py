"""Each safety limit, at the limit and one above."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.core.run.safety_limits import PlanFigures, SafetyLimits, exceeded_limits, held_message

LIMITS = SafetyLimits()
QUIET = PlanFigures(people=100, matched=100, creates=0, updates=0, removals=0, refused=0, unmatched=0)


@pytest.mark.parametrize(
    ("setting", "at_the_limit", "one_above"),
    [
        ("MAX_UPDATE_SHARE", {"updates": 30}, {"updates": 31}),
        ("MAX_REFUSED_SHARE", {"refused": 20}, {"refused": 21}),
        ("MAX_UNMATCHED_SHARE", {"unmatched": 20}, {"unmatched": 21}),
        ("MAX_WRITES_UNAPPROVED", {"people": 900, "creates": 500}, {"people": 900, "creates": 501}),
        ("MAX_REMOVALS_UNAPPROVED", {"removals": 0}, {"removals": 1}),
        ("MIN_ROWS", {"people": 1, "matched": 1}, {"people": 0, "matched": 0}),
        ("MAX_SHRINK_SHARE", {"people": 70, "previous_people": 100}, {"people": 69, "previous_people": 100}),
    ],
)
def test_limits(setting: str, at_the_limit: dict[str, int], one_above: dict[str, int]) -> None:
    """A figure exactly at its limit passes; one more does not."""
    assert () == exceeded_limits(replace(QUIET, **at_the_limit), LIMITS)  # type: ignore[arg-type] # numbers of people
    found = exceeded_limits(replace(QUIET, **one_above), LIMITS)  # type: ignore[arg-type] # numbers of people
    assert [setting] == [breach.setting for breach in found]


def test_the_removal_share() -> None:
    """Removals have a limit on their share besides the one on their count."""
    limits = replace(LIMITS, max_removals_unapproved=100)

    assert () == exceeded_limits(replace(QUIET, removals=5), limits)
    assert ["MAX_REMOVAL_SHARE"] == [breach.setting for breach in exceeded_limits(replace(QUIET, removals=6), limits)]


def test_shares_of_a_small_set_are_not_limited_but_counts_are() -> None:
    """Nine people may all get another number, but a removal still needs approval."""
    small = replace(QUIET, people=9, matched=9, updates=9)

    assert () == exceeded_limits(small, LIMITS)
    assert ["MAX_UPDATE_SHARE"] == [b.setting for b in exceeded_limits(replace(small, people=10, matched=10), LIMITS)]
    assert ["MAX_REMOVALS_UNAPPROVED"] == [b.setting for b in exceeded_limits(replace(small, removals=1), LIMITS)]


def test_the_message_names_count_share_limit_and_remedy() -> None:
    """The one who decides needs no other text, and the text does not ask to loosen a limit."""
    figures = replace(QUIET, people=980, matched=980, updates=412)

    assert (
        "Held: 412 of 980 people (42.0%) would get another number, e-mail address or SMS sign-in; the limit is 30.0%. "
        "Check the file, then approve plan 3f9c00000000, or reject the run."
    ) == held_message(exceeded_limits(figures, LIMITS), "3f9c00000000ffff")


def test_people_outside_the_pilot_count_only_as_people_of_the_file() -> None:
    """They exceed no limit and do not change the shares of the others."""
    pilot_group = replace(QUIET, people=1000, outside=900)

    assert () == exceeded_limits(replace(pilot_group, refused=20, previous_people=1000), LIMITS)
    assert ["MAX_REFUSED_SHARE"] == [
        breach.setting for breach in exceeded_limits(replace(pilot_group, refused=21), LIMITS)
    ]


def test_a_file_that_shrank_to_a_few_people_is_checked_by_its_former_size() -> None:
    """Whether a set is small depends on the last full export."""
    handful = replace(QUIET, people=3, matched=3)

    assert ["MAX_SHRINK_SHARE"] == [
        breach.setting for breach in exceeded_limits(replace(handful, previous_people=10), LIMITS)
    ]
    assert () == exceeded_limits(replace(handful, previous_people=9), LIMITS)
