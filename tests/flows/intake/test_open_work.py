"""The sheet of open work names the cell to correct, the other rows that are meant, and the person, in one order."""

from __future__ import annotations

import re

import pytest

from shared.core.export.columns import columns_of_slots
from shared.core.export.fields import Field
from shared.core.export.file_mapping import FileMapping, MappedColumn, Use
from shared.core.export.headings.heading import Role
from shared.core.report.open_work import Work, WorkItem
from shared.core.report.texts import Language, texts_in
from shared.core.values.codes import CODES
from shared.core.values.slot import PhoneType
from tests.flows.deciding import approved_if_held
from tests.flows.intake.test_corrected_results import BAD, SHORT, returned
from tests.flows.intake.test_layouts import five_people
from tests.flows.intake.test_merged_results import book_of
from tests.flows.intake.test_nothing_typed_is_lost import sheet_called
from tests.flows.intake.test_rows_as_returned import open_work
from tests.flows.small_tenant import number


@pytest.mark.parametrize("language", [Language.ENGLISH, Language.GERMAN])
async def test_a_shared_number_is_shown_and_the_other_rows_are_named(language: Language) -> None:
    texts, shared = texts_in(language), number(11)
    async with five_people(REPORT_LANGUAGE=language.value, MAX_SAME_MOBILE="2") as world:
        rows = [(f"E{place}", shared, "") for place in (1, 2, 3)]
        run = await approved_if_held(world, await returned(world, *rows))
        lines = open_work(await book_of(world, run), texts)
    assert [(f"B{row}", "mobile", shared) for row in (2, 3, 4)] == [
        (line["cell"], line["column"], line["content"]) for line in lines
    ]
    for line in lines:
        others = {"2", "3", "4"} - {line["row"]}
        assert others <= set(re.findall(r"\d+", line["result"]))


async def test_rows_that_contradict_each_other_name_one_another_and_their_person() -> None:
    texts = texts_in(Language.ENGLISH)
    async with five_people() as world:
        rows = [("E1", number(11), ""), ("E2", number(12), ""), ("E2", number(13), "")]
        run = await approved_if_held(world, await returned(world, *rows))
        first, second = open_work(await book_of(world, run), texts)
    assert "row 4" in first["result"]
    assert "row 3" in second["result"]
    assert first["name"] == second["name"] != ""


async def test_what_is_typed_comes_before_what_others_are_asked() -> None:
    """In the order of the rows, which is the same in every language."""
    orders = []
    for language in Language:
        async with five_people(REPORT_LANGUAGE=language.value) as world:
            rows = [("E2", number(12), ""), ("E2", number(13), ""), ("E77", number(14), ""), ("E3", BAD, "")]
            run = await approved_if_held(world, await returned(world, *rows, ("E1", SHORT, "")))
            orders.append([line["row"] for line in open_work(await book_of(world, run), texts_in(language))])
    assert [["4", "5", "6", "2", "3"]] * len(orders) == orders


NOT_ONE_CELL = {
    "conflictingRows", "correctionsDiffer", "correctionNotRead", "statusContradictory", "cellCovered",
    "archiveTooLarge", "compressionRatioTooHigh", "sheetTooLarge",
}  # fmt: skip
"""The codes whose remedy names cells and is followed in several, or in no certain one."""
ONE_CELL = {"emailDomainSuspicious"}
"""The codes whose remedy is followed in one cell, and names only what that cell holds."""


def test_a_code_says_whether_its_remedy_is_followed_in_one_cell() -> None:
    naming = {code for code, info in CODES.items() if re.search(r"\bcells?\b", info.remedy)}
    assert (naming | ONE_CELL) - NOT_ONE_CELL == {code for code, info in CODES.items() if info.in_cell}


@pytest.mark.parametrize("code", [code for code, info in CODES.items() if info.in_cell])
def test_a_remedy_that_asks_for_a_cell_shows_it(code: str) -> None:
    item = WorkItem("", "", "", code, slot="mobile")
    assert item.wants_cell
    assert item.work is not Work.ASK


def test_the_cell_of_a_slot_is_found_in_every_layout() -> None:
    roles = [
        Role(Field.EMPLOYEE_ID),
        Role(Field.CALLING_CODE, PhoneType.OFFICE),
        Role(Field.OFFICE),
        Role(Field.EMAIL),
        Role(Field.PHONE),
    ]
    columns = tuple(MappedColumn(index, role.field.value, Use.USED, role) for index, role in enumerate(roles))
    found = columns_of_slots(FileMapping("Staff", 1, columns))
    assert {"office": 2, "email": 3, "mobile": 4, "alternateMobile": 4} == found


async def test_the_sheet_of_a_preview_says_that_nothing_was_changed() -> None:
    texts = texts_in(Language.GERMAN)
    async with five_people(REPORT_LANGUAGE="de") as world:
        rows = [("E1", number(11), ""), ("E2", BAD, "")]
        preview = await book_of(world, await returned(world, *rows, name="preview/staff.csv"))
        applied = await book_of(world, await returned(world, *rows, name="staff.csv"))
    said = [str(sheet_called(book, "sheet.work")["A2"].value) for book in (preview, applied)]
    assert [True, False] == [texts.say("work.preview") in one for one in said]
