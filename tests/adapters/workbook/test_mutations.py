"""Damaged files never hang, crash, fill the memory or lose rows: they are read or refused."""

from __future__ import annotations

import pytest

from tests.adapters.workbook.own_process import run


def _mutate(seed: int, count: int) -> None:
    found = run("mutations", seed, count)
    assert count == sum(found["outcomes"].values())
    assert {"read", "written", "corruptFile", "unbalancedQuote"} < set(found["outcomes"])
    assert not {"LOST ROWS", "LOST IN THE RESULT"} & set(found["outcomes"])
    assert found["peakMiB"] < 300


def test_hundreds_of_mutations() -> None:
    """Seeded damage to bytes and parts of four files: each is read with all its rows or refused by name."""
    _mutate(seed=1, count=250)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 6))
def test_thousands_of_mutations(seed: int) -> None:
    """The same with other seeds, for longer."""
    _mutate(seed, count=5_000)
