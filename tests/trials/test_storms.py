"""Storms, in short: one small run through each, at the stage where it hurts most."""

from __future__ import annotations

import pytest

from sandbox.graph.faults import TOKEN
from shared.core.values.states import RunState
from testing.virtual_time import run
from trials.storms import STORMS, Storm, survive

PEOPLE = 8


@pytest.mark.parametrize("storm", STORMS, ids=lambda storm: storm.name)
def test_a_run_finishes_by_itself_after_the_storm(storm: Storm) -> None:
    """Same outcomes, counts and directory as without the storm, and no message left anywhere.

    A storm of the token endpoint begins while rows are planned: eight people are applied within the time of one token.
    """
    about_tokens = any(fault.on == TOKEN for fault in storm.faults)
    stage = RunState.PLANNING if storm.outage or about_tokens else RunState.APPLYING
    assert () == run(survive(storm, PEOPLE, stage)).wrong
