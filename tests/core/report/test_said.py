"""What the app has said anywhere is said again in the language of a workbook, and never in English there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache

import pytest

from shared.core.export.desired import DesiredValueRules, desired_of_row
from shared.core.export.export_row import ExportRow
from shared.core.export.fields import Field
from shared.core.export.file_mapping import FileMapping, MappedColumn, Use
from shared.core.export.headings.heading import Role
from shared.core.person.account import KeyKind, PersonKey
from shared.core.report.page import Facts, Line, Page, Paragraph, Section, Table, Title
from shared.core.report.plan_pages import plan_pages
from shared.core.report.result_pages import outcome_pages, refused_page
from shared.core.report.texts import Language, texts_in
from shared.core.run.attempts import Attempt, PlanOfRun
from shared.core.run.documents import RowReport, report_row
from shared.core.run.row import new_row, refused
from shared.core.run.run import Run
from shared.core.run.safety_limits import PlanFigures, SafetyLimits, exceeded_limits, held_message
from shared.core.values.cell import Cell, CellKind
from shared.core.values.codes import CODES
from shared.core.values.said import Said, SaidValue, joined, made_of, parts_of, said_of, verbatim, without_end
from shared.core.values.slot import PhoneType
from shared.core.values.states import RunState, Source
from tests.core.report.said_templates import BLANK, errors_in_english, said_templates

_OTHERS = [language for language in Language if language is not Language.ENGLISH]
_AT = datetime(2026, 3, 1, 9, 5, tzinfo=UTC)
_SENTENCE = re.compile(r"[\w-]+(?: [\w-]+){2,}")
"""Three words in a row are a sentence; names and terms are shorter."""


def sample(template: str) -> Said:
    """The sentence with a value in each blank."""
    return Said(template, **dict.fromkeys(BLANK.findall(template), "…"))


def english_in(text: str) -> list[str]:
    return english_parts().findall(text)


@cache
def english_parts() -> re.Pattern[str]:
    """What stands between the blanks of all English sentences, as far as it is one."""
    parts = (part.strip(" .,;:()'`") for template in said_templates() for part in BLANK.split(template)[::2])
    return re.compile("|".join(re.escape(part) for part in sorted(set(parts)) if _SENTENCE.search(part)))


@pytest.mark.parametrize("language", _OTHERS)
def test_every_sentence_is_said_in_every_language(language: Language) -> None:
    """A sentence without a text would be English."""
    assert set() == said_templates() - texts_in(language).sentences.keys()


@pytest.mark.parametrize("language", _OTHERS)
def test_a_language_has_no_sentence_that_nobody_says(language: Language) -> None:
    assert set() == texts_in(language).sentences.keys() - said_templates()


@pytest.mark.parametrize("language", _OTHERS)
def test_a_sentence_has_the_same_blanks_in_every_language(language: Language) -> None:
    """A blank that is missing would leave a cell or a figure out."""
    sentences = texts_in(language).sentences
    differing = {
        template: text for template, text in sentences.items() if {*BLANK.findall(template)} != {*BLANK.findall(text)}
    }
    assert {} == differing


@pytest.mark.parametrize("language", _OTHERS)
def test_no_sentence_of_another_language_is_english(language: Language) -> None:
    texts = texts_in(language)
    found = {template: english_in(texts.again(sample(template))) for template in said_templates()}
    assert {} == {template: parts for template, parts in found.items() if parts}


def test_every_error_of_the_directory_is_said_in_every_language() -> None:
    """Its message is the particulars of a row."""
    assert [] == errors_in_english()


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        (Language.GERMAN, "C17: die Nummer enthält Buchstaben; „Liste“"),
        (Language.FRENCH, "C17\u00a0: le numéro contient des lettres\u00a0; «\u00a0Liste\u00a0»"),
        (Language.DUTCH, "C17: het nummer bevat letters; \u2018Liste\u2019"),
    ],
)
def test_sentences_are_joined_by_the_signs_of_the_language(language: Language, shown: str) -> None:
    fault = Said("{cell}: {what}", cell="C17", what=Said("the number has letters in it"))
    said = joined("; ", (fault, Said("'{name}'", name="Liste")))
    assert (shown, "C17: the number has letters in it; 'Liste'") == (texts_in(language).again(said), said)


def test_the_english_sentence_is_its_template_with_its_values() -> None:
    said = Said(
        "{people} at {at} on {day}: {share}, {inner} {other}", people=12_000, at=_AT, day=_AT.date(), share=0.421
    )
    assert "12000 at 2026-03-01 09:05 UTC on 2026-03-01: 42.1%, {inner} {other}" == said


def test_numbers_and_times_in_a_sentence_have_the_form_of_the_language() -> None:
    """Also where they stand in a sentence within another one; texts that are values stay as they are."""
    inner = Said(
        "{count} of {people} ({share}) {what}; the limit is {limit}",
        count=1_234,
        people=Said("{count} people", count=5_000),
        share=0.2468,
        what=Said("is refused"),
        limit=0.1,
    )
    said = Said("Waiting since {since}: {words}", since=_AT, words=inner)
    assert (
        "Wartet seit 1. März 2026, 09:05 UTC: 1.234 von 5.000 Personen (24,7\u00a0%) abgewiesen; Grenze 10,0\u00a0%"
        == (texts_in(Language.GERMAN).again(said))
    )
    assert "the number has letters in it" == texts_in(Language.FRENCH).again(verbatim("the number has letters in it"))


@pytest.mark.parametrize("value", [3, 0.25, _AT, date(2026, 1, 31), "x {y}", Said("{n} rows", n=2)])
def test_a_stored_sentence_is_the_same_in_every_language(value: SaidValue) -> None:
    said = joined(
        "; ", [Said("{cell}: {what}", cell="C17", what=Said("the number has letters in it")), Said("{v}", v=value)]
    )
    again = said_of(str(said), made_of(said))
    assert all(texts_in(language).again(said) == texts_in(language).again(again) for language in Language)


def test_what_an_earlier_version_stored_is_read() -> None:
    """It stored the English text alone, or changed the text and left what was made beside it."""
    assert "C17: the number has letters in it" == said_of("C17: the number has letters in it")
    assert "SMS sign-in" == said_of("SMS sign-in", made_of(Said("{n} rows", n=2)))
    assert "das Konto ist deaktiviert" == texts_in(Language.GERMAN).again(said_of("the account is disabled"))


SENTENCES = [Said("{count} rows", count=2), Said("plain"), Said("{part} of {of}", part="mobile", of=Said("a row"))]


@pytest.mark.parametrize("separator", [" ", "; ", ", ", " / ", ": ", "\n"])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_what_was_joined_comes_apart_again(separator: str, count: int) -> None:
    """Also after it was stored; of one sentence nothing comes apart, whatever its values are called."""
    parts = SENTENCES[-count:]
    said = joined(separator, parts)
    for one in (said, said_of(str(said), made_of(said))):
        found, apart = parts_of(one)
        assert (separator if count > 1 else "") == found
        assert [(part, part.values) for part in parts] == [(part, part.values) for part in apart]


def test_the_last_sentence_can_be_taken_away() -> None:
    first, last = Said("{count} rows", count=2), Said("It is of run {run}.", run="r")
    assert without_end(joined(" ", (first, last)), last).values == first.values
    assert without_end(first, last) is first
    assert without_end(said_of(f"{first} {last}"), last) == first


def faulty_cells() -> Iterator[Cell]:
    """Cells with every fault that one cell can have."""
    yield from (
        Cell("C2", CellKind.TEXT, text)
        for text in ("abc", "12 34 / 56 78 90 12", "0049", "+49", "1,5E+11", "()", "x" * 900)
    )
    yield from (
        Cell("C2", CellKind.TEXT, text)
        for text in ("+1 800 555 0199", "+49 30 23125 123", "030 23125 123", "+1 202 555 0125 x5")
    )
    yield from (Cell("C2", kind) for kind in (CellKind.ERROR, CellKind.FORMULA, CellKind.DATE, CellKind.BOOLEAN))
    yield from (Cell("C2", CellKind.INTEGER, text) for text in ("1234567890123456789", "120255500000000", "2025550125"))
    yield Cell("C2", CellKind.TEXT, "remove")


def faulty_reports() -> dict[int, RowReport]:
    rows = [
        ExportRow(
            number,
            PersonKey(KeyKind.EMPLOYEE_ID, "4711"),
            ((phone_type, cell),),
            email=Cell("D2", CellKind.TEXT, "ana@"),
            country=Cell("E2", CellKind.TEXT, "EUR"),
            sms_sign_in=Cell("F2", CellKind.TEXT, "perhaps"),
        )
        for phone_type in PhoneType
        for number, cell in enumerate(faulty_cells(), start=100 * list(PhoneType).index(phone_type))
    ]
    reports = {}
    for row in rows:
        found = desired_of_row(row, DesiredValueRules(), usage_location=None, file_region=None)
        assert found.refused
        reports[row.row] = report_row(refused(new_row("run", row), found.refused))
    return reports


def said_on(page: Page) -> Iterator[str]:
    for block in page.blocks:
        match block:
            case Title(text) | Section(text) | Paragraph(text):
                yield text
            case Facts(lines):
                yield from (text for line in lines for text in line)
            case Table(columns, lines):
                yield from (column.heading for column in columns)
                yield from (value for line in lines for value in _texts(line))
            case _:
                pass


def _texts(line: Line) -> Iterator[str]:
    return (value for value in line.values if isinstance(value, str))


def a_run() -> Run:
    """A held run of a file of which nearly everything has to be told."""
    figures = PlanFigures(people=900, matched=800, creates=10, updates=700, removals=60, refused=90, unmatched=100)
    columns = (
        MappedColumn(0, "Mobile", Use.IN_DOUBT, None, Said("its values are words")),
        MappedColumn(1, "Fax", Use.IGNORED, None, Said("a fax number")),
        MappedColumn(2, "", Use.USED, Role(Field.OFFICE), Said("an office phone"), chosen_by="ana@contoso.example"),
    )
    limits = SafetyLimits()
    return Run(
        id="run",
        state=RunState.HELD,
        source=Source.BLOB,
        name="Personal.xlsx",
        export_time=_AT,
        attempts=(Attempt("export", plan=PlanOfRun("d" * 64, figures=figures)),),
        created_at=_AT,
        updated_at=_AT,
        total=900,
        message=held_message(exceeded_limits(figures, limits), "d" * 64),
        notes=(
            Said("{count} hidden or filtered rows were read like all others.", count=3),
            Said("same content as run {run}", run="a"),
        ),
        mapping=FileMapping("Blatt", 1, columns),
    )


@pytest.mark.parametrize("language", _OTHERS)
def test_no_page_of_another_language_has_an_english_sentence(language: Language) -> None:
    """Neither plan nor result of a run with every fault of a cell; texts for administrators alone stay English."""
    texts, run, reports = texts_in(language), a_run(), faulty_reports()
    admins = {report.for_admins for report in reports.values()}
    pages = (*plan_pages(run, reports, SafetyLimits(), texts), *outcome_pages(run, reports, texts))
    found = [(text, english_in(text)) for page in pages for text in said_on(page) if text not in admins]
    assert [] == [(text, parts) for text, parts in found if parts]
    assert {one.reason for report in reports.values() for one in report.slots} > set()


@pytest.mark.parametrize("language", _OTHERS)
def test_no_page_about_a_refused_file_has_an_english_sentence(language: Language) -> None:
    """The message of the run has the remedy behind it, and is shown without."""
    why = Said("Row {row} was counted, but could not be read.", row="7")
    for code, info in CODES.items():
        message = joined(" ", (why, Said(info.remedy)))
        run = replace(a_run(), state=RunState.FAILED, code=code, message=message)
        said = "\n".join(said_on(refused_page(run, texts_in(language))))
        assert [] == english_in(said), code
        assert texts_in(language).again(why) in said
