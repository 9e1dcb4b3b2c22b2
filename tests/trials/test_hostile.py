"""Short forms of hostile input."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from shared.telemetry.events import EventName
from testing.virtual_time import run
from trials.checks import TrialResult
from trials.hostile import HOSTILITIES, not_logged_once

PEOPLE = 12


@pytest.mark.parametrize("hostility", HOSTILITIES, ids=lambda hostility: hostility.__name__)
def test_hostile_input_has_a_clear_outcome_and_costs_nothing_else(
    hostility: Callable[[int], Coroutine[Any, Any, TrialResult]],
) -> None:
    """Refused, logged, and nothing lost."""
    assert () == run(hostility(PEOPLE)).wrong


@pytest.mark.parametrize(("lines", "is_wrong"), [(59, True), (60, False), (61, True)])
def test_each_unreadable_message_is_logged_once(lines: int, is_wrong: bool) -> None:  # noqa: FBT001 - a column of the table
    """A message that was dropped in silence is found, and so is one that was handled twice."""
    log = ["RunMoved {}", *[f"{EventName.POISON_DROPPED} {{}}"] * lines]
    assert is_wrong == bool(not_logged_once(60, log))
