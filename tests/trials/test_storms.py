"""Storms, in short: one small run through each, at the stage where it hurts most."""

from __future__ import annotations

import pytest

from shared.core.values.states import RunState
from testing.virtual_time import run
from trials.storms import STORMS, Storm, survive

PEOPLE = 8


@pytest.mark.parametrize("storm", STORMS, ids=lambda storm: storm.name)
def test_a_run_finishes_by_itself_after_the_storm(storm: Storm) -> None:
    """Same outcomes, counts and directory as without the storm, and no message left anywhere."""
    stage = RunState.PLANNING if storm.outage else RunState.APPLYING
    assert () == run(survive(storm, PEOPLE, stage)).wrong
