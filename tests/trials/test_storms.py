"""Storms, in short: one small run through each kind, at the stage where it hurts most."""

from __future__ import annotations

import pytest

from shared.core.values.states import RunState
from testing.virtual_time import run
from trials.storms import STORMS, Storm, survive

PEOPLE = 8
ALIKE = {
    "Retry-After of three minutes",
    "429 without any Retry-After",
    "every third table request fails for five minutes",
    "every third queue request fails for five minutes",
}
"""Another storm does the same for another time, or to another share of requests."""
EACH = [pytest.param(one, marks=pytest.mark.long if one.name in ALIKE else (), id=one.name) for one in STORMS]


@pytest.mark.parametrize("storm", EACH)
def test_a_run_finishes_by_itself_after_the_storm(storm: Storm) -> None:
    """Same outcomes, counts and directory as without the storm, and no message left anywhere."""
    stage = RunState.PLANNING if storm.outage else RunState.APPLYING
    assert () == run(survive(storm, PEOPLE, stage)).wrong
