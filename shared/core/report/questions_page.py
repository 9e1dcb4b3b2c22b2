"""The page of a plan with the questions, each with both values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from shared.core.plan.question import Question, QuestionReason
from shared.core.report.page import Column, Kind, Line, Page, Paragraph, Table
from shared.core.report.shared_columns import KeyColumn, PlaceColumns, person_columns, person_of
from shared.core.report.texts import Texts
from shared.core.run.documents import RowReport
from shared.core.values.slot import value_to_json

_REMOVAL = "question.unmanagedRemoval"


def questions_page(
    reports: Mapping[int, RowReport], approved: Set[int], key: KeyColumn, place: PlaceColumns, texts: Texts
) -> Page | None:
    """The page; None = there is no question. An approval of the plan answers those of `approved` rows with
    *replace*."""
    asking = {row: report for row, report in reports.items() if report.questions}
    if not asking:
        return None
    has_answers = any(report.answer for report in asking.values())
    columns = (
        *key.columns,
        *person_columns(texts),
        Column(texts.heading("what"), 22),
        Column(texts.heading("question"), 52, Kind.SENTENCE),
        Column(texts.heading("found"), 24),
        Column(texts.heading("wanted"), 24),
        *((Column(texts.heading("answer"), 12),) if has_answers else ()),
        *place.columns,
        *place.number_column,
        Column(texts.heading("objectId"), 34, Kind.CODE),
    )

    def lines() -> Iterator[Line]:
        for row, report in asking.items():
            answer = (texts.say(f"answer.{report.answer}") if report.answer else "",) if has_answers else ()
            where = (*place.of(row), *((row,) if place.number_column else ()), report.object_id)
            for asked in report.questions:
                what = (texts.say(f"slot.{asked.slot}"), *_in_words(asked, texts))
                yield Line((*key.of(report), *person_of(report), *what, *answer, *where))

    whole = texts.say("questions.whole", sheet=texts.say("sheet.plan")) if asking.keys() & approved else ""
    console = texts.say("questions.how") if asking.keys() - approved else ""
    how = (Paragraph(text) for text in (whole, console) if text)
    return Page(texts.say("sheet.questions"), (*how, Table(columns, tuple(lines()))), texts.page_number)


def _in_words(asked: Question, texts: Texts) -> tuple[str, str, str]:
    """The question, what was found, and what is wanted."""
    nothing = texts.say("nothing")
    found, wanted = value_to_json(asked.found) or nothing, value_to_json(asked.wanted) or nothing
    is_removal = asked.reason is QuestionReason.UNMANAGED and asked.wanted is None
    question = _REMOVAL if is_removal else f"question.{asked.reason}"
    return texts.say(question, found=_unbroken(found), wanted=_unbroken(wanted)), found, wanted


def _unbroken(value: str) -> str:
    """The value with no-break spaces."""
    return value.replace(" ", "\u00a0")
