"""Bad luck, in short: one small run in each weather."""

from __future__ import annotations

import pytest

from testing.virtual_time import run
from trials.bad_luck import WEATHERS, Weather, endure

PEOPLE, SEED = 40, 4


@pytest.mark.parametrize("weather", WEATHERS, ids=lambda weather: weather.name)
def test_bad_luck_costs_what_it_says(weather: Weather) -> None:
    """True outcomes, every wait kept, over in time, and few lists read."""
    assert () == run(endure(weather, [SEED], PEOPLE)).wrong
