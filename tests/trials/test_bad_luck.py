"""Bad luck, in short: one small run under each set of faults."""

from __future__ import annotations

import pytest

from testing.virtual_time import run
from trials.bad_luck import FAULT_SETS, FaultSet, endure

PEOPLE, SEED = 40, 4


@pytest.mark.parametrize("fault_set", FAULT_SETS, ids=lambda fault_set: fault_set.name)
def test_bad_luck_costs_what_it_says(fault_set: FaultSet) -> None:
    """True outcomes, every wait kept, over in time, and few lists read."""
    assert () == run(endure(fault_set, [SEED], PEOPLE)).wrong
