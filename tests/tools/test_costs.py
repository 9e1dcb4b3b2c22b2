"""The page about costs is arithmetic on counts, habits and prices."""

from __future__ import annotations

import dataclasses
import json
import logging
import re
from dataclasses import dataclass

import pytest
from azure.monitor.opentelemetry.exporter.export.logs._exporter import _convert_log_to_envelope
from azure.monitor.opentelemetry.exporter.export.trace._exporter import _convert_span_to_envelope

from bench.peers import bars
from bench.peers.field import WHOLE
from bench.peers.job import GREENFIELD, NOTHING, Measurement
from bench.peers.report import document
from sandbox.exports import write_export
from sandbox.people import make_staff
from sandbox.receiver import local_receiver
from shared.core.values.states import RowState
from testing.doubles.storage import MemoryStorage
from testing.in_memory import in_memory
from testing.storage_operations import StorageOperations
from testing.telemetry import Collected, collected
from testing.virtual_time import run as in_virtual_time
from tests.flows.upkeep.test_outbox import to
from tests.infra.snapshots import of_type
from tools.costs import ALERTS, ENDPOINTS, ZONES, Counts, Habits, Prices, choices, month
from tools.documents import ROOT

COUNTS = Counts.measured()


def total(people: int, prices: Prices | None = None, habits: Habits | None = None) -> float:
    return sum(line.usd for line in month(people, prices or Prices(), habits or Habits(), COUNTS))


def names(kind: type[Prices | Habits | Counts]) -> list[str]:
    return [field.name for field in dataclasses.fields(kind) if field.name != "as_of"]


@pytest.mark.parametrize("habit", names(Habits))
def test_more_work_never_costs_less(habit: str) -> None:
    """Each habit, doubled."""
    often = dataclasses.replace(Habits(), **{habit: 2 * getattr(Habits(), habit)})
    for people in (1_000, 30_000, 300_000):
        assert total(people, habits=often) >= total(people)


def doubled[T: (Prices, Habits, Counts)](value: T, name: str) -> T:
    return dataclasses.replace(value, **{name: 2 * getattr(value, name)}) if hasattr(value, name) else value


def bill(prices: Prices, habits: Habits, counts: Counts) -> list[float]:
    """Of a tenant and a use that are beyond every free amount."""
    often = dataclasses.replace(habits, reconciles=habits.reconciles * 1_000)
    lines = [*month(1_000_000, prices, often, counts), *choices(1_000_000, prices, often, counts)]
    return [line.usd for line in lines]


@pytest.mark.parametrize("name", [*names(Prices), *names(Habits), *names(Counts)])
def test_every_figure_counts(name: str) -> None:
    """A price, a habit or a count that no line uses would be a slip."""
    before = bill(Prices(), Habits(), COUNTS)
    after = bill(doubled(Prices(), name), doubled(Habits(), name), doubled(COUNTS, name))
    assert before != after


def test_a_small_tenant_pays_for_the_instance_that_is_ready() -> None:
    """What the page says first."""
    lines = month(1_000, Prices(), Habits(), COUNTS)
    assert lines[0].usd > sum(line.usd for line in lines[1:])


def measurement(phase: str, people: int, per_person: float, a_second: float) -> Measurement:
    """Of the whole app, with 56 requests for the run itself."""
    storage = round(per_person * people) + 56
    return Measurement(WHOLE, phase, people, people / a_second, 1, 1, people, 0, 0, 0, 0, 0, storage=storage)


def test_the_counts_are_the_measured_ones() -> None:
    """What the benchmark writes is read again, rounded so that nothing costs less than it did."""
    sizes = {100: 9.0, 300: 19.0, 1_000: 44.4}
    figures = [
        measurement(phase, people, requests, a_second * faster)
        for people, a_second in sizes.items()
        for phase, requests, faster in ((GREENFIELD, 1.86, 1), (NOTHING, 1.13, 2.1))
    ]
    counts = Counts.measured(document(figures, bars.of(figures), "make bench", 3))
    assert (2.0, 44) == (counts.written_requests, counts.writes_a_second)
    assert (1.2, 93) == (counts.unchanged_requests, counts.people_a_second_unchanged)
    assert 56 == counts.requests_per_run


def test_a_missing_figure_is_named() -> None:
    """A benchmark of fewer people has no row of 1,000."""
    with pytest.raises(ValueError, match=r"docs/benchmarks\.md has 0 lines like .*nothing changed"):
        Counts.measured("# Benchmarks\n")


def test_the_other_counts_are_those_of_their_pages() -> None:
    """What people read first says the same."""
    reconcile = (ROOT / "docs/reconcile.md").read_text(encoding="utf-8")
    assert f"{COUNTS.reconcile_requests} storage requests per person" in reconcile
    (stated,) = re.findall(
        r"about (\d+) US dollars a month for 30,000 people", (ROOT / "README.md").read_text(encoding="utf-8")
    )
    assert total(30_000) == pytest.approx(int(stated), abs=1)


def test_a_choice_is_paid_as_it_is_deployed() -> None:
    """As many endpoints, zones and alerts as the templates make."""
    assert ENDPOINTS == len(of_type("flex-network", "Microsoft.Network/privateEndpoints"))
    assert ZONES == len(of_type("flex-network", "Microsoft.Network/privateDnsZones"))
    assert ALERTS == len(of_type("premium", "Microsoft.Insights/scheduledQueryRules"))


@dataclass
class Counted:
    """What one world logged and asked since the last look."""

    telemetry: Collected
    operations: StorageOperations
    spans: int = 0
    logs: int = 0

    def taken(self) -> tuple[float, float, int]:
        """KiB of spans, KiB of the log, requests to storage."""
        spans, logs = self.telemetry.spans()[self.spans :], self.telemetry.logs()[self.logs :]
        self.spans, self.logs = self.spans + len(spans), self.logs + len(logs)
        requests = self.operations.counts.total()
        self.operations.counts.clear()
        return (
            sum(len(json.dumps(_convert_span_to_envelope(one).as_dict())) for one in spans) / 1024,
            sum(len(json.dumps(_convert_log_to_envelope(one).as_dict())) for one in logs) / 1024,
            requests,
        )


UNLIMITED = {"MAX_WRITES_UNAPPROVED": "100000", "SMALL_SET": "100000", "MAX_UNMANAGED_REPLACED": "1000000"}


async def counted(people: int) -> tuple[int, dict[str, tuple[float, float, int]]]:
    """The people who were written to, and what each kind of work took."""
    staff, operations = make_staff(people, seed=3), StorageOperations()
    taken = {}
    with collected() as telemetry:
        async with (
            local_receiver() as receiver,
            in_memory(staff, UNLIMITED | to(receiver), storage=lambda now: MemoryStorage(now, operations)) as world,
        ):
            count = Counted(telemetry, operations)
            run = await world.run_to_end("staff.xlsx", write_export(staff))
            written = run.counts[RowState.CREATED] + run.counts[RowState.UPDATED]
            taken["written"] = count.taken()
            await world.app.run_timer("sweep")  # the first of a day has more to do
            count.taken()
            await world.run_to_end("again.xlsx", write_export(staff))
            taken["unchanged"] = count.taken()
            await world.app.run_timer("sweep")
            taken["sweep with a notification"] = count.taken()
            await world.app.readiness()
            await world.pump()
            taken["readiness"] = count.taken()
            await world.app.run_timer("sweep")
            count.taken()
            await world.app.run_timer("sweep")
            taken["sweep"] = count.taken()
    return written, taken


@pytest.mark.long
def test_what_is_counted_in_memory(caplog: pytest.LogCaptureFixture) -> None:
    """Bytes as Microsoft's exporter makes them, and requests; the page rounds up, by a quarter at most.

    In virtual time, because a busy machine lets fewer reads share a call.
    """
    caplog.set_level(logging.INFO)
    few, many = 40, 80
    written_of_few, of_few = in_virtual_time(counted(few))
    written_of_many, of_many = in_virtual_time(counted(many))
    unchanged = (of_many["unchanged"][0] - of_few["unchanged"][0]) / (many - few)
    more = of_many["written"][0] - of_few["written"][0] - unchanged * (many - few)
    found = {
        "telemetry_kib_unchanged": unchanged,
        "telemetry_kib_written": more / (written_of_many - written_of_few),
        "log_kib_per_run": of_many["unchanged"][1],
        "requests_per_sweep": of_many["sweep"][2],
        "requests_per_readiness_run": of_many["readiness"][2],
        "requests_per_notification": of_many["sweep with a notification"][2] - of_many["sweep"][2],
    }
    stated = {name: getattr(COUNTS, name) for name in found}
    assert {} == {name: (value, stated[name]) for name, value in found.items() if not 0.75 <= value / stated[name] <= 1}
