"""A result that is corrected and uploaded again: only what was corrected is applied, with the age of the first run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from io import BytesIO

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell
from openpyxl.packaging.custom import CustomPropertyList
from openpyxl.worksheet.worksheet import Worksheet

from shared.adapters.workbook.reading.marks import MARK_PROPERTY
from shared.adapters.workbook.reading.sheets import has_mark
from shared.core.report.texts import Language, in_every_language, texts_in
from shared.core.run.run import Run
from shared.core.values.states import RowState, RunState
from testing.in_memory import InMemory
from tests.flows.intake.test_layouts import five_people
from tests.flows.small_tenant import csv, number, outcomes, rows_of

BAD = "call me"
SHORT = "+1 202555010"
Edit = Callable[[Workbook], object]


async def returned(world: InMemory, *rows: tuple[str, ...], name: str = "staff.csv") -> Run:
    return await world.run_to_end(name, csv("employeeId,mobile,office", *rows))


async def one_bad(world: InMemory, name: str = "staff.csv") -> Run:
    """E1 is done, E2 has a bad mobile number."""
    return await returned(world, ("E1", number(11), ""), ("E2", BAD, number(22)), name=name)


async def corrected(world: InMemory, run: Run, edit: Edit, name: str = "again.xlsx") -> Run:
    book = load_workbook(BytesIO(await world.app.returns.read(run)))
    edit(book)
    saved = BytesIO()
    book.save(saved)
    return await world.run_to_end(name, saved.getvalue())


def people(book: Workbook) -> Worksheet:
    """The sheet with HR's rows."""
    sheet = next(one for one in book.worksheets if one["A1"].value == "employeeId")
    assert isinstance(sheet, Worksheet)
    return sheet


def cell(address: str, text: str) -> Edit:
    def edit(book: Workbook) -> None:
        people(book)[address].value = text

    return edit


def mark_cells(book: Workbook, mark: str) -> None:
    """Change the mark wherever it stands."""
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for one in row:
                if isinstance(one.value, str) and one.value.count("/") == 2 and "T" in one.value:
                    one.value = mark


def mark_property(book: Workbook, mark: str) -> None:
    for one in vars(book)["custom_doc_props"]:
        if one.name == MARK_PROPERTY:
            one.value = mark


def without_property(book: Workbook) -> None:
    vars(book)["custom_doc_props"] = CustomPropertyList()


def mobiles(world: InMemory) -> dict[str, str]:
    people = world.stand_in.tenant.people.values()
    return {
        str(user.person.employeeId): str(numbers["mobile"])
        for user in people
        if (numbers := {str(kind): number for kind, number in user.methods.items()}) and "mobile" in numbers
    }


async def test_only_the_corrected_row_is_applied() -> None:
    """A value that somebody changed since is not overwritten by a row that HR did not touch."""
    async with five_people() as world:
        base = await one_bad(world)
        again = await corrected(world, base, cell("B3", number(12)))

        assert (base.id, base.export_time) == (again.corrects, again.export_time)
        assert [("skipped", "asReturned"), ("created", "applied")] == [
            (state, "applied" if state == "created" else code) for state, code in await outcomes(world, again)
        ]
        assert {"E1": number(11), "E2": number(12)} == mobiles(world)


async def test_nothing_corrected_changes_nothing_and_repeats_what_is_to_be_done() -> None:
    async with five_people() as world:
        base = await one_bad(world)
        writes = world.writes
        again = await corrected(world, base, bool)

        assert [("skipped", "asReturned"), ("skipped", "notCorrected")] == await outcomes(world, again)
        assert "B3" in (await rows_of(world, again))[1].reason
        assert (RunState.FINISHED, writes) == (again.state, world.writes)


async def test_a_newer_export_wins_over_a_correction() -> None:
    """A person whom a newer export has written since is left as that export says, and the row says so."""
    async with five_people() as world:
        base = await one_bad(world)
        await returned(world, ("E2", number(33), ""), name="newer.csv")
        again = await corrected(world, base, lambda book: (cell("B3", number(12))(book), cell("C3", "")(book)))

        assert ("superseded", "newerExport") == (await outcomes(world, again))[1]
        assert number(33) == mobiles(world)["E2"]


async def test_corrections_of_corrections_have_the_same_age() -> None:
    """The result of a correction is corrected, and so on; an export in between wins over all of them."""
    async with five_people() as world:
        run = await returned(world, ("E1", BAD, ""), ("E2", BAD, ""), ("E3", BAD, ""))
        first = run
        for row in (2, 3):
            run = await corrected(world, run, cell(f"B{row}", number(10 + row)), name=f"again {row}.xlsx")
            assert first.export_time == run.export_time
        await returned(world, ("E1", number(44), ""), name="newer.csv")
        run = await corrected(world, run, lambda book: [cell(f"B{row}", number(30 + row))(book) for row in (2, 4)])

        assert ["superseded", "skipped", "created"] == [state for state, _ in await outcomes(world, run)]
        assert {"E1": number(44), "E2": number(13), "E3": number(34)} == mobiles(world)


async def test_rows_and_columns_may_be_moved_and_taken_out() -> None:
    """What counts is what a row says, not where it stands."""

    def edit(book: Workbook) -> None:
        sheet = people(book)
        sheet.insert_cols(1, 2)
        sheet.insert_rows(3)
        rows = [[one.value for one in row] for row in sheet.iter_rows()]
        for place, line in enumerate([rows[0], *reversed(rows[1:])], 1):
            for column, value in enumerate(line[::-1], 1):
                sheet.cell(place, column).value = value

    async with five_people() as world:
        base = await one_bad(world)
        again = await corrected(world, base, edit)
        assert {"skipped"} == {state for state, _ in await outcomes(world, again)}

        def take_out(book: Workbook) -> None:
            people(book).delete_rows(2)
            cell("B2", number(12))(book)

        alone = await corrected(world, base, take_out)
        assert ["created"] == [state for state, _ in await outcomes(world, alone)]


async def test_a_correction_of_the_key_is_one() -> None:
    async with five_people() as world:
        base = await returned(world, ("E1", number(11), ""), ("E77", number(12), ""))
        again = await corrected(world, base, cell("A3", "E2"))
        assert ["skipped", "created"] == [state for state, _ in await outcomes(world, again)]


async def test_all_rows_of_a_person_are_corrected_together() -> None:
    """A row that was not touched still contradicts the one that was."""
    async with five_people() as world:
        base = await returned(world, ("E1", number(11), ""), ("E1", number(12), ""), ("E2", number(22), ""))
        still = await corrected(world, base, cell("B2", number(13)))
        assert ["refused", "refused", "skipped"] == [state for state, _ in await outcomes(world, still)]

        now = await corrected(world, base, cell("B2", number(12)), name="now.xlsx")
        assert ["created", "merged", "skipped"] == [state for state, _ in await outcomes(world, now)]


def beside(row: int) -> Edit:
    """A remark beside the row, in a column of the app."""

    def edit(book: Workbook) -> None:
        sheet = people(book)
        column = next(place for place, one in enumerate(sheet[1], 1) if str(one.value).endswith(": what to do"))
        sheet.cell(row, column).value = "not this one"

    return edit


def each(*edits: Edit) -> Edit:
    def edit(book: Workbook) -> None:
        for one in edits:
            one(book)

    return edit


CONTRADICT = ("E1", number(11), ""), ("E1", number(12), ""), ("E2", number(22), "")
SHARE = ("E1", number(11), ""), ("E2", number(11), ""), ("E3", number(33), "")


@pytest.mark.parametrize(
    ("rows", "edit", "states", "of_first"),
    [
        (CONTRADICT, lambda book: people(book).delete_rows(3), ["created", "skipped"], number(11)),
        (CONTRADICT, lambda book: people(book).delete_rows(2), ["created", "skipped"], number(12)),
        (SHARE, lambda book: people(book).delete_rows(3), ["created", "skipped"], number(11)),
        (SHARE, cell("B3", ""), ["created", "unchanged", "skipped"], number(11)),
        (SHARE, cell("B3", number(44)), ["created", "created", "skipped"], number(11)),
        (CONTRADICT, bool, ["refused", "refused", "skipped"], None),
        (SHARE, bool, ["refused", "refused", "skipped"], None),
        (SHARE, beside(3), ["skipped", "refused", "skipped"], None),
        (CONTRADICT, beside(3), ["skipped", "refused", "skipped"], None),
        (SHARE, each(cell("B3", number(44)), beside(3)), ["skipped", "created", "skipped"], None),
    ],
)
async def test_a_row_refused_for_others_follows_them(
    rows: tuple[tuple[str, ...], ...], edit: Edit, states: list[str], of_first: str | None
) -> None:
    """Who keeps one row, or one number, has done what the remedy asks, also for the row that nobody touched."""
    async with five_people(MAX_SAME_MOBILE="1") as world:
        base = await returned(world, *rows)
        assert ["refused", "refused", "created"] == [state for state, _ in await outcomes(world, base)]
        again = await corrected(world, base, edit)

        assert states == [state for state, _ in await outcomes(world, again)]
        assert of_first == mobiles(world).get("E1")


async def test_a_corrected_result_says_when_it_was_uploaded_itself() -> None:
    """Not when the file was whose age it has."""
    async with five_people() as world:
        base = await one_bad(world)
        world.clock.leap_to(world.clock.now() + timedelta(days=2))
        again = await corrected(world, base, cell("B3", number(12)))
        book = load_workbook(BytesIO(await world.app.returns.read(again)))
        summary = next(one for one in book.worksheets if one.title in in_every_language("sheet.summary"))
        facts = {str(line[0].value): line[1].value for line in summary.iter_rows(max_col=2)}

        assert base.export_time == again.export_time
        assert texts_in(Language.ENGLISH).moment(again.created_at) == facts["Uploaded"]


async def test_a_corrected_result_is_never_a_full_export() -> None:
    """People whose rows were taken out are no leavers."""
    async with five_people() as world:
        base = await one_bad(world, "full/staff.csv")
        again = await corrected(world, base, lambda book: people(book).delete_rows(2), name="full/again.xlsx")
        assert not again.options.full


@pytest.mark.parametrize(
    "forge",
    [
        lambda mark: mark[:-1],
        lambda mark: mark[:-1] + ("0" if mark[-1] != "0" else "1"),
        lambda mark: mark.replace("/1/", "/2/"),
        lambda mark: mark.partition("/")[0],
        lambda mark: f"20200101T000000Z-0123456789{mark[27:]}",
        lambda mark: f"{mark} {mark}",
        lambda _: "nothing",
        lambda _: "",
    ],
)
@pytest.mark.parametrize("place", [mark_cells, mark_property])
async def test_a_mark_that_is_not_the_apps_is_refused(
    forge: Callable[[str], str], place: Callable[[Workbook, str], None]
) -> None:
    """Mutated, cut off or made up: nothing of the file is used, or a person has to approve it.

    Beside the app's mark, a forged one that looks like the mark of another result makes the file one of two.
    """
    refused = {"resultNotKnown"} if place is mark_cells else {"resultNotKnown", "resultsMixed"}
    async with five_people() as world:
        base = await one_bad(world)

        def edit(book: Workbook) -> None:
            found = next(one.value for one in vars(book)["custom_doc_props"] if one.name == MARK_PROPERTY)
            if place is mark_cells:
                without_property(book)
            place(book, forge(found))
            cell("B3", number(12))(book)

        writes = world.writes
        again = await corrected(world, base, edit)
        assert (again.state is RunState.FAILED and again.code in refused) or again.state is RunState.HELD
        assert writes == world.writes


async def test_the_mark_of_another_run_is_refused() -> None:
    """It names a real run, whose seal does not fit, or it disagrees with the other mark."""
    async with five_people() as world:
        base, other = await one_bad(world), await one_bad(world, "other.csv")
        seals = [
            next(one.value for one in vars(book)["custom_doc_props"])
            for run in (base, other)
            for book in [load_workbook(BytesIO(await world.app.returns.read(run)))]
        ]
        mixed = f"{other.id}/1/{seals[0].rpartition('/')[2]}"
        for edit, code in (
            (both(partial(mark_cells, mark=mixed), partial(mark_property, mark=mixed)), "resultNotKnown"),
            (partial(mark_cells, mark=seals[1]), "resultsMixed"),
        ):
            again = await corrected(world, base, edit, name="again.xlsx")
            assert (RunState.FAILED, code) == (again.state, again.code)


@pytest.mark.parametrize("edit", [without_property, partial(mark_cells, mark="")])
async def test_one_mark_is_enough(edit: Edit) -> None:
    """Google Sheets drops the property, and people delete sheets."""
    async with five_people() as world:
        base = await one_bad(world)
        again = await corrected(world, base, lambda book: (edit(book), cell("B3", number(12))(book)))
        assert ["skipped", "created"] == [state for state, _ in await outcomes(world, again)]


async def test_a_result_without_any_mark_is_held() -> None:
    """As when the rows are copied into another workbook, or saved as text."""
    async with five_people() as world:
        base = await one_bad(world)

        def edit(book: Workbook) -> None:
            without_property(book)
            for sheet in book.worksheets:
                if sheet is not people(book):
                    book.remove(sheet)

        held = await corrected(world, base, edit)
        assert RunState.HELD is held.state
        assert "does not say of which" in held.message


def without_people(book: Workbook) -> None:
    del book[people(book).title]


def renamed_without_people(book: Workbook) -> None:
    """Beside an empty sheet, as a new workbook has one."""
    without_people(book)
    for place, sheet in enumerate(book.worksheets):
        sheet.title = f"Sheet {place}"
    book.create_sheet("Tabelle1")


def renamed_with_remarks_above(book: Workbook) -> None:
    """The mark of the summary stands below the rows that are searched for headings."""
    renamed_without_people(book)
    for sheet in book.worksheets:
        if any(has_mark([str(cell.value)]) for row in sheet for cell in row):
            sheet.insert_rows(1, 40)
            for row in range(1, 41):
                sheet.cell(row, 1).value = f"Remark {row}"


@pytest.mark.parametrize("edit", [without_people, renamed_without_people, renamed_with_remarks_above])
async def test_a_result_without_its_people_is_refused(edit: Edit) -> None:
    """Nothing that was typed into the sheet of rows that need work is lost without a word."""
    async with five_people() as world:
        run = await corrected(world, await one_bad(world), edit)
        assert ("noVisibleSheet", RunState.FAILED) == (run.code, run.state)
        assert "only sheets that the app added" in run.message


async def test_a_result_that_is_no_longer_stored_is_refused() -> None:
    """What was corrected cannot be seen any more; the file comes back with what to do instead."""
    async with five_people(KEEP_RETURNS_DAYS="2") as world:
        base = await one_bad(world)
        data = await world.app.returns.read(base)
        world.clock.leap_to(world.clock.now() + timedelta(days=3))
        await world.app.sweep()
        late = await world.run_to_end("again.xlsx", data)
        assert (RunState.FAILED, "resultTooOld") == (late.state, late.code)


async def test_each_attempt_can_be_corrected() -> None:
    """Also the first one, after a redrive."""
    async with five_people() as world:
        base = await returned(world, ("E1", number(11), ""), ("E99", number(22), ""))
        first = await world.app.returns.read(base)
        await world.app.redrive(base.id, "a test")
        await world.pump()
        for name, data in (("a.xlsx", first), ("b.xlsx", await world.app.returns.read(await world.stored(base.id)))):
            again = await world.run_to_end(name, data)
            assert {RowState.SKIPPED: 2} == again.counts


def work_cell(book: Workbook, row: int, heading: str) -> Cell:
    """The cell of the sheet of rows that need work in which a row's cell is to be corrected; "" = its key."""
    sheet = next(one for one in book.worksheets if one.title in in_every_language("sheet.work"))
    lines = [list(line) for line in sheet.iter_rows()]
    header = next(line for line in lines if {"Row", "Column"} <= {one.value for one in line})
    columns = {one.value: place for place, one in enumerate(header)}
    found = next(
        line
        for line in lines
        if str(line[columns["Row"]].value) == str(row) and heading in ("", line[columns["Column"]].value)
    )
    target = found[columns["In your file"] if heading else columns["Row"] + 1]
    assert isinstance(target, Cell)
    return target


def in_work(row: int, heading: str, text: str) -> Edit:
    """Correct it there."""

    def edit(book: Workbook) -> None:
        target = work_cell(book, row, heading)
        target.value, target.data_type = text, "s"

    return edit


async def work_address(world: InMemory, run: Run, row: int, heading: str) -> str:
    found = work_cell(load_workbook(BytesIO(await world.app.returns.read(run))), row, heading)
    return f"'{found.parent.title}'!{found.coordinate}"


def both(*edits: Edit) -> Edit:
    def edit(book: Workbook) -> None:
        for one in edits:
            one(book)

    return edit


async def test_a_correction_where_the_work_is_listed_counts() -> None:
    """It is applied, and stands in HR's own column from then on."""
    async with five_people() as world:
        base = await one_bad(world)
        again = await corrected(world, base, in_work(3, "mobile", number(12)))

        assert ["skipped", "created"] == [state for state, _ in await outcomes(world, again)]
        assert {"E1": number(11), "E2": number(12)} == mobiles(world)
        book = load_workbook(BytesIO(await world.app.returns.read(again)))
        assert number(12) == people(book)["B3"].value
        third = await corrected(world, again, bool, name="third.xlsx")
        assert {"asReturned"} == {code for _, code in await outcomes(world, third)}


async def test_a_correction_that_is_still_wrong_names_its_cell() -> None:
    async with five_people() as world:
        base = await returned(world, ("E1", number(11), ""), ("E2", BAD, ""))
        again = await corrected(world, base, in_work(3, "mobile", "call him"))
        row = (await rows_of(world, again))[1]
        assert RowState.REFUSED is row.state
        assert await work_address(world, base, 3, "mobile") in row.slots[0].reason


async def test_two_corrections_of_one_cell_have_to_agree() -> None:
    """Equal ones are one; different ones refuse the row, and both cells are named."""
    async with five_people() as world:
        base = await one_bad(world)
        differ = await corrected(world, base, both(cell("B3", number(12)), in_work(3, "mobile", number(13))))
        row = (await rows_of(world, differ))[1]
        assert (RowState.REFUSED, "correctionsDiffer") == (row.state, row.code)
        assert f"B3 and {await work_address(world, base, 3, 'mobile')}" in row.reason

        same = both(cell("B3", number(12)), in_work(3, "mobile", number(12)))
        agree = await corrected(world, base, same, name="agree.xlsx")
        assert "created" == (await outcomes(world, agree))[1][0]


async def test_both_sheets_may_correct_one_row() -> None:
    """Different cells of it."""
    async with five_people() as world:
        base = await returned(world, ("E1", SHORT, SHORT))
        again = await corrected(world, base, both(cell("B2", number(12)), in_work(2, "office", number(22))))
        assert ["created"] == [state for state, _ in await outcomes(world, again)]


async def test_a_correction_follows_its_person() -> None:
    """The people's sheet was sorted, a column was put in front, and a row was taken out."""

    def reordered(book: Workbook) -> None:
        sheet = people(book)
        rows = [[one.value for one in row] for row in sheet.iter_rows()]
        sheet.delete_rows(1, len(rows))
        for place, line in enumerate([rows[0], *reversed(rows[2:])], 1):
            for column, value in enumerate(["Team" if place == 1 else "red", *line], 1):
                sheet.cell(place, column).value = value

    async with five_people() as world:
        base = await returned(world, ("E1", number(11), ""), ("E2", BAD, ""), ("E3", BAD, ""))
        edit = both(in_work(3, "mobile", number(12)), in_work(4, "mobile", number(13)), reordered)
        again = await corrected(world, base, edit)
        assert ["created", "created"] == [state for state, _ in await outcomes(world, again)]
        assert {"E1": number(11), "E2": number(12), "E3": number(13)} == mobiles(world)


async def test_a_correction_without_a_place_holds_the_run() -> None:
    """Its row was taken out of the list: no fix is lost without a word."""
    async with five_people() as world:
        base = await one_bad(world)

        def edit(book: Workbook) -> None:
            in_work(3, "mobile", number(12))(book)
            people(book).delete_rows(3)

        again = await corrected(world, base, edit)
        assert RunState.HELD is again.state
        assert await work_address(world, base, 3, "mobile") in again.message


async def test_the_key_may_be_corrected_where_the_work_is_listed() -> None:
    async with five_people() as world:
        base = await returned(world, ("E1", number(11), ""), ("E77", number(12), ""))
        again = await corrected(world, base, in_work(3, "", "E2"))
        assert ["skipped", "created"] == [state for state, _ in await outcomes(world, again)]


async def test_corrections_stay_over_several_rounds() -> None:
    """Two cells of a row are corrected one after the other; the first one is not taken back."""
    async with five_people() as world:
        others = [(f"E{one}", number(10 + one), number(20 + one)) for one in (2, 3, 4, 5)]
        run = await returned(world, ("E1", SHORT, SHORT), *others)
        run = await corrected(world, run, in_work(2, "mobile", number(16)))
        assert ["partial", *["skipped"] * 4] == [state for state, _ in await outcomes(world, run)]
        run = await corrected(world, run, in_work(2, "office", number(26)), name="third.xlsx")
        assert ["created", *["skipped"] * 4] == [state for state, _ in await outcomes(world, run)]
        assert number(16) == mobiles(world)["E1"]


@pytest.mark.parametrize(
    ("headings", "new"),
    [(("employeeId", "mobile", "office"), "Mobile phone 2"), (("Personalnummer", "Handynummer", "Büro"), "")],
)
async def test_our_columns_are_known_under_any_heading(headings: tuple[str, str, str], new: str) -> None:
    """In any language: each of them is renamed to what HR might use, and the suggestions are no second number."""
    async with five_people() as world:
        lines = [("E1", number(11), number(21)), ("E2", SHORT, number(22)), ("E3", "07911 123456", number(23))]
        base = await world.run_to_end("staff.csv", csv(",".join(headings), *lines))
        book = load_workbook(BytesIO(await world.app.returns.read(base)))
        sheet = next(one for one in book.worksheets if one["A1"].value == headings[0])
        ours = [place for place, one in enumerate(sheet[1]) if one.value and one.value not in headings]
        assert len(ours) >= 4
        for place in ours:
            edited = load_workbook(BytesIO(await world.app.returns.read(base)))
            rows = next(page for page in edited.worksheets if page["A1"].value == headings[0])
            rows.cell(1, place + 1).value = new or None
            rows.cell(3, 2).value = number(12)
            rows.cell(3, 2).data_type = "s"
            saved = BytesIO()
            edited.save(saved)
            again = await world.run_to_end(f"again {place}.xlsx", saved.getvalue())
            states = [state for state, _ in await outcomes(world, again)]
            assert "skipped" == states[0] == states[2], (again.message, place)
            assert states[1] in {"created", "unchanged"}, (again.message, place)
