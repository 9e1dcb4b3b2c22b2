"""The ledger: runs, rows, people and budget survive their tables, and only one of two writers wins."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Awaitable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from uuid import uuid4

import pytest

from shared.adapters.ledger.layouts import LayoutStore
from shared.adapters.ledger.people import PeopleStore
from shared.adapters.ledger.rows import RowStore
from shared.adapters.ledger.runs import RunStore
from shared.adapters.ledger.write_budget import WriteBudget
from shared.adapters.storage.connection import StorageConnection
from shared.core.export.desired import Desired
from shared.core.export.export_row import ExportRow
from shared.core.export.fields import Field
from shared.core.export.headings.heading import Role
from shared.core.export.layout import Layout, LayoutColumn
from shared.core.export.options import RunOptions
from shared.core.person.account import KeyKind, Methods, PersonKey
from shared.core.plan.plan import Plan, plan_person
from shared.core.record.ownership_record import Confirmation, OwnershipRecord, RecordUpdate, SlotChange, SlotRecord
from shared.core.record.taken_back import DatedExport
from shared.core.run.attempts import Attempt, Decision, DecisionKind, PlanOfRun
from shared.core.run.full_exports import FullExport, FullExportSize
from shared.core.run.row import Outcome, Row, completed
from shared.core.run.run import ReadFigures, Run
from shared.core.run.safety_limits import PlanFigures
from shared.core.run.write_budget import CAPACITY
from shared.core.values.cell import Cell, CellKind
from shared.core.values.errors import AlreadyExistsError, ConcurrencyError, DamagedEntityError
from shared.core.values.said import Said
from shared.core.values.slot import EmailAddress, MaskedValue, PhoneNumber, PhoneType, Slot
from shared.core.values.states import Approval, Policy, RowState, RunState, Source
from shared.core.values.storage import PropertyValue, TablePort
from testing.doubles import MemoryTable

NOW = datetime(2026, 11, 21, 23, 0, 0, 123456, tzinfo=UTC)
NUMBER = PhoneNumber(1, "2025550123", "7")
RUN = Run(
    id="20261121T230000Z-0123456789",
    state=RunState.APPLYING,
    source=Source.BLOB,
    name="full/staff.xlsx",
    export_time=NOW,
    attempts=(
        Attempt(
            "export",
            (Decision(DecisionKind.APPROVED, "somebody", NOW, "d"),),
            PlanOfRun("d", 2, is_verified=True, figures=PlanFigures(1000, 990, 990, 0, 0, 10, 0)),
            {RowState.CREATED: 990},
        ),
    ),
    created_at=NOW,
    updated_at=NOW,
    progress_at=NOW,
    input_blob="x/input.xlsx",
    options=RunOptions(full=True, approval=Approval.ALWAYS, on_existing=Policy.OWNED, default_region="DE"),
    total=2500,
    first_row=4,
    last_row=2503,
    cursor=17,
    step=5,
    closed_shards={0: {RowState.CREATED: 990, RowState.REFUSED: 6}},
    read_figures=ReadFigures(people=3, not_read=1),
    notes=(Said("3 hidden rows are data"),),
    concerns=(Said("a concern"),),
    file_modified_at=NOW,
    content_date=NOW - timedelta(days=1),
    same_content_as="a",
    content_sha256="c",
    nonce="n",
    held_until=NOW + timedelta(days=1),
    state_history=((RunState.READING, NOW - timedelta(minutes=1)), (RunState.APPLYING, NOW)),
    export_reads=2,
)


@pytest.fixture(params=["azurite", "memory"])
async def table(request: pytest.FixtureRequest, azurite: str) -> AsyncIterator[TablePort]:
    """An empty table, real and in memory."""
    if request.param == "memory":
        yield MemoryTable()
        return
    connection = StorageConnection(azurite)
    real = connection.table(f"Ledger{uuid4().hex}")
    await real.ensure()
    yield real
    await connection.close()


def planned_row(number: int) -> Row:
    plan = plan_person(Desired(((Slot.MOBILE, NUMBER),)), {}, Methods(), Policy.MERGE)
    assert isinstance(plan, Plan)
    cell = Cell(f"C{number}", CellKind.INTEGER, "12025550123", '"+"0')
    desired = ExportRow(number, PersonKey(KeyKind.MAIL, "ada@example.com"), ((PhoneType.MOBILE, cell),))
    return Row(
        RUN.id, number, RowState.PLANNED, "applied", object_id="ab12", export_row=desired, plan=plan, region="US"
    )


async def test_a_run_survives_the_table(table: TablePort) -> None:
    """Every field comes back, and a run is inserted once."""
    runs = RunStore(table)

    stored = await runs.insert(RUN)

    assert stored is not None
    assert replace(RUN, etag=stored.etag) == await runs.get(RUN.id)
    assert await runs.insert(RUN) is None
    assert [RUN.id] == [run.id async for run in runs.not_closed()]
    await runs.save(replace(stored.in_attempt(result_blob="x/result.xlsx"), closed=True))
    assert [] == [run.id async for run in runs.not_closed()]


async def test_of_two_transitions_of_a_run_one_wins(table: TablePort) -> None:
    """The other hears that it came too late."""
    runs = RunStore(table)
    stored = await runs.insert(RUN)
    assert stored is not None

    await runs.save(replace(stored, step=6))

    with pytest.raises(ConcurrencyError):
        await runs.save(replace(stored, step=6))


async def test_a_row_survives_the_table_and_loses_its_numbers_when_it_settles_well(table: TablePort) -> None:
    """Numbers stay for rows that need work and are blanked for the others."""
    rows = RowStore(table)
    await rows.insert_missing(RUN.id, [planned_row(17), planned_row(18)])
    row = await rows.get(RUN.id, 17)
    assert row is not None
    assert replace(planned_row(17), etag=row.etag) == row

    done = await rows.save(completed(row, Outcome(RowState.CREATED, "applied", note=Said("n"), request_id="r")))
    other = await rows.get(RUN.id, 18)
    assert other is not None
    await rows.save(completed(other, Outcome(RowState.FAILED, "graphRefused", Said("why"))))

    assert done == await rows.get(RUN.id, 17)
    assert (None, None) == (done.export_row, done.plan)
    failed = await rows.get(RUN.id, 18)
    assert failed is not None
    assert planned_row(18).plan == failed.plan
    with pytest.raises(ConcurrencyError):
        await rows.mark_writing(row)


async def test_splitting_again_leaves_rows_as_they_are(table: TablePort) -> None:
    """A killed and repeated split inserts what is missing and nothing else."""
    rows = RowStore(table)
    await rows.insert_missing(RUN.id, [planned_row(999), planned_row(1000)])
    await rows.complete_many(RUN.id, {999: Outcome(RowState.CREATED, "applied")})

    new = await rows.insert_missing(RUN.id, [planned_row(number) for number in (998, 999, 1000, 1001)])

    assert 2 == new
    run = replace(RUN, first_row=998, last_row=1001)
    assert [(998, "planned"), (999, "created"), (1000, "planned"), (1001, "planned")] == [
        (row.number, row.state) async for row in rows.in_order(run)
    ]
    assert [1000, 1001] == [row.number async for row in rows.in_order(run, after=999, states={RowState.PLANNED})]
    assert {RowState.PLANNED: 1, RowState.CREATED: 1} == await rows.count(RUN.id, 0, last=999)
    assert {RowState.PLANNED: 1} == await rows.count(RUN.id, 1, last=1000)


async def test_rows_that_moved_are_not_settled_by_those_who_did_not_notice(table: TablePort) -> None:
    """Cancelling never overwrites a row that is being written at this moment."""
    rows = RowStore(table)
    await rows.insert_missing(RUN.id, [planned_row(number) for number in (4, 5, 1004)])
    read = [row async for row in rows.in_order(RUN)]
    await rows.mark_writing(read[1])

    await rows.complete_unless_changed(read, Outcome(RowState.UNPROCESSED, "runCancelled"))

    assert ["unprocessed", "writing", "unprocessed"] == [row.state async for row in rows.in_order(RUN)]


async def test_a_person_survives_the_table_and_is_locked_by_one(table: TablePort) -> None:
    """Of two who take the lock at once, on a new record or an old one, one is refused."""
    people = PeopleStore(table)
    record = OwnershipRecord(
        "ab12",
        {
            Slot.MOBILE: SlotRecord(NUMBER, None),
            Slot.OFFICE: SlotRecord(None, NUMBER, Confirmation.ACCEPTED),
            Slot.EMAIL: SlotRecord(EmailAddress("jan@example.com"), MaskedValue()),
        },
        export_time=NOW,
        run=RUN.id,
        locked_until=NOW,
        locked_by="me",
    )
    assert OwnershipRecord("ab12") == await people.get("ab12")

    stored = await people.save(record)

    assert stored == await people.get("ab12")
    assert [stored] == [found async for found in people.all()]
    with pytest.raises(AlreadyExistsError):
        await people.save(record)
    await people.save(stored)
    with pytest.raises(ConcurrencyError):
        await people.save(stored)


@pytest.mark.parametrize("first", ["00", "2a", "2b", "2c", "99", "9a", "f0", "ff"])
async def test_people_are_read_on_from_any_digits(table: TablePort, first: str) -> None:
    """In the order of object ids, across partitions and within one."""
    people = PeopleStore(table)
    everybody = ["01", "2a1", "2a2", "2b0", "2c", "9f", "a0", "fe", "ff9"]
    for object_id in reversed(everybody):
        await people.save(OwnershipRecord(object_id))

    assert [one for one in everybody if one >= first] == [found.object_id async for found in people.from_slice(first)]
    assert everybody == [found.object_id async for found in people.all()]


async def test_unchanged_people_are_stamped_together_unless_their_record_changed(table: TablePort) -> None:
    """New records are inserted, old ones keep what the stamp does not name, and whoever was changed is named."""
    people = PeopleStore(table)
    kept = await people.save(OwnershipRecord("ab12", {Slot.OFFICE: SlotRecord(NUMBER, NUMBER)}))
    changed = await people.save(OwnershipRecord("ab34"))
    await people.save(replace(changed, run="another"))
    slots: dict[Slot, SlotChange] = {
        Slot.MOBILE: {"desired": NUMBER, "written": NUMBER},
        Slot.OFFICE: {"desired": MaskedValue()},
    }
    etags = {"ab12": kept.etag, "ab34": changed.etag, "ab56": "", "cd78": ""}

    advanced = await people.update_unchanged(
        [
            RecordUpdate(person, etag, slots, specifies_sms=False, decides_sms=False, export_time=NOW, run=RUN.id)
            for person, etag in etags.items()
        ]
    )

    assert {"ab34"} == advanced
    assert "another" == (await people.get("ab34")).run
    old, new = await people.get("ab12"), await people.get("cd78")
    assert (NOW, RUN.id) == (old.export_time, old.run) == (new.export_time, new.run)
    assert {Slot.MOBILE: SlotRecord(NUMBER, NUMBER), Slot.OFFICE: SlotRecord(MaskedValue(), NUMBER)} == old.slots
    assert {Slot.MOBILE: SlotRecord(NUMBER, NUMBER), Slot.OFFICE: SlotRecord(MaskedValue(), None)} == new.slots


async def test_the_write_budget_is_spent_once(table: TablePort) -> None:
    """What one process took, another does not get."""
    budget = WriteBudget(table)

    assert 2_900 == await budget.take(2_900, NOW)
    assert CAPACITY - 2_900 == await budget.take(2_900, NOW)
    assert 0 == await budget.take(5, NOW)
    assert 20 == await budget.take(50, NOW + timedelta(seconds=1))


async def test_what_spans_runs(table: TablePort) -> None:
    """The first run with some content, and the last full export that was applied."""
    runs = RunStore(table)

    assert ["a", "a", "c"] == [await runs.first_with_content(*pair) for pair in (("x", "a"), ("x", "b"), ("y", "c"))]
    assert await runs.last_full_export() is None
    for export in (
        FullExport("a", 10, NOW),
        FullExport("b", 20),
        FullExport("c", 5, None, (FullExportSize(NOW, 9), FullExportSize(NOW, 7))),
    ):
        await runs.remember_full_export(export)
        assert export == await runs.last_full_export()


async def test_the_date_of_the_last_applied_export_of_a_folder(table: TablePort) -> None:
    """Any folder's name is a key; of two that are remembered at once, the second gets the error to look again."""
    runs = RunStore(table)
    first, second = DatedExport("a", NOW), DatedExport("b", NOW + timedelta(days=1))
    for folder in ("", "hr/2026", "a\\b#?%\x01"):
        assert await runs.last_dated_export(folder) is None
        await runs.remember_dated_export(folder, first, None)
        seen = await runs.last_dated_export(folder)
        assert first == seen
        with pytest.raises(ConcurrencyError):
            await runs.remember_dated_export(folder, second, None)
        await runs.remember_dated_export(folder, second, seen)
        assert second == await runs.last_dated_export(folder)
        with pytest.raises(ConcurrencyError):
            await runs.remember_dated_export(folder, first, seen)


async def test_the_installation_is_noted_once(table: TablePort) -> None:
    """The first time stays, whichever process comes later."""
    runs = RunStore(table)

    assert await runs.installed_at() is None
    assert [True, False] == [await runs.note_installation(time) for time in (NOW, NOW - timedelta(days=1))]
    assert NOW == await runs.installed_at()


async def test_runs_are_read_newest_first_however_far_apart(table: TablePort) -> None:
    """Minutes or years between them, from any run on, and only those of the wanted states and sources."""
    ledger = RunStore(table)
    ids = [f"{NOW - timedelta(days=days):%Y%m%dT%H%M%SZ}-{days:010x}" for days in (0, 0, 1, 2, 40, 900, 2000)]
    ids[1] = ids[1][:17] + "00000000ff"
    for number, identity in enumerate(ids):
        state = RunState.HELD if number % 2 else RunState.FINISHED
        await ledger.insert(replace(RUN, id=identity, state=state))

    async def read(**wanted: Any) -> list[str]:
        return [run.id async for run in ledger.newest_first(NOW, **wanted)]

    expected = sorted(ids, reverse=True)
    assert expected == await read()
    assert [expected[read_position + 1 :] for read_position in range(len(ids))] == [
        await read(before=run) for run in expected
    ]
    assert sorted(ids[1::2], reverse=True) == await read(states=[RunState.HELD, RunState.HELD])
    assert [] == await read(sources=[Source.CALL])
    with pytest.raises(ValueError, match="no run can have this id"):
        await read(before="20261399T000000Z-0123456789")


async def test_a_damaged_run_hides_no_other_in_any_list() -> None:
    """Whatever a property holds, every list goes on, and a run that is missing there is among the unreadable ones."""
    table = MemoryTable("Runs")
    ledger = RunStore(table)
    ids = [f"{NOW - timedelta(days=days):%Y%m%dT%H%M%SZ}-{days:010x}" for days in (2, 1, 0)]
    for identity in ids:
        await ledger.insert(replace(RUN, id=identity))
    entity = await table.get("run", ids[1])
    assert entity is not None
    whole = entity.values
    found = set[str]()
    for column, damage in product(whole.keys() - {"closed", "source"}, _DAMAGES):  # by these two the lists filter
        await table.upsert("run", ids[1], {**whole, column: damage})
        missing = await ledger.unreadable()
        if missing:
            with pytest.raises(DamagedEntityError, match=f"^run {ids[1]}, {column.removesuffix('Said')} "):
                await ledger.get(ids[1])
        found.update(missing)
        shown = [identity for identity in ids if identity not in missing]
        assert shown == [run.id async for run in ledger.all()]
        assert shown == [run.id async for run in ledger.not_closed()]
        assert shown == [run.id async for run in ledger.of_source(Source.BLOB, NOW - timedelta(days=9))]
        assert shown[::-1] == [run.id async for run in ledger.newest_first(NOW)]
        assert missing == await ledger.unreadable(first=ids[1])
        assert [] == await ledger.unreadable(first=ids[2])
    assert {ids[1]} == found


_DAMAGES: tuple[PropertyValue, ...] = (
    "melted",
    "[1",
    "{}",
    "[[]]",
    "[null]",
    '{"columns": [[]]}',
    "12",
    "[" * 9999,
    7,
    True,
)


async def damage_of(reading: Awaitable[object]) -> list[str]:
    """What the error says; [] = it could be read. The error leads to no other one, which might quote the value."""
    try:
        await reading
    except DamagedEntityError as error:
        return [str(error)] if error.__suppress_context__ else ["with its cause"]
    return []


async def test_a_damaged_row_is_named_with_its_property_and_without_its_value() -> None:
    """Whatever a property holds; nothing else is raised, also where a value has a text form of its own."""
    table = MemoryTable("Rows")
    rows = RowStore(table)
    await rows.insert_missing(RUN.id, [planned_row(17)])
    (entity,) = [one async for one in table.query(f"{RUN.id}-0")]
    named = set[str]()
    for column, damage in product(entity.values, _DAMAGES):
        await table.upsert(f"{RUN.id}-0", entity.key, {**entity.values, column: damage})
        named.update(await damage_of(rows.get(RUN.id, 17)))
    columns = {one.removeprefix(f"row {entity.key} of run {RUN.id}, ").partition(" ")[0] for one in named}
    assert {"exportRow", "plan", "slots", "state", "lookedUpAt"} <= columns <= entity.values.keys()
    assert [] == [one for one in named if not re.fullmatch(r"[^()]+ \(\w+\)", one)]


async def test_a_damaged_ownership_record_is_named_without_its_value() -> None:
    table = MemoryTable("People")
    people = PeopleStore(table)
    await people.save(OwnershipRecord("ab12", {Slot.MOBILE: SlotRecord(desired=NUMBER, written=NUMBER)}))
    entity = await table.get("a", "ab12")
    assert entity is not None
    named = set[str]()
    for column, damage in product(entity.values, _DAMAGES):
        await table.upsert("a", "ab12", {**entity.values, column: damage})
        named.update(await damage_of(people.get("ab12")))
    assert {"ownership record ab12 (ValueError)", "ownership record ab12, exportTime (ValidationError)"} <= named
    assert [] == [one for one in named if not re.fullmatch(r"ownership record ab12(, \w+)? \(\w+\)", one)]


async def test_a_damaged_layout_is_named_with_its_property() -> None:
    table = MemoryTable("Layouts")
    layouts = LayoutStore(table)
    column = LayoutColumn("Mobile", ("mobile",), role=Role(Field.MOBILE))
    await layouts.remember(Layout("f" * 64, "", "Staff", (column,), (), "somebody", RUN.id, NOW))
    entity = await table.get("layout", "f" * 64)
    assert entity is not None
    named = set[str]()
    for damage in _DAMAGES:
        await table.upsert("layout", entity.key, {**entity.values, "columns": damage})
        named.update(await damage_of(layouts.get(entity.key)))
    assert named
    assert [] == [one for one in named if not re.fullmatch(f"layout {entity.key}, columns \\(\\w+\\)", one)]


async def test_every_state_of_a_run_is_one_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """It names source, cause, counts and the time before, and neither the file nor the message."""
    runs = RunStore(MemoryTable("Runs"))
    caplog.set_level("INFO")
    began = datetime(2026, 11, 30, 12, tzinfo=UTC)
    new = replace(RUN, state=RunState.READING, created_at=began, updated_at=began, state_history=())
    stored = await runs.insert(new)
    assert stored is not None
    await runs.save(replace(stored, updated_at=began + timedelta(seconds=9)))  # no other state
    failed = replace(stored, etag=(await stored_again(runs)).etag, state=RunState.FAILED, code="fileRefused")
    await runs.save(replace(failed, updated_at=began + timedelta(seconds=12)))

    lines = [record.getMessage() for record in caplog.records]
    assert 2 == len(lines)
    name, _, fields = lines[1].partition(" ")
    assert "export dropped" == json.loads(lines[0].partition(" ")[2])["cause"]
    moved = {"from": "reading", "to": "failed", "cause": "fileRefused", "seconds": 12.0}
    assert ("RunMoved", json.loads(fields)) == (name, json.loads(fields) | moved | {"run": RUN.id})
    assert RUN.name not in "".join(lines)


async def stored_again(runs: RunStore) -> Run:
    run = await runs.get(RUN.id)
    assert run is not None
    return run
