"""Short forms of duplicates and disorder."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from testing.virtual_time import run
from trials.checks import TrialResult
from trials.disorder import DISORDERS

PEOPLE, SEED = 15, 7


@pytest.mark.parametrize("disorder", DISORDERS, ids=lambda disorder: disorder.__name__)
def test_the_newest_export_holds_and_no_row_says_what_is_not_so(
    disorder: Callable[[int, int], Coroutine[Any, Any, TrialResult]],
) -> None:
    """Whatever comes twice, late, in the wrong order or never."""
    assert () == run(disorder(PEOPLE, SEED)).wrong
