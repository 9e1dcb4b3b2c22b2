"""The page about costs is arithmetic on counts, habits and prices."""

from __future__ import annotations

import dataclasses
import re

import pytest

from tests.infra.snapshots import of_type
from tools.costs import ALERTS, ENDPOINTS, ZONES, Counts, Habits, Prices, extras, month
from tools.documents import ROOT


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


def measured(phase: str) -> tuple[float, float]:
    """People a second and storage requests per person of the whole app with 1,000 people, as measured."""
    row = re.compile(rf"^\| \(c\) ours, whole \| 1,000 \| {phase} \| off \| (.*) \|$", re.MULTILINE)
    (found,) = row.findall((ROOT / "docs/benchmarks.md").read_text(encoding="utf-8"))
    a_second, _, _, _, requests, *_ = found.split(" | ")
    return float(a_second), float(requests)


def test_the_counts_are_the_measured_ones() -> None:
    """To the digits that the page shows; a new benchmark changes the page."""
    counts = Counts()
    unchanged, written = measured("nothing changed"), measured("greenfield")
    assert (counts.people_a_second_unchanged, counts.unchanged_requests) == (
        round(unchanged[0]),
        round(unchanged[1], 1),
    )
    assert (counts.writes_a_second, counts.written_requests) == (int(written[0]), round(written[1], 1))
    reconcile = (ROOT / "docs/reconcile.md").read_text(encoding="utf-8")
    assert f"{counts.reconcile_requests} storage requests per person" in reconcile


def test_a_choice_is_paid_as_it_is_deployed() -> None:
    """As many endpoints, zones and alerts as the templates make."""
    assert ENDPOINTS == len(of_type("flex-network", "Microsoft.Network/privateEndpoints"))
    assert ZONES == len(of_type("flex-network", "Microsoft.Network/privateDnsZones"))
    assert ALERTS == len(of_type("premium", "Microsoft.Insights/scheduledQueryRules"))
