"""A result whose sheets and columns have the names of an earlier version is known again, in every language."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from shared.core.report import texts as module
from shared.core.report.texts import Language, texts_in
from shared.core.values.states import RunState
from tests.flows.deciding import approved_if_held
from tests.flows.intake.test_corrected_results import BAD, corrected, mobiles, returned, without_property
from tests.flows.intake.test_layouts import five_people
from tests.flows.intake.test_nothing_typed_is_lost import InWork
from tests.flows.small_tenant import number, outcomes

_FOLDER = Path(module.__file__).with_name("texts")


def with_former_names(book: Workbook, language: Language) -> None:
    """As the first version with workbooks in this language wrote them."""
    former = json.loads((_FOLDER / f"{language}.json").read_text(encoding="utf-8"))["former"]
    names = {texts_in(language).say(key): former[key][0] for key in ("sheet.work", "sheet.summary")}
    now, before = texts_in(language).say("prefix"), former["prefix"][0].replace(" :", "\u00a0:")
    for sheet in book.worksheets:
        sheet.title = names.get(sheet.title, sheet.title)
        for line in sheet.iter_rows():
            for cell in line:
                if isinstance(cell.value, str) and cell.value.startswith(now):
                    cell.value = before + cell.value.removeprefix(now)


@pytest.mark.parametrize("language", Language)
async def test_a_correction_counts_and_nothing_else_is_written(language: Language) -> None:
    async with five_people(REPORT_LANGUAGE=language.value) as world:
        run = await returned(world, ("E1", number(11), ""), ("E2", BAD, ""))

        def edit(book: Workbook) -> None:
            InWork("content", 3)(book, language).value = number(12)
            with_former_names(book, language)

        again = await approved_if_held(world, await corrected(world, run, edit))
        assert RunState.FINISHED is again.state
        assert [("skipped", "asReturned"), ("created", "applied")] == await outcomes(world, again)
        assert {"E1": number(11), "E2": number(12)} == mobiles(world)


@pytest.mark.parametrize("language", Language)
async def test_without_its_mark_it_is_no_export(language: Language) -> None:
    """Only its names show what it is: an export would be applied as if it were new."""
    async with five_people(REPORT_LANGUAGE=language.value) as world:
        run = await returned(world, ("E1", number(11), ""), ("E2", number(12), ""))
        book, alone = load_workbook(BytesIO(await world.app.returns.read(run))), BytesIO()
        with_former_names(book, language)
        del book[book.sheetnames[0]]
        without_property(book)
        book.save(alone)
        again = await world.run_to_end("again.xlsx", alone.getvalue())
        assert RunState.HELD is again.state
        assert "has columns or sheets of a result" in again.message
