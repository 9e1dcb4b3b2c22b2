"""Short forms of hostile input."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from testing.virtual_time import run
from trials.checks import TrialResult
from trials.hostile import HOSTILITIES

PEOPLE = 12


@pytest.mark.parametrize("hostility", HOSTILITIES, ids=lambda hostility: hostility.__name__)
def test_hostile_input_has_a_clear_outcome_and_costs_nothing_else(
    hostility: Callable[[int], Coroutine[Any, Any, TrialResult]],
) -> None:
    """Refused, logged, and nothing lost."""
    assert () == run(hostility(PEOPLE)).wrong
