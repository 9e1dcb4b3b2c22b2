"""Runs of many rows from drop to workbook: every row has its outcome, and a person costs what a person costs."""

from __future__ import annotations

import json
import logging
import time
from collections import Counter

import pytest

from sandbox.exports import write_export
from sandbox.graph.options import Options
from sandbox.in_memory import in_memory
from sandbox.people import Kind, Staff, make_staff
from sandbox.process_memory import peak_mib
from sandbox.storage_operations import POLLS
from sandbox.virtual_time import run
from shared.core.states import RunState

log = logging.getLogger(__name__)


async def storage_operations_of(staff: Staff, options: Options | None = None) -> Counter[str]:
    """What a run over the whole staff asks of storage, apart from polling."""
    operations: Counter[str] = Counter()
    settings = {"MAX_WRITES_UNAPPROVED": "100000"}
    async with in_memory(staff, settings, options, on_operation=lambda name: operations.update([name])) as world:
        operations.clear()
        began = time.perf_counter()
        ended = await world.run_to_end("staff.xlsx", write_export(staff))
        seconds = time.perf_counter() - began
        asked = Counter({name: count for name, count in operations.items() if name not in POLLS})
        summary = json.loads(await world.app.results.read(f"{ended.id}/summary.json"))
        assert RunState.FINISHED is ended.state
        assert staff.expected_counts == summary["counts"]
        assert len(staff.members) == sum(len(rows) for rows in summary["sets"].values())
        log.info("%d rows: %.0f s, peak %.0f MiB, stand-in and storage included", ended.total, seconds, peak_mib())
        return asked


def known(staff: Staff) -> Staff:
    """Without people who are waited for: that is a matter of time, not of people."""
    return Staff(tuple(member for member in staff.members if member.kind is not Kind.UNKNOWN_USER))


async def test_an_unchanged_person_costs_at_most_seven_storage_operations() -> None:
    """Of a few hundred people, the run's own steps included."""
    staff = known(make_staff(300).with_changed_numbers(0))

    assert 7 > (await storage_operations_of(staff)).total() / len(staff.members)


@pytest.mark.long
def test_twenty_thousand_rows() -> None:
    """In memory, on the real gateway and the stand-in: what a changed person costs does not grow with the run.

    The gateway keeps to Graph's limits all the same, but the waits for them, most of an hour, are leapt over.
    """
    staff = known(make_staff(20_000))

    assert 16 > run(storage_operations_of(staff, Options(throttling=False))).total() / len(staff.members)
