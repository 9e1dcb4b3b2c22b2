"""`python -m tools.costs` prints docs/costs.md: what a month costs, from counted requests and list prices.

Requests and speed are read from the tables of docs/benchmarks.md, so `bench.peers`, which writes them, writes this page
too. Every price and every habit is a field of `Prices` or `Habits`: `--price NAME=USD` and `--habit NAME=NUMBER`
replace one.
"""

from __future__ import annotations

import argparse
import dataclasses
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_BENCHMARKS = Path(__file__).parent.parent / "docs/benchmarks.md"
_SECONDS_A_MONTH = 730 * 3600
_GIB_OF_AN_INSTANCE = 2
_PEOPLE = (1_000, 30_000, 300_000)
_KIB_A_GIB = 1024**2
ENDPOINTS, ZONES, ALERTS = 8, 4, 8
"""Private endpoints, DNS zones and alert rules of a deployment that has them."""


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars, pay as you go, as published for East US; `as_of` says when they were noted."""

    as_of: str = "November 2025"
    on_demand_gib_second: float = 0.000026
    free_gib_seconds: float = 100_000
    always_ready_idle_gib_second: float = 0.000004
    million_executions: float = 0.40
    free_million_executions: float = 0.25
    ep1_month: float = 157.0
    ten_thousand_table_or_queue_requests: float = 0.004
    ten_thousand_blob_writes: float = 0.0625
    stored_gib: float = 0.023
    log_gib: float = 2.76
    free_log_gib: float = 5.0
    ten_thousand_vault_operations: float = 0.03
    private_endpoint_month: float = 7.30
    private_endpoint_gib: float = 0.01
    dns_zone_month: float = 0.50
    sftp_hour: float = 0.30
    alert_rule_month: float = 0.50

    def of_always_ready_instance(self) -> float:
        return _SECONDS_A_MONTH * _GIB_OF_AN_INSTANCE * self.always_ready_idle_gib_second

    def of_log(self, gib: float) -> float:
        return _beyond(self.free_log_gib, gib) * self.log_gib


@dataclass(frozen=True, slots=True)
class Habits:
    """How the app is used in a month; the shares and sizes are assumptions, not measurements."""

    exports: float = 22
    changed_share: float = 0.01
    reconciles: float = 30
    readiness_runs: float = 4.3
    notifications_per_run: float = 2
    kib_stored_per_person: float = 20
    """Exports, results and plans that retention still keeps, and the tables."""
    log_kib_per_execution: float = 3
    """What the Functions host records of an invocation by itself."""
    kib_per_request: float = 2
    """Of a request to storage and its answer together."""
    idle_minutes: float = 10
    """How long an instance stays up after a run, and polls the queues."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Counted on the sandbox, requests rounded up and speeds down, per person unless they say otherwise."""

    unchanged_requests: float
    written_requests: float
    requests_per_run: float
    people_a_second_unchanged: float
    writes_a_second: float
    reconcile_requests: float = 0.06
    requests_per_readiness_run: float = 51
    requests_per_notification: float = 5
    requests_per_sweep: float = 16
    people_a_second_reconcile: float = 1_000
    """Also in a readiness run, which reads the same lists and one report more."""
    executions_per_run: float = 45
    """In addition to one for each minute that it is busy."""
    sweeps: float = 8_928
    """Every five minutes for 31 days; each is billed for one second, the least that Azure bills."""
    polls_a_second: float = 6
    """Three queues, each at most twice a second while an instance is up: `maxPollingInterval` in host.json."""
    vault_reads: float = 3_000
    """Four references for each start, if an instance started every hour."""
    log_kib_per_run: float = 8
    telemetry_kib_unchanged: float = 2
    telemetry_kib_written: float = 1.5
    """In addition to `telemetry_kib_unchanged`."""
    telemetry_kib_scheduled: float = 0.06
    """Of a reconcile or a readiness run."""

    @classmethod
    def measured(cls, benchmarks: str | None = None) -> Counts:
        """The counts, with what docs/benchmarks.md says of the whole app and 1,000 people; `benchmarks` is its text."""
        text = _BENCHMARKS.read_text(encoding="utf-8") if benchmarks is None else benchmarks
        (unchanged_a_second, unchanged), (written_a_second, written) = (
            _figures(text, phase) for phase in ("nothing changed", "greenfield")
        )
        return cls(
            unchanged_requests=_up(unchanged),
            written_requests=_up(written),
            requests_per_run=float(_only(r"\(c\), greenfield: .*; (\d+) fixed per run", text)),
            people_a_second_unchanged=math.floor(unchanged_a_second),
            writes_a_second=math.floor(written_a_second),
        )


def _figures(benchmarks: str, phase: str) -> tuple[float, float]:
    """People a second, and requests to storage per person."""
    row = _only(rf"\| \(c\) ours, whole \| 1,000 \| {phase} \| off \| (.*) \|", benchmarks)
    a_second, _, _, _, requests, *_ = row.replace(",", "").split(" | ")
    return float(a_second), float(requests)


def _only(pattern: str, benchmarks: str) -> str:
    found = re.findall(pattern, benchmarks)
    if len(found) != 1:
        raise ValueError(f"docs/benchmarks.md has {len(found)} lines like {pattern!r}, and the costs need one")
    return str(found[0])


def _up(amount: float) -> float:
    return math.ceil(round(amount * 10, 6)) / 10


@dataclass(frozen=True, slots=True)
class Month:
    """What a month of work consists of, for so many people."""

    people: int
    habits: Habits
    counts: Counts

    @property
    def runs(self) -> float:
        return self.habits.exports + self.scheduled

    @property
    def scheduled(self) -> float:
        return self.habits.reconciles + self.habits.readiness_runs

    @property
    def rows(self) -> float:
        return self.habits.exports * self.people

    @property
    def written(self) -> float:
        return self.rows * self.habits.changed_share

    @property
    def busy_seconds(self) -> float:
        """The time of runs, without sweeps."""
        return (
            self.rows / self.counts.people_a_second_unchanged
            + self.written / self.counts.writes_a_second
            + self.scheduled * self.people / self.counts.people_a_second_reconcile
        )

    @property
    def executions(self) -> float:
        return self.runs * self.counts.executions_per_run + self.busy_seconds / 60 + self.counts.sweeps

    @property
    def requests(self) -> float:
        """The requests to tables and queues, without polls."""
        return (
            self.rows * self.counts.unchanged_requests
            + self.written * self.counts.written_requests
            + self.habits.reconciles * self.people * self.counts.reconcile_requests
            + self.habits.readiness_runs * self.counts.requests_per_readiness_run
            + self.runs * self.habits.notifications_per_run * self.counts.requests_per_notification
            + self.counts.sweeps * self.counts.requests_per_sweep
        )

    @property
    def polls(self) -> float:
        """The polls of queues while an instance is up."""
        return (self.busy_seconds + self.runs * self.habits.idle_minutes * 60) * self.counts.polls_a_second

    @property
    def log_gib(self) -> float:
        kib = self.executions * self.habits.log_kib_per_execution + self.runs * self.counts.log_kib_per_run
        return kib / _KIB_A_GIB

    @property
    def telemetry_gib(self) -> float:
        """What `TELEMETRY` adds, if every span is kept."""
        kib = (
            self.rows * self.counts.telemetry_kib_unchanged
            + self.written * self.counts.telemetry_kib_written
            + self.scheduled * self.people * self.counts.telemetry_kib_scheduled
        )
        return kib / _KIB_A_GIB


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill, in US dollars a month."""

    what: str
    usd: float


def month(people: int, prices: Prices, habits: Habits, counts: Counts) -> list[Line]:
    """The bill of a deployment as it is by default: Flex Consumption with one always-ready instance."""
    work = Month(people, habits, counts)
    gib_seconds = (work.busy_seconds + counts.sweeps) * _GIB_OF_AN_INSTANCE
    return [
        Line("one always-ready instance", prices.of_always_ready_instance()),
        Line("executions, on demand", _beyond(prices.free_gib_seconds, gib_seconds) * prices.on_demand_gib_second),
        Line(
            "number of executions",
            _beyond(prices.free_million_executions, work.executions / 1_000_000) * prices.million_executions,
        ),
        Line(
            "requests to tables and queues",
            (work.requests + work.polls) / 10_000 * prices.ten_thousand_table_or_queue_requests,
        ),
        Line("requests to blobs", work.runs * counts.requests_per_run / 10_000 * prices.ten_thousand_blob_writes),
        Line("stored data", people * habits.kib_stored_per_person / _KIB_A_GIB * prices.stored_gib),
        Line("key vault", counts.vault_reads / 10_000 * prices.ten_thousand_vault_operations),
        Line("logs", prices.of_log(work.log_gib)),
    ]


def choices(people: int, prices: Prices, habits: Habits, counts: Counts) -> list[Line]:
    """What a choice adds to the bill."""
    work = Month(people, habits, counts)
    through_endpoints = (work.requests + work.polls) * habits.kib_per_request / _KIB_A_GIB
    polls_all_month = (_SECONDS_A_MONTH * counts.polls_a_second - work.polls) / 10_000
    return [
        Line(
            "`TELEMETRY`: traces of every row",
            prices.of_log(work.log_gib + work.telemetry_gib) - prices.of_log(work.log_gib),
        ),
        Line(
            f"`NETWORK_ISOLATION`: {ENDPOINTS} private endpoints, {ZONES} DNS zones and what passes through",
            ENDPOINTS * prices.private_endpoint_month
            + ZONES * prices.dns_zone_month
            + through_endpoints * prices.private_endpoint_gib,
        ),
        Line(f"`ALERT_EMAIL`: {ALERTS} alert rules", ALERTS * prices.alert_rule_month),
        Line("`SFTP`: while it is switched on", 730 * prices.sftp_hour),
        Line(
            "`PLAN_SKU` = `EP1`: one instance, in place of the first three lines, that polls the queues all month",
            prices.ep1_month + max(0.0, polls_all_month) * prices.ten_thousand_table_or_queue_requests,
        ),
        Line(
            "no always-ready instance (`alwaysReadyBlobInstances` = 0): runs start up to a minute later",
            -prices.of_always_ready_instance(),
        ),
    ]


def _beyond(free: float, amount: float) -> float:
    return max(0.0, amount - free)


def costs_page(prices: Prices | None = None, habits: Habits | None = None) -> str:
    prices, habits, counts = prices or Prices(), habits or Habits(), Counts.measured()
    bills = [month(people, prices, habits, counts) for people in _PEOPLE]
    lines = [_HEAD.format(habits=habits, counts=counts, as_of=prices.as_of), *_table(bills)]
    lines.append("| **total** | " + " | ".join(f"**{sum(one.usd for one in bill):,.2f}**" for bill in bills) + " |")
    lines += ["", "A choice adds:", "", *_table([choices(people, prices, habits, counts) for people in _PEOPLE])]
    lines += ["", _HABITS, "| assumption | a month, unless it says otherwise |", "|---|---:|"]
    lines += [f"| `{name}` | {value:,.10g} |" for name, value in dataclasses.asdict(habits).items()]
    lines += ["", _COUNTS, "| count | value |", "|---|---:|"]
    lines += [f"| {name.replace('_', ' ')} | {value:,.10g} |" for name, value in dataclasses.asdict(counts).items()]
    lines += ["", _PRICES.format(as_of=prices.as_of), "| price | US dollars, or amount |", "|---|---:|"]
    lines += [f"| `{name}` | {value:,.6g} |" for name, value in dataclasses.asdict(prices).items() if name != "as_of"]
    return "\n".join([*lines, "", _NOT_COUNTED])


def _table(bills: Sequence[Sequence[Line]]) -> Iterator[str]:
    yield "| a month, in US dollars | " + " | ".join(f"{one:,} people" for one in _PEOPLE) + " |"
    yield "|---|" + "---:|" * len(_PEOPLE)
    for lines in zip(*bills, strict=True):
        yield f"| {lines[0].what} | " + " | ".join(f"{one.usd:,.2f}" for one in lines) + " |"


_HEAD = """\
# Costs

This page says what a month of the app costs, computed by `python -m tools.costs` from counted requests and list prices.
It assumes {habits.exports:g} exports of everybody, {habits.reconciles:g} reconciles and {habits.readiness_runs:g} \
readiness runs a month, with {habits.changed_share:.0%} of the people changed in each export.

The largest part does not depend on the number of people: it is the instance that is kept ready.
The first export of an organisation writes to everybody: at Graph's limit of about 20 writes a second this takes \
half an hour for 30,000 people, and costs less than a dollar more. A small run is faster, because Graph \
allows a burst of some thousands: the {counts.writes_a_second:g} writes a second below were measured with 1,000 people.

Prices are those of East US in {as_of}, noted by hand, without tax and discounts. Check them in the [pricing \
calculator](https://azure.microsoft.com/pricing/calculator/).
"""
_HABITS = """\
## What is assumed

These figures of use and storage are not measured, so replace those that are different in your organisation.

* `changed_share` is the share of people whom one export changes.
* `kib_stored_per_person` is what retention keeps of a person in all files and tables.
* `log_kib_per_execution` is what the Functions host records of an invocation by itself.
* `idle_minutes` is how long an instance stays up after a run and polls the queues.
* `kib_per_request` is what one request to storage carries.
"""
_COUNTS = """\
## What is counted

Requests and people a second are those of [benchmarks.md](benchmarks.md) (the whole app, 1,000 people) and \
[reconcile.md](reconcile.md), measured on the sandbox with one process. Requests are per person, unless the name says \
otherwise.
Bytes of the log and of telemetry are those of the records that Microsoft's exporter makes of a run in memory. The \
requests of a sweep, a readiness run and a notification are counted there too. `tests/tools/test_costs.py` counts again.
The app sweeps every five minutes. `vault reads` is an upper bound: it assumes that an instance starts every hour.
Metrics of telemetry are left out: about 30 KiB for each minute that an instance is busy.
"""
_PRICES = """\
## Prices

List prices of {as_of}. Replace one, or an assumption, on the command line of a clone, after `make test` or \
`make demo` has made `.venv`:

```sh
.venv/bin/python -m tools.costs --price stored_gib=0.03 --habit exports=4
```
"""
_NOT_COUNTED = """\
## Not counted

* licences of Microsoft Entra ID: restricted management units need P1 for their administrators, readiness for the tenant
* SMS and voice calls, which Microsoft Entra ID bills separately in some agreements
* Power Automate's premium connectors, for those who use them
* Microsoft Defender for Storage, a host name of your own, and traffic out of the region
* the requests with which the scale controller watches the queues, whose rate Microsoft does not state
* Event Grid, whose first 100,000 operations a month are free
* what receives notifications
* the time of approvers
"""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Prints what a month costs.")
    parser.add_argument("--price", action="append", default=[], metavar="NAME=USD")
    parser.add_argument("--habit", action="append", default=[], metavar="NAME=NUMBER")
    return parser.parse_args()


def _numbers(given: Sequence[str]) -> dict[str, float]:
    return {name: float(value) for name, _, value in (one.partition("=") for one in given)}


if __name__ == "__main__":
    arguments = _arguments()
    print(
        costs_page(
            dataclasses.replace(Prices(), **_numbers(arguments.price)),  # type: ignore[arg-type] # every price is a number
            dataclasses.replace(Habits(), **_numbers(arguments.habit)),
        )
    )
