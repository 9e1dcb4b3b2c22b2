"""Scenarios on the sandbox's listeners and on Microsoft's: the same is left in storage, and functions get the same."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from sandbox.functions_host.host import Listeners
from tests.conformance import blob_scenarios as blobs
from tests.conformance import queue_scenarios as queues
from tests.conformance import timer_scenarios as timers
from tests.conformance.accounts import Accounts, by_identity, by_string
from tests.conformance.checker import needs_checker
from tests.conformance.recorded import recorded
from tests.conformance.worlds import EVENTS, ROOT, SCANS, World, differences
from tests.payloads import payload

log = logging.getLogger(__name__)

Scenario = Callable[[World], Awaitable[Any]]

pytestmark = needs_checker

SHORT: tuple[Scenario, ...] = (
    queues.messages,
    queues.a_poison_queue,
    queues.a_queue_that_appears_later,
    blobs.event_grid_handshake,
    blobs.event_grid,
    blobs.names_in_events,
    blobs.versions_in_events,
    blobs.references_in_events,
    timers.timers,
)
BY_IDENTITY: tuple[Scenario, ...] = (queues.a_message_and_a_failure, blobs.one_event, timers.timers)
SCANNED: tuple[Scenario, ...] = (
    blobs.scanned_blobs,
    blobs.a_container_that_appears_later,
    blobs.the_longest_names_in_scans,
    timers.every_minute,
)
ALONE: tuple[Scenario, ...] = (
    queues.a_stop_while_a_function_runs,
    queues.a_host_that_is_killed,
    queues.two_hosts_on_one_queue,
    queues.a_burst,
    queues.a_run_longer_than_the_lease,
    timers.timers_of_two_hosts,
)
"""Each in worlds of its own, because it ends hosts, or starts more."""


@asynccontextmanager
async def both(
    accounts: Accounts,
    folder: Path,
    blob_source: str = EVENTS,
    more: Mapping[Listeners, Mapping[str, str]] | None = None,
) -> AsyncIterator[tuple[World, World]]:
    own, microsoft = (World(kind, blob_source, accounts, folder, (more or {}).get(kind, {})) for kind in Listeners)
    try:
        await asyncio.gather(own.prepare(), microsoft.prepare())
        if blob_source == SCANS:
            await asyncio.gather(blobs.put_scanned(own), blobs.put_scanned(microsoft))
        await asyncio.gather(own.start(), microsoft.start())
        yield own, microsoft
    finally:
        await asyncio.gather(own.kill(), microsoft.kill())


def reasons() -> dict[str, str]:
    """`scenario: place` where the kinds of listeners differ, with the reason, from the table in the host's README."""
    text = (ROOT / "sandbox/functions_host/README.md").read_text(encoding="utf-8")
    table = text.partition("<!-- differences -->\n")[2].partition("\n\n")[0]
    cells = [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    return {
        f"{scenario}: {place}": reason
        for where, reason in cells
        for scenarios, _, place in [where.partition(": ")]
        for scenario in scenarios.split(", ")
    }


def expected(scenarios: Sequence[Scenario]) -> set[str]:
    names = {_title(scenario) for scenario in scenarios}
    return {place for place in reasons() if place.partition(":")[0] in names}


def _title(scenario: Scenario) -> str:
    return str(getattr(scenario, "__name__", "")).replace("_", " ")


async def differing(scenarios: Sequence[Scenario], worlds: tuple[World, World]) -> set[str]:
    """`scenario: place` wherever the two differ; within metadata, the place starts there."""
    found = dict[str, tuple[Any, Any]]()
    for scenario in scenarios:
        own, microsoft = await asyncio.gather(*map(scenario, worlds))
        for place, values in differences(own, microsoft).items():
            found[f"{_title(scenario)}: {_place(place, values)}"] = values
    log.info("differences: %s", json.dumps(found, indent=1))
    return set(found)


def _place(place: str, values: tuple[Any, Any]) -> str:
    where = place[place.index("metadata.") :] if "metadata." in place else place
    if where.startswith("metadata.Properties.") and values[0] is None:
        return "metadata.Properties, further names"
    return where


async def test_both_kinds_of_listeners_do_the_same(azurite: str, tmp_path: Path) -> None:
    """Queues, Event Grid and timers; one program serves every scenario, because it starts slowly.

    What Microsoft's listeners give is what tests/payloads holds.
    """
    async with by_string(azurite) as accounts, both(accounts, tmp_path) as worlds:
        assert expected(SHORT) == await differing(SHORT, worlds)
        for name, given in (await recorded(worlds[1])).items():
            assert payload(name) == given


@pytest.mark.long
async def test_both_kinds_of_listeners_do_the_same_by_identity(tmp_path: Path) -> None:
    """With two accounts, of which one is only the host's."""
    async with by_identity(tmp_path) as accounts, both(accounts, tmp_path) as worlds:
        assert expected(BY_IDENTITY) == await differing(BY_IDENTITY, worlds)


@pytest.mark.long
async def test_both_kinds_of_listeners_scan_the_same(azurite: str, tmp_path: Path) -> None:
    """Blobs that are found by looking through their container, every ten seconds."""
    async with by_string(azurite) as accounts, both(accounts, tmp_path, SCANS) as worlds:
        assert expected(SCANNED) == await differing(SCANNED, worlds)


@pytest.mark.long
@pytest.mark.parametrize("scenario", ALONE, ids=lambda one: one.__name__)
async def test_hosts_come_and_go_the_same(azurite: str, tmp_path: Path, scenario: Scenario) -> None:
    """Stopped, killed, two at once, very busy, or busy for longer than a lease."""
    async with by_string(azurite) as accounts, both(accounts, tmp_path) as worlds:
        assert expected([scenario]) == await differing([scenario], worlds)


@pytest.mark.long
@pytest.mark.parametrize(
    ("mutation", "place"),
    [
        ("wrong poison name", "a message and a failure: fails.poison"),
        ("lost ETag", "one event: poison[].ETag"),
        ("misspelt metadata", "a message and a failure: metadata.DequeueCount"),
    ],
)
async def test_a_fault_of_the_sandboxs_host_is_found(azurite: str, tmp_path: Path, mutation: str, place: str) -> None:
    """The comparison is no formality."""
    scenarios = (queues.a_message_and_a_failure, blobs.one_event)
    more = {Listeners.SANDBOX: {"MUTATION": mutation}}
    async with by_string(azurite) as accounts, both(accounts, tmp_path, more=more) as worlds:
        assert place in await differing(scenarios, worlds) - expected(scenarios)


def test_every_difference_has_its_reason() -> None:
    """The table has no row of a scenario that nobody runs."""
    assert set(reasons()) == expected([*SHORT, *BY_IDENTITY, *SCANNED, *ALONE])
    assert all(reasons().values())


def test_the_readme_names_every_scenario() -> None:
    """And none that does not exist."""
    text = Path(__file__).with_name("README.md").read_text(encoding="utf-8")
    table = text.partition("<!-- scenarios -->\n")[2].partition("\n\n")[0]
    named = {name for line in table.splitlines() for name in re.findall(r"`(\w+)`", line.rpartition(" | ")[2])}
    assert {one.__name__ for one in (*SHORT, *BY_IDENTITY, *SCANNED, *ALONE)} == named
