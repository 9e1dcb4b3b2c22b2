"""Short forms of wrong settings: each mistake at one stage."""

from __future__ import annotations

from itertools import cycle

import pytest

from testing.virtual_time import run
from trials.wrong_settings import MISTAKES, Mistake, Stage, wrong_settings

PEOPLE = 12


@pytest.mark.parametrize(("mistake", "stage"), tuple(zip(MISTAKES, cycle(Stage), strict=False)), ids=str)
def test_a_mistake_is_named_and_nothing_is_lost(mistake: Mistake, stage: Stage) -> None:
    """The setting and what to do are named; after the correction the run finishes."""
    assert () == run(wrong_settings(mistake, stage, PEOPLE)).wrong
