"""The page about costs is arithmetic on counts, habits and prices."""

from __future__ import annotations

import dataclasses

import pytest

from tools.costs import Counts, Habits, Prices, extras, month


def total(people: int, prices: Prices | None = None, habits: Habits | None = None) -> float:
    return sum(line.usd for line in month(people, prices or Prices(), habits or Habits(), Counts()))


@pytest.mark.parametrize("habit", ["exports", "changed_share", "reconciles", "log_kib_per_person_and_run"])
def test_more_work_never_costs_less(habit: str) -> None:
    """Each habit, doubled."""
    often = dataclasses.replace(Habits(), **{habit: 2 * getattr(Habits(), habit)})
    for people in (1_000, 30_000, 300_000):
        assert total(people, habits=often) >= total(people)


@pytest.mark.parametrize("price", [field.name for field in dataclasses.fields(Prices) if field.name != "as_of"])
def test_every_price_counts(price: str) -> None:
    """A price that no line uses would be a slip; free amounts make a bill smaller."""
    dearer = dataclasses.replace(Prices(), **{price: 2 * getattr(Prices(), price)})
    before = [*month(1_000_000, Prices(), Habits(), Counts()), *extras(Prices())]
    after = [*month(1_000_000, dearer, Habits(), Counts()), *extras(dearer)]
    assert before != after


def test_a_small_tenant_pays_for_the_instance_that_is_ready() -> None:
    """What the page says first."""
    lines = month(1_000, Prices(), Habits(), Counts())
    assert lines[0].usd > sum(line.usd for line in lines[1:])
