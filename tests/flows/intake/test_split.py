"""Split: repeated after a crash at any point it gives the same rows, and its result can be dropped again."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from io import BytesIO

import pytest
from openpyxl import Workbook

from sandbox.exports import write_export
from sandbox.people import Staff
from shared.app import App
from shared.core.run.row import Row
from shared.core.run.run import Run
from shared.core.run.run_ids import run_id
from shared.core.values.states import RunState
from testing.doubles import MemoryStorage
from testing.in_memory import in_memory
from testing.virtual_time import VirtualClock
from tests.flows.small_tenant import person


class KilledError(Exception):
    """The process dies here."""


def workbook(*rows: tuple[str, ...]) -> bytes:
    book, stream = Workbook(write_only=True), BytesIO()
    sheet = book.create_sheet()
    for row in rows:
        sheet.append(row)
    book.save(stream)
    return stream.getvalue()


async def rows_of(app: App, run: Run) -> list[Row]:
    return [replace(row, etag="") async for row in app.rows.in_order(run)]


async def split_killed_after(operations: int, data: bytes) -> tuple[list[Row], int, int]:
    """Split, die at this storage request, split again; returns rows, step messages, and requests until the crash."""
    count = 0

    def on_operation(_: str) -> None:
        nonlocal count
        count += 1
        if count == operations:
            raise KilledError

    clock = VirtualClock()
    storage = MemoryStorage(clock.now, lambda name: on_operation(name) if armed else None)
    armed = False
    app = App({}, clock=clock, storage=storage)
    await app.exports.write("staff.xlsx", data)
    armed = True
    with suppress(KilledError):
        await app.split("staff.xlsx")
    armed = False
    await app.split("staff.xlsx")
    info = await app.exports.info("staff.xlsx")
    assert info is not None
    run = await app.runs.get(run_id(info.last_modified, "hr-exports", "staff.xlsx", info.etag))
    assert run is not None
    assert RunState.PLANNING is run.state
    return await rows_of(app, run), len(storage.queue("run-steps").messages), count


async def test_a_split_killed_at_any_point_and_repeated_gives_the_same_rows_each_once(staff: Staff) -> None:
    """The process may die at every storage request of a split; the run always gets its first step."""
    data = write_export(staff)
    whole, _, requests = await split_killed_after(0, data)
    assert len(staff.members) == len(whole)
    for point in range(1, requests + 1):
        rows, steps, _ = await split_killed_after(point, data)
        assert whole == rows
        assert 1 <= steps <= 2


async def test_a_result_that_is_dropped_again_changes_nothing(staff: Staff) -> None:
    """The added columns are ignored, unchanged rows cost no write, and refused rows are refused again."""
    async with in_memory(staff) as world:
        first = await world.run_to_end("staff.xlsx", write_export(staff))
        writes = world.writes

        again = await world.run_to_end("again.xlsx", await world.app.returns.read(first))

        assert RunState.FINISHED is again.state
        assert writes == world.writes
        assert first.total == again.total
        assert [] == [note for note in again.notes if "Sign-in phone" in note]


async def test_columns_that_are_not_used_are_reported(staff: Staff) -> None:
    """Misspelt and unknown headers are named in the notes."""
    async with in_memory(staff) as world:
        data = workbook(
            ("userPrincipalName", "mobile", "ofice phone", "Shoe size"),
            ("ada@contoso.example", "+1 202 555 0123", "", ""),
        )
        run = await world.run_to_end("staff.xlsx", data)

        notes = "\n".join(run.all_notes)
        assert "Column C (ofice phone)" in notes
        assert "Column D (Shoe size)" in notes
        summary = json.loads(await world.app.results.read(f"{run.id}/summary.json"))
        assert list(run.all_notes) == summary["notes"]


@pytest.mark.parametrize(
    ("second", "states"),
    [
        (("ADA@contoso.example", "+1 202 555 0123"), ["created", "merged"]),
        (("ada@contoso.example", "+1 202 555 0124"), ["refused", "refused"]),
        (("bob@contoso.example", "+1 202 555 0123"), ["created", "refused"]),
    ],
)
async def test_one_person_in_two_rows(staff: Staff, second: tuple[str, str], states: list[str]) -> None:
    """Equal rows are merged; contradicting rows are all refused and name each other."""
    async with in_memory(staff) as world:
        world.stand_in.tenant.put(person(1, userPrincipalName="ada@contoso.example", phones={}))
        data = workbook(("userPrincipalName", "mobile"), ("ada@contoso.example", "+1 202 555 0123"), second)
        run = await world.run_to_end("staff.xlsx", data)

        rows = await rows_of(world.app, run)
        assert states == [row.state for row in rows]
        contradicting = second[1].endswith("0124")
        assert contradicting == ("row 3 ask" in rows[0].reason)


async def test_a_file_without_rows_is_held_not_applied(staff: Staff) -> None:
    """An export without people is taken for a broken one."""
    async with in_memory(staff) as world:
        run = await world.run_to_end("staff.xlsx", workbook(("userPrincipalName", "mobile")))

        assert RunState.HELD is run.state
        assert "at least 1 is expected" in run.message


async def test_equal_mobiles_beyond_the_limit_are_refused(staff: Staff) -> None:
    """Three people with one mobile number are all refused, and each reason names the others."""
    async with in_memory(staff) as world:
        names = [person.userPrincipalName for person in staff.people if not person.groups and not person.phones][:3]
        data = workbook(("userPrincipalName", "mobile"), *((name, "+1 202 555 0123") for name in names))
        run = await world.run_to_end("staff.xlsx", data)

        rows = await rows_of(world.app, run)
        assert ["sameMobile"] * 3 == [row.code for row in rows]
        assert 0 == world.writes
