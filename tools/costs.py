"""docs/costs.md: what a month costs, computed from counted requests and list prices: `python -m tools.costs`.

The counts are those of docs/benchmarks.md and docs/reconcile.md. Every price and every habit is a field of `Prices` or
`Habits`: `--price NAME=USD` and `--habit NAME=NUMBER` replace one.
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

_SECONDS_A_MONTH = 730 * 3600
_GIB_OF_AN_INSTANCE = 2
_PEOPLE = (1_000, 30_000, 300_000)
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
    private_endpoint_month: float = 7.30
    dns_zone_month: float = 0.50
    sftp_hour: float = 0.30
    alert_rule_month: float = 0.50


@dataclass(frozen=True, slots=True)
class Habits:
    """How the app is used in a month; the shares and sizes are assumptions, not measurements."""

    exports: float = 22
    changed_share: float = 0.01
    reconciles: float = 30
    kib_stored_per_person: float = 20
    """Exports, results and plans that retention still keeps, and the tables."""
    log_kib_per_person_and_run: float = 1


@dataclass(frozen=True, slots=True)
class Counts:
    """Counted on the sandbox, per person unless they say otherwise."""

    unchanged_requests: float = 5.1
    written_requests: float = 14.1
    requests_per_run: float = 56
    reconcile_requests: float = 0.16
    people_a_second_unchanged: float = 38
    writes_a_second: float = 17
    people_a_second_reconcile: float = 1_000
    sweeps: float = 8_928
    """Every five minutes for 31 days; each is busy for the second that is billed at least."""
    polls: float = 3 * 1_339_200
    """Three queues, asked every two seconds, if an instance were up all month."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill, in US dollars a month."""

    what: str
    usd: float


def month(people: int, prices: Prices, habits: Habits, counts: Counts) -> list[Line]:
    """The bill of a deployment as it is by default: Flex Consumption with one always-ready instance."""
    written = people * habits.changed_share
    busy_seconds = (
        habits.exports * (people / counts.people_a_second_unchanged + written / counts.writes_a_second)
        + habits.reconciles * people / counts.people_a_second_reconcile
        + counts.sweeps
    )
    executions = habits.exports * (people + written) + counts.sweeps
    requests = (
        habits.exports * (people * counts.unchanged_requests + written * counts.written_requests)
        + habits.reconciles * people * counts.reconcile_requests
        + counts.polls
    )
    runs = habits.exports + habits.reconciles
    gib_seconds = max(0.0, busy_seconds * _GIB_OF_AN_INSTANCE - prices.free_gib_seconds)
    log_gib = people * runs * habits.log_kib_per_person_and_run / 1024**2
    return [
        Line("one always-ready instance", _SECONDS_A_MONTH * _GIB_OF_AN_INSTANCE * prices.always_ready_idle_gib_second),
        Line("executions, on demand", gib_seconds * prices.on_demand_gib_second),
        Line(
            "number of executions",
            max(0.0, executions / 1_000_000 - prices.free_million_executions) * prices.million_executions,
        ),
        Line("requests to tables and queues", requests / 10_000 * prices.ten_thousand_table_or_queue_requests),
        Line("requests to blobs", runs * counts.requests_per_run / 10_000 * prices.ten_thousand_blob_writes),
        Line("stored data", people * habits.kib_stored_per_person / 1024**2 * prices.stored_gib),
        Line("logs", max(0.0, log_gib - prices.free_log_gib) * prices.log_gib),
    ]


def extras(prices: Prices) -> list[Line]:
    """What a choice adds, whatever the number of people."""
    always_ready = _SECONDS_A_MONTH * _GIB_OF_AN_INSTANCE * prices.always_ready_idle_gib_second
    return [
        Line(
            f"`NETWORK_ISOLATION`: {ENDPOINTS} private endpoints and {ZONES} DNS zones",
            ENDPOINTS * prices.private_endpoint_month + ZONES * prices.dns_zone_month,
        ),
        Line(f"`ALERT_EMAIL`: {ALERTS} alert rules", ALERTS * prices.alert_rule_month),
        Line("`SFTP`: while it is switched on", 730 * prices.sftp_hour),
        Line("`PLAN_SKU` = `EP1`: one instance, in place of the first three lines", prices.ep1_month),
        Line(
            "no always-ready instance (`alwaysReadyBlobInstances` = 0): runs start up to a minute later", -always_ready
        ),
    ]


def costs_page(prices: Prices | None = None, habits: Habits | None = None) -> str:
    prices, habits = prices or Prices(), habits or Habits()
    bills = [month(people, prices, habits, Counts()) for people in _PEOPLE]
    lines = [
        _HEAD.format(habits=habits, as_of=prices.as_of),
        "| a month, in US dollars | " + " | ".join(f"{one:,} people" for one in _PEOPLE) + " |",
    ]
    lines.append("|---|" + "---:|" * len(_PEOPLE))
    for index, line in enumerate(bills[0]):
        lines.append(f"| {line.what} | " + " | ".join(f"{bill[index].usd:,.2f}" for bill in bills) + " |")
    lines.append("| **together** | " + " | ".join(f"**{sum(one.usd for one in bill):,.2f}**" for bill in bills) + " |")
    lines += ["", "A choice adds:", "", "| choice | a month, in US dollars |", "|---|---:|"]
    lines += [f"| {line.what} | {line.usd:,.2f} |" for line in extras(prices)]
    lines += ["", _HABITS, "| assumption | a month, unless it says otherwise |", "|---|---:|"]
    lines += [f"| `{name}` | {value:,.10g} |" for name, value in dataclasses.asdict(habits).items()]
    lines += ["", _COUNTS, "| count | value |", "|---|---:|"]
    lines += [f"| {name.replace('_', ' ')} | {value:,.10g} |" for name, value in dataclasses.asdict(Counts()).items()]
    lines += ["", _PRICES.format(as_of=prices.as_of), "| price | US dollars, or amount |", "|---|---:|"]
    lines += [f"| `{name}` | {value:,.6g} |" for name, value in dataclasses.asdict(prices).items() if name != "as_of"]
    return "\n".join([*lines, "", _NOT_COUNTED])


_HEAD = """\
# Costs

What a month of the app costs, computed by `python -m tools.costs` from counted requests and list prices.
It assumes {habits.exports:g} exports of everybody and {habits.reconciles:g} reconciles a month, \
with {habits.changed_share:.0%} of the people changed in each export.

The largest part hardly depends on the number of people: it is the instance that is kept ready.
The first export of an organisation writes to everybody: at Graph's limit of about 20 writes a second this takes \
half an hour for 30,000 people, and costs less than a dollar more.

Prices are of {as_of}, noted by hand, without tax and discounts. Check them in the [pricing \
calculator](https://azure.microsoft.com/pricing/calculator/).
"""
_HABITS = """\
## What is assumed

How often the app is used, and how much it stores: not measured, so replace what is different with you. \
`changed_share` is the share of people whom one export changes, `kib_stored_per_person` what retention keeps of a \
person in all files and tables, `log_kib_per_person_and_run` what one run writes to the log about a person.
"""
_COUNTS = """\
## What is counted

Requests and people a second are those of [benchmarks.md](benchmarks.md) (the whole app, 1,000 people) and \
[reconcile.md](reconcile.md), measured on the sandbox with one process. \
They are per person, unless the name says otherwise.
The app sweeps every five minutes; queues are polled as if an instance were up all month, so these two are upper bounds.
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

* licences of Microsoft Entra ID: restricted management units need P1 for their administrators
* SMS and voice calls, which Microsoft Entra ID bills apart in some agreements
* Power Automate's premium connectors, for those who use them
* Microsoft Defender for Storage, an address of your own, and traffic out of the region
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
