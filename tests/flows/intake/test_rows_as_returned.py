"""A row that comes back as it was keeps what was said of it: its class, why, what to do, the name and the cell."""

from __future__ import annotations

from random import Random

import pytest
from openpyxl import Workbook

from shared.core.report.page import Tone
from shared.core.report.row_words import without_answers
from shared.core.report.texts import Language, Texts, texts_in
from shared.core.run.returned_rows import NAMES_OTHER_ROWS
from shared.core.run.run import Run
from shared.core.values.said import NOTHING, Said, joined, verbatim
from testing.in_memory import InMemory
from tests.flows.deciding import approved_if_held
from tests.flows.intake.test_corrected_results import BAD, SHORT, Edit, corrected, people, returned
from tests.flows.intake.test_layouts import five_people
from tests.flows.intake.test_merged_results import book_of
from tests.flows.intake.test_nothing_typed_is_lost import Beside, InWork, sheet_called
from tests.flows.small_tenant import csv, number, outcomes

_ROWS = {
    "done": (number(11), number(21)),
    "partly done": (number(12), BAD),
    "not done": (BAD, ""),
    "too short": (SHORT, number(24)),
    "blank": ("", ""),
}
_KEPT = ("todo", "name", "column", "content")
"""What a line of the sheet of open work says again."""


def signs(book: Workbook, texts: Texts) -> dict[str, str]:
    """The sign of each person's result."""
    sheet = people(book)
    heading = texts.say("prefix") + texts.say("heading.result")
    place = next(one.column for one in sheet[1] if one.value == heading)
    return {str(line[0].value): str(line[place - 1].value)[0] for line in sheet.iter_rows(min_row=2)}


def open_work(book: Workbook, texts: Texts) -> list[dict[str, str]]:
    """The lines of the sheet of open work, by our names of the columns; empty where there is no such sheet."""
    names = ("row", "name", "todo", "result", "cell", "column", "content", "code")
    try:
        lines = [[str(one.value or "") for one in line] for line in sheet_called(book, "sheet.work").iter_rows()]
    except StopIteration:
        return []
    header = next(line for line in lines if line[0] == texts.heading("row"))
    places = {name: header.index(texts.heading(name)) for name in names if texts.heading(name) in header}
    found = lines[lines.index(header) + 1 :]
    return [{"key": line[1], **{name: line[place] for name, place in places.items()}} for line in found]


def facts(lines: list[dict[str, str]]) -> list[tuple[str, ...]]:
    return sorted((line["key"], *(line.get(name, "") for name in _KEPT)) for line in lines)


def shuffled(random: Random) -> Edit:
    def edit(book: Workbook) -> None:
        sheet = people(book)
        lines = [[one.value for one in line] for line in sheet.iter_rows(min_row=2)]
        random.shuffle(lines)
        for row, line in enumerate(lines, 2):
            for place, value in enumerate(line, 1):
                sheet.cell(row, place).value = value

    return edit


async def some_rows(world: InMemory, random: Random) -> Run:
    kinds = [random.choice(list(_ROWS)) for _ in range(4)]
    rows = [(f"E{place}", *_ROWS[kind]) for place, kind in enumerate(kinds, 1)]
    return await approved_if_held(world, await returned(world, *rows, ("E77", number(33), "")))


@pytest.mark.parametrize(("language", "seed"), [("en", 0), ("de", 1), ("fr", 2)])
async def test_the_next_results_say_the_same(language: str, seed: int) -> None:
    """Over three results, with the rows in any order: no class changes, and nothing that a reader needs is gone."""
    random, texts = Random(seed), texts_in(Language(language))
    async with five_people(REPORT_LANGUAGE=language) as world:
        run = await some_rows(world, random)
        first = await book_of(world, run)
        for _ in range(2):
            run = await approved_if_held(world, await corrected(world, run, shuffled(random)))
            book = await book_of(world, run)
            assert signs(first, texts) == signs(book, texts)
            assert facts(open_work(first, texts)) == facts(open_work(book, texts))
            for line in open_work(book, texts):
                is_planned_again = line["code"] in NAMES_OTHER_ROWS
                assert (texts.say("outcome.stillOpen") in line["result"]) is not is_planned_again
                assert not line["cell"] or line["cell"].endswith(line["row"])


@pytest.mark.parametrize("language", [Language.ENGLISH, Language.ITALIAN])
async def test_a_remark_changes_no_class_and_is_shown(language: Language) -> None:
    """Beside rows that were done, partly done and not done, on the list and on the sheet of open work."""
    texts, remark = texts_in(language), "has left us"
    async with five_people(REPORT_LANGUAGE=language.value) as world:
        kinds = ("done", "partly done", "not done")
        rows = [(f"E{place}", *_ROWS[kind]) for place, kind in enumerate(kinds, 1)]
        run = await approved_if_held(world, await returned(world, *rows))
        first, writes = await book_of(world, run), world.writes

        def edit(book: Workbook) -> None:
            for find in (Beside("todo", 2), Beside("details", 3), InWork("todo", 4)):
                find(book, language).value = remark

        again = await approved_if_held(world, await corrected(world, run, edit))
        book = await book_of(world, again)
        assert signs(first, texts) == signs(book, texts)
        assert [Tone.DONE.sign, Tone.PARTLY.sign, Tone.NOT_DONE.sign] == list(signs(book, texts).values())
        assert writes == world.writes
        lines = open_work(book, texts)
        assert {"E1", "E2", "E3"} == {line["key"] for line in lines if remark in line["result"]}
        assert set(facts(open_work(first, texts))) < set(facts(lines))

        third = await book_of(world, await approved_if_held(world, await corrected(world, again, bool)))
        assert facts(open_work(first, texts)) == facts(open_work(third, texts))


async def test_rows_that_retention_has_deleted_are_not_applied_again() -> None:
    """What became of them is not known any more; a remark is still found, and a correction counts."""
    async with five_people(MAX_REFUSED_SHARE="1") as world:
        run = await returned(world, ("E1", *_ROWS["done"]), ("E2", BAD, ""), ("E3", *_ROWS["not done"]))
        await world.app.rows.purge(run)
        writes = world.writes

        def edit(book: Workbook) -> None:
            sheet = people(book)
            sheet["D2"].value, sheet["B3"].value = "a remark", number(55)

        again = await approved_if_held(world, await corrected(world, run, edit))
        assert [("skipped", "correctionNotRead"), ("created", "applied"), ("skipped", "asReturned")] == await outcomes(
            world, again
        )
        assert writes + 1 == world.writes


async def test_of_two_columns_of_one_kind_the_right_one_is_named_again() -> None:
    rows = [("E1", number(11), "", ""), ("E2", number(12), "soon", ""), ("E3", number(13), "", "soon")]
    async with five_people(MAX_REFUSED_SHARE="1") as world:
        file = csv("employeeId,mobile,Last working day,Termination date", *rows)
        run = await approved_if_held(world, await world.run_to_end("staff.csv", file))
        for _ in range(2):
            lines = open_work(await book_of(world, run), texts_in(Language.ENGLISH))
            assert [("E2", "C3"), ("E3", "D4")] == sorted((line["key"], line["cell"]) for line in lines)
            run = await approved_if_held(world, await corrected(world, run, bool))


async def test_a_row_that_was_done_is_no_open_work_because_of_a_remark_before() -> None:
    async with five_people() as world:
        run = await returned(world, ("E1", *_ROWS["done"]))
        again = await corrected(world, run, lambda book: setattr(people(book)["D2"], "value", "a remark"))
        assert [("skipped", "correctionNotRead")] == await outcomes(world, again)
        third = await corrected(world, again, bool)
        assert [("skipped", "asReturned")] == await outcomes(world, third)


@pytest.mark.parametrize(
    ("said", "left"),
    [
        (joined(": ", (Said("Graph answered {status}", status=409), verbatim("code"), verbatim("its words"))), ""),
        (Said("Graph did not answer: {silence}.", silence="timeout"), ""),
        (Said("row {rows}", rows="3"), "row 3"),
        (joined("; ", (Said("Graph answered {status}", status=400), Said("row {rows}", rows="3"))), "row 3"),
        (NOTHING, ""),
    ],
)
def test_answers_of_the_service_are_not_for_hr(said: Said, left: str) -> None:
    assert left == without_answers(said)
