"""Several sheets of people in the whole app: held, read as one list or the first alone, remembered, and returned."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from io import BytesIO

import pytest
from openpyxl import load_workbook

from shared.core.export.people_sheets import SheetsRead
from shared.core.run.documents import report_row
from shared.core.run.messages import StepMessage
from shared.core.run.run import Run
from shared.core.values.errors import PermanentError
from shared.core.values.slot import PhoneType
from shared.core.values.states import RowState, RunState, Source
from testing.in_memory import InMemory
from tests.core.export.test_one_list import Rows, workbook
from tests.flows.deciding import approved, approved_if_held
from tests.flows.small_tenant import number, outcomes, person, rows_of, tenant_of

PEOPLE = range(1, 7)
HEADER = ["Employee ID", "Name", "Mobile"]
BERLIN: Rows = [HEADER, ["E1", "Ana", number(11)], ["E2", "Ben", number(12)]]
PARIS: Rows = [HEADER, ["E3", "Eva", number(13)], ["E4", "Jim", number(14)]]
ROME: Rows = [["Mobile", "Employee ID"], [number(15), "E5"], [number(16), "E6"]]
WITH_LETTERS = "+1 202555O113"
ALL = {"Berlin": BERLIN, "Team Paris": PARIS, "Rome": ROME}


def six_people(**settings: str) -> AbstractAsyncContextManager[InMemory]:
    return tenant_of([person(one, phones={}) for one in PEOPLE], (), None, **settings)


def written(world: InMemory) -> list[str | None]:
    """The last two digits of everybody's mobile."""
    methods = {user.person.employeeId: user.methods for user in world.stand_in.tenant.people.values()}
    return [found[-2:] if (found := methods[f"E{one}"].get(PhoneType.MOBILE)) else None for one in PEOPLE]


async def chosen(world: InMemory, run: Run, sheets: SheetsRead, **columns: str) -> Run:
    await world.app.decisions.choose_columns(run.id, run.digest, columns, "an approver", sheets=sheets)
    await world.pump()
    return await world.stored(run.id)


def pages(data: bytes) -> dict[str, list[list[object]]]:
    book = load_workbook(BytesIO(data))
    return {page.title: [list(row) for row in page.iter_rows(values_only=True)] for page in book.worksheets}


async def test_sheets_of_one_layout_are_held_and_an_approval_reads_them_as_one_list() -> None:
    async with six_people() as world:
        run = await world.run_to_end("staff.xlsx", workbook(ALL))
        assert RunState.HELD is run.state
        assert (
            "sheets 'Berlin', 'Team Paris', 'Rome' hold lists of people of one layout; proposal: read them as one list"
            in run.message
        )
        assert (6, [None] * 6) == (run.total, written(world))

        done = await approved(world, run)

        assert RunState.FINISHED is done.state
        assert ["11", "12", "13", "14", "15", "16"] == written(world)


async def test_an_approver_may_read_the_first_sheet_alone_and_all_again() -> None:
    """Each choice makes a new plan, which is held; no row of another sheet is left in the ledger."""
    async with six_people() as world:
        run = await world.run_to_end("staff.xlsx", workbook(ALL))
        alone = await chosen(world, run, SheetsRead.FIRST)
        assert (RunState.HELD, 2, 2) == (alone.state, alone.total, len(await rows_of(world, alone)))
        assert "sheets: an approver chose to read only sheet 'Berlin'" in alone.message
        assert run.digest != alone.digest
        together = await chosen(world, alone, SheetsRead.ALL)
        assert (RunState.HELD, 6) == (together.state, together.total)
        alone = await chosen(world, together, SheetsRead.FIRST, C="mobile")

        await approved(world, alone)

        assert ["11", "12", *[None] * 4] == written(world)


@pytest.mark.parametrize("dies_after", range(0, 12, 2))
async def test_a_choice_of_sheets_survives_a_crash_after_any_message(dies_after: int) -> None:
    """Every message is delivered twice, and the steps that were saved once more after some messages."""
    async with six_people() as world:
        world.host.twice = True
        run = await world.run_to_end("staff.xlsx", workbook(ALL))
        await world.app.decisions.choose_columns(run.id, run.digest, {}, "an approver", sheets=SheetsRead.FIRST)
        for _ in range(dies_after):
            await world.deliver_visible()
        for step in range(1, (await world.stored(run.id)).step + 1):
            await world.app.advance_run(StepMessage(run.id, step), redelivered=True)
        await world.pump()

        run = await approved(world, await world.stored(run.id))

        assert (RunState.FINISHED, 2) == (run.state, len(await rows_of(world, run)))
        assert ["11", "12", *[None] * 4] == written(world)


async def test_only_rows_that_are_no_longer_read_are_deleted() -> None:
    """Also in the partition of those that are, and in later ones."""
    async with six_people() as world:
        run = await world.run_to_end("staff.xlsx", workbook(ALL))
        first, last = min(row.number for row in await rows_of(world, run)), 1_999
        more = [replace((await rows_of(world, run))[0], number=number, etag="") for number in (999, 1_000, last)]
        await world.app.rows.put(run.id, more)
        await world.app.rows.delete_after(replace(run, last_row=last), first + 1)
        assert [first, first + 1] == [row.number for row in await rows_of(world, replace(run, last_row=last))]


@pytest.mark.parametrize(
    ("sheets", "second", "state"),
    [
        ("all", ALL, RunState.FINISHED),
        ("all", {"Rome": [*ROME[:1], [number(15), "E5"]], **ALL}, RunState.HELD),
        ("all", {"Berlin": BERLIN, "Rome": ROME}, RunState.HELD),
        ("first", ALL, RunState.FINISHED),
        ("first", {"Berlin": BERLIN, "Rome": ROME}, RunState.HELD),
    ],
)
async def test_an_approved_layout_remembers_which_sheets_are_read(
    sheets: str, second: dict[str, Rows], state: RunState
) -> None:
    async with six_people(ON_EXISTING="overwrite", MAX_UPDATE_SHARE="1") as world:
        run = await world.run_to_end("staff.xlsx", workbook(ALL))
        if sheets == "first":
            run = await chosen(world, run, SheetsRead.FIRST)
        await approved(world, run)

        again = await world.run_to_end("staff2.xlsx", workbook(second))

        assert state is again.state
        if state is RunState.FINISHED:
            assert f"an approver has confirmed the columns of this list (run {run.id})" in again.notes
            assert (6 if sheets == "all" else 2) == again.total


@pytest.mark.parametrize(
    "names",
    [
        ("Joiners 2026-09", "Joiners 2026-10", "Joiners 2026-11"),
        ("September", "Oktober", "November"),
        ("Sep 2026", "Oct 2026", "Nov 2026"),
        ("01.09.2026", "01.10.2026", "01.11.2026"),
        ("ekim 26", "kas\u0131m 26", "aral\u0131k 26"),
    ],
)
async def test_one_more_month_in_a_workbook_with_a_sheet_for_each_is_the_same_layout(names: Sequence[str]) -> None:
    months = dict(zip(names, (BERLIN, PARIS, ROME), strict=True))
    async with six_people() as world:
        before = {name: months[name] for name in names[:2]}
        await approved(world, await world.run_to_end("staff.xlsx", workbook(before)))

        again = await world.run_to_end("staff2.xlsx", workbook(months))

        assert (RunState.FINISHED, 6) == (again.state, again.total)
        assert ["11", "12", "13", "14", "15", "16"] == written(world)


@pytest.mark.parametrize(
    ("first", "second", "states"),
    [
        (["E1", "Ana", number(11)], ["E1", "Ana", number(11)], [RowState.CREATED, RowState.MERGED]),
        (["E1", "Ana", number(11)], ["E1", "Ana", number(12)], [RowState.REFUSED, RowState.REFUSED]),
    ],
)
async def test_one_person_on_two_sheets_is_merged_or_refused_and_both_places_are_named(
    first: list[object], second: list[object], states: list[RowState]
) -> None:
    async with six_people() as world:
        run = await approved(
            world, await world.run_to_end("staff.xlsx", workbook({"A": [HEADER, first], "B B": [HEADER, [], second]}))
        )
        rows = await rows_of(world, run)
        assert states == [row.state for row in rows]
        reasons = [row.reason for row in rows]
        if RowState.MERGED in states:
            assert "row 2 of sheet 'A' asks for the same" == reasons[1]
        else:
            assert ["row 3 of sheet 'B B'", "row 2 of sheet 'A'"] == [
                reason.removesuffix(" asks for other values for this person") for reason in reasons
            ]


async def test_refusals_name_the_cell_on_its_sheet() -> None:
    bad: Rows = [HEADER, [None, "Eva", number(13)], ["E4", "Jim", WITH_LETTERS]]
    async with six_people() as world:
        run = await world.run_to_end("staff.xlsx", workbook({"Berlin": BERLIN, "Team Paris": bad}))
        reasons = [report_row(row).reason for row in await rows_of(world, run)]
        assert "'Team Paris'!A2: the person's cell is empty" == reasons[2]
        assert "'Team Paris'!C3: " in reasons[3]


def linked(data: bytes) -> bytes:
    """With a link, so that it is written in a process of its own."""
    book, stream = load_workbook(BytesIO(data)), BytesIO()
    book["Berlin"]["B2"].hyperlink = "#Rome!A1"
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(("way", "full_rows"), [("as it was", "6"), ("linked", "6"), ("values only", "5")])
async def test_the_workbooks_name_sheet_and_row(way: str, full_rows: str) -> None:
    """Whoever writes the result: all rows count for the limit up to which it is the same workbook."""
    rows = {**ALL, "Rome": [["Mobile", "Employee ID"], [WITH_LETTERS, "E5"], [number(16), "E6"]]}
    data = workbook(rows)
    async with six_people(RESULT_FULL_ROWS=full_rows) as world:
        run = await world.run_to_end("staff.xlsx", linked(data) if way == "linked" else data)
        plan = pages(await world.app.results.read(f"{run.id}/plan.xlsx"))
        assert ["Sheet", "Row", "Object ID"] == plan["Plan"][0][6:9]
        assert [("Berlin", 2), ("Berlin", 3), ("Team Paris", 2), ("Team Paris", 3), ("Rome", 3)] == [
            (line[6], line[7]) for line in plan["Plan"][1:]
        ]
        assert [("Rome", 2)] == [(line[4], line[5]) for line in plan["Not or only partly changed"][1:]]

        result = pages(await world.app.returns.read(await approved(world, run)))

        outcome = {
            name: [line[len(rows[name][0])] for line in result[name]] for name in ("Berlin", "Team Paris", "Rome")
        }
        done = "✓ Done: mobile number added"
        created = ["Sign-in phone: result", done, done]
        letters = "✗ Not done: mobile number – there are letters in the number (Rome!A2)"  # noqa: RUF001 - a dash
        assert {"Berlin": created, "Team Paris": created, "Rome": [created[0], letters, done]} == outcome
        *_, header, line = result["Sign-in phones to correct"]
        assert ["Sheet", "Row", "Employee ID"] == header[:3]
        assert ["Rome", 2, "E5"] == line[:3]
        assert ["A2", "Mobile", WITH_LETTERS] == line[6:9]


@pytest.mark.parametrize("full_rows", ["6", "5"])
async def test_filter_and_print_area_end_where_their_sheet_ends(full_rows: str) -> None:
    """With columns so many that a print area is set, as it was and in a workbook of values."""
    many = [f"Cost centre {one}" for one in range(30)]
    lengths = {"Berlin": 1, "Team Paris": 3, "Rome": 2}
    rows = {
        sheet: [[*HEADER, *many], *([f"E{first + one}", "Ana", number(first + one)] for one in range(length))]
        for (sheet, length), first in zip(lengths.items(), (1, 2, 5), strict=True)
    }
    async with six_people(RESULT_FULL_ROWS=full_rows) as world:
        run = await approved(world, await world.run_to_end("staff.xlsx", workbook(rows)))
        book = load_workbook(BytesIO(await world.app.returns.read(run)))
        areas = {name: (book[name].auto_filter.ref, book[name].print_area) for name in lengths}
        last = {name: [int(re.findall(r"[0-9]+", area)[-1]) for area in found] for name, found in areas.items()}
        assert {name: [length + 1] * 2 for name, length in lengths.items()} == last


async def test_a_returned_workbook_can_be_corrected_and_dropped_again() -> None:
    """The columns and sheets that the app added are no part of the list; only what was corrected is applied."""
    rows = {"Berlin": BERLIN, "Rome": [["Mobile", "Employee ID"], [WITH_LETTERS, "E5"], [number(16), "E6"]]}
    async with six_people() as world:
        run = await approved(world, await world.run_to_end("staff.xlsx", workbook(rows)))
        book, stream = load_workbook(BytesIO(await world.app.returns.read(run))), BytesIO()
        book["Rome"]["A2"] = number(15)
        book.save(stream)

        again = await world.run_to_end("staff2.xlsx", stream.getvalue())

        assert RunState.FINISHED is again.state  # it has the layout that was approved
        left = ("skipped", "asReturned")
        assert [left, left, ("created", "applied"), left] == await outcomes(world, again)
        assert ["11", "12", None, None, "15", "16"] == written(world)


async def test_a_reason_names_the_sheet_and_where_the_cell_stands_now() -> None:
    """Of a result that comes back as it was, with a row put above on one of the sheets, and a remark beside a row."""
    bad: Rows = [HEADER, ["E3", "Eva", WITH_LETTERS]]
    async with six_people(MAX_REFUSED_SHARE="1") as world:
        file = workbook({"Berlin": BERLIN, "Team Paris": bad})
        run = await approved(world, await world.run_to_end("staff.xlsx", file))
        book, stream = load_workbook(BytesIO(await world.app.returns.read(run))), BytesIO()
        book["Team Paris"].insert_rows(2)
        book["Team Paris"]["E3"] = "has left us"
        book.save(stream)

        again = await approved_if_held(world, await world.run_to_end("staff2.xlsx", stream.getvalue()))

        *_, row = await rows_of(world, again)
        assert row.earlier is not None
        assert ["'Team Paris'!C3"] == [one.reason.partition(":")[0] for one in row.earlier.slots]
        assert "What was typed in 'Team Paris'!E3 is not read: “has left us”" == row.remark


async def test_sheets_that_are_no_list_cannot_be_chosen_as_one() -> None:
    other: Rows = [["Employee ID", "Office phone"], ["E3", number(13)]]
    async with six_people() as world:
        run = await world.run_to_end("staff.xlsx", workbook({"Berlin": BERLIN, "Paris": other}))
        with pytest.raises(PermanentError, match="no sheets of people of one layout"):
            await world.app.decisions.choose_columns(run.id, run.digest, {}, "an approver", sheets=SheetsRead.ALL)


async def test_questions_about_people_name_their_sheet_and_row() -> None:
    """The run of questions has the rows of its run, and shows them where they stand."""
    people = [person(one, phones={"mobile": number(one)} if one == 6 else {}) for one in PEOPLE]
    settings = {"MAX_UNMANAGED_REPLACED": "0", "MAX_UPDATE_SHARE": "1", "MAX_SAME_MOBILE": "100"}
    async with tenant_of(people, (), None, **settings) as world:
        await approved(world, await world.run_to_end("staff.xlsx", workbook(ALL)))

        (asked,) = [run async for run in world.app.runs.all() if run.source is Source.QUESTIONS]

        plan = pages(await world.app.results.read(f"{asked.id}/plan.xlsx"))
        (row,) = await rows_of(world, asked)
        _, _, header, line = plan["Questions"]
        assert ["Sheet", "Row", "Number to answer by"] == header[7:10]
        assert ["Rome", 3, row.number] == line[7:10]
