"""The pages that approvers read of a plan: figures beside the limits, every change with the person's name, questions.

Made from the ledger alone. The words say "would", because nothing is written yet. The changes are only those that an
approval lets the app write; the figures of the gate count the same people.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

from shared.core.plan.operations import Effect
from shared.core.plan.question import Question, QuestionReason
from shared.core.report.limits_table import limits_table
from shared.core.report.page import Column, Counts, Facts, Kind, Line, Page, Paragraph, Section, Table, Title, Tone
from shared.core.report.questions_page import questions_page
from shared.core.report.result_pages import facts_of, facts_title, for_support, notes_of, reading_of
from shared.core.report.row_words import (
    capital,
    details_of,
    planned_words,
    result_words,
    todo_words,
    tone_of,
    values_of,
)
from shared.core.report.shared_columns import KeyColumn, PlaceColumns, person_columns, person_of
from shared.core.report.texts import Texts
from shared.core.run.documents import Change, RowReport, people_of
from shared.core.run.run import Run
from shared.core.run.safety_limits import SafetyLimits
from shared.core.values.cell import SMS_SIGN_IN
from shared.core.values.said import Said, parts_of
from shared.core.values.states import RowState, Source


class _Group(StrEnum):
    """The groups of changes for an approver, the riskiest first; the values are keys of the texts."""

    REMOVED = "removed"
    UNMANAGED = "unmanaged"
    """A value is replaced that the app neither wrote nor adopted."""
    ASKED = "asked"
    """Any other create or update about which there is a question."""
    REPLACED = "replaced"
    NEW = "new"

    @property
    def tone(self) -> Tone:
        return _TONES[self]


_TONES = {
    _Group.REMOVED: Tone.NOT_DONE,
    _Group.UNMANAGED: Tone.PARTLY,
    _Group.ASKED: Tone.PARTLY,
    _Group.REPLACED: Tone.WAITS,
    _Group.NEW: Tone.DONE,
}
_SIGNS = {
    _Group.REMOVED: "–",  # noqa: RUF001 - a dash
    _Group.UNMANAGED: "!",
    _Group.ASKED: "!",
    _Group.REPLACED: "→",
    _Group.NEW: "+",
}
_OF_EFFECT = {Effect.REMOVE: _Group.REMOVED, Effect.UPDATE: _Group.REPLACED, Effect.CREATE: _Group.NEW}
_WITHOUT_CHANGE = (Tone.NOT_DONE, Tone.PARTLY, Tone.UNSURE, Tone.WAITS, Tone.OPEN, Tone.PLANNED)
"""The order of rows that change nothing, or only a part; all other tones come last."""


def plan_pages(run: Run, reports: Mapping[int, RowReport], limits: SafetyLimits, texts: Texts) -> tuple[Page, ...]:
    """An overview, the changes, the other rows, and the questions; `reports` are by row.

    Pages without a line are left out.
    """
    place, key = PlaceColumns(run.places, texts), KeyColumn(run, reports.values(), texts)
    changes = sorted(_changes(reports), key=lambda found: (list(_Group).index(found[0]), found[1]))
    approved = set() if run.source is Source.QUESTIONS else {row for _, row, _ in changes}
    pages = (
        _overview(run, reports, changes, limits, texts),
        _plan_page(reports, changes, key, place, texts),
        _others_page(reports, key, place, texts),
        questions_page(reports, approved, key, place, texts),
    )
    return tuple(page for page in pages if page)


_Found = tuple[_Group, int, Change]
"""A change of the row with this number."""


def _changes(reports: Mapping[int, RowReport]) -> Iterator[_Found]:
    for row, report in reports.items():
        if not _would_be_written(report):
            continue
        asked = {_asked_about(question): question.reason for question in report.questions}
        for change in report.changes:
            yield _group(change, asked.get(change.of)), row, change


def _asked_about(question: Question) -> str:
    """The slot that the question is about, or SMS_SIGN_IN: such a question has the mobile as its `slot`."""
    return SMS_SIGN_IN if question.reason is QuestionReason.UNDONE_SWITCH else question.slot


def _group(change: Change, asked: QuestionReason | None) -> _Group:
    group = _OF_EFFECT[change.effect]
    if asked is None or group is _Group.REMOVED:
        return group
    is_replaced = group is _Group.REPLACED and asked is QuestionReason.UNMANAGED
    return _Group.UNMANAGED if is_replaced else _Group.ASKED


def _would_be_written(report: RowReport) -> bool:
    """Whether the row is written once the plan is approved. Refused rows and rows set apart may have changes too."""
    return bool(report.changes) and report.outcome == RowState.PLANNED


def _overview(
    run: Run, reports: Mapping[int, RowReport], changes: list[_Found], limits: SafetyLimits, texts: Texts
) -> Page:
    rows = defaultdict[_Group, dict[int, RowReport]](dict)
    for group, row, _ in changes:
        rows[group][row] = reports[row]
    people = len(people_of({row: reports[row] for _, row, _ in changes}))
    groups = {group: len(people_of(of_group)) for group, of_group in rows.items()}
    figures = None if run.source is Source.QUESTIONS else run.attempt.plan.figures
    counted = Counts(
        (Column(texts.heading("change"), 34), Column(texts.heading("people"), 12, Kind.NUMBER)),
        tuple(
            (f"{_SIGNS[group]} {_group_words(group, texts)}", groups[group], group.tone)
            for group in _Group
            if group in groups
        ),
    )
    blocks = (
        Title(_headline(run, people, texts)),
        *map(Paragraph, _message(run, texts)),
        *((Section(texts.say("section.limits")), limits_table(figures, limits, texts)) if figures else ()),
        *((Section(texts.say("section.changes")), counted) if changes else ()),
        facts_title(run, texts),
        Facts(facts_of(run, texts, without=("message",))),
        *reading_of(run, texts),
        *notes_of(run, texts),
        *for_support(run, texts),
    )
    return Page(texts.say("sheet.about"), blocks, texts.page_number)


def _headline(run: Run, people: int, texts: Texts) -> str:
    if run.source is Source.QUESTIONS and people:
        return texts.say_how_many("headline.questions", people, people=people)
    return texts.say_how_many("headline.plan", people, changed=people)


def _group_words(group: _Group, texts: Texts) -> str:
    return texts.say(f"group.{group}", sheet=texts.say("sheet.questions"))


def _message(run: Run, texts: Texts) -> Iterator[str]:
    """The run's message, with a line for each reason why the run is held, and with what to do."""
    _, sentences = parts_of(run.message)
    for sentence in sentences:
        reasons = sentence.values.get("reasons")
        if not isinstance(reasons, Said):
            yield from filter(None, (texts.again(sentence),))
            continue
        _, parts = parts_of(reasons)
        yield texts.say_how_many("held.because", len(parts))
        yield from (f"• {capital(texts.again(part))}" for part in parts)
        yield texts.say("held.answer" if run.source is Source.QUESTIONS else "held.decide")


def _plan_page(
    reports: Mapping[int, RowReport], changes: list[_Found], key: KeyColumn, place: PlaceColumns, texts: Texts
) -> Page | None:
    """One line per change. The lines are a generator, because there may be a hundred thousand."""
    if not changes:
        return None
    columns = (
        Column(texts.heading("change"), 36, Kind.OUTCOME),
        *key.columns,
        *person_columns(texts),
        Column(texts.heading("old"), 30),
        Column(texts.heading("new"), 30),
        *place.columns,
        Column(texts.heading("objectId"), 34, Kind.CODE),
    )

    def lines() -> Iterator[Line]:
        for group, row, change in changes:
            report = reports[row]
            words = f"{_SIGNS[group]} {planned_words(change, texts)}"
            person = (*key.of(report), *person_of(report))
            yield Line((words, *person, *values_of(change, texts), *place.of(row), report.object_id), group.tone)

    return Page(texts.say("sheet.plan"), (Table(columns, lines()),), texts.page_number)


def _others_page(reports: Mapping[int, RowReport], key: KeyColumn, place: PlaceColumns, texts: Texts) -> Page | None:
    """The rows that are not written, and those with a remedy, such as for a refused slot; None = there are none."""
    rows = sorted(
        (row for row, report in reports.items() if report.remedy or not _would_be_written(report)),
        key=lambda row: (_urgency(tone_of(reports[row])), row),
    )
    suggestions = _Suggestions((reports[row] for row in rows), texts)
    columns = (
        Column(texts.heading("result"), 40, Kind.OUTCOME),
        *key.columns,
        *person_columns(texts),
        *place.columns,
        Column(texts.heading("todo"), 44, Kind.SENTENCE),
        *suggestions.columns,
        Column(texts.heading("details"), 36, Kind.NOTE),
        Column(texts.heading("admins"), 36, Kind.NOTE),
        Column(texts.heading("objectId"), 34, Kind.CODE),
        Column(texts.heading("code"), 20, Kind.CODE),
    )

    def line(report: RowReport, row: int) -> Line:
        person = (*key.of(report), *person_of(report), *place.of(row))
        todo = (todo_words(report, texts), *suggestions.of(report), details_of(report, texts), report.for_admins)
        outcome = result_words(report, texts, is_plan=True)
        return Line((outcome, *person, *todo, report.object_id, report.code), tone_of(report))

    lines = (line(reports[row], row) for row in rows)
    return Page(texts.say("sheet.others"), (Table(columns, lines),), texts.page_number) if rows else None


def _urgency(tone: Tone) -> int:
    return _WITHOUT_CHANGE.index(tone) if tone in _WITHOUT_CHANGE else len(_WITHOUT_CHANGE)


class _Suggestions:
    """The column of suggestions, which is left out if it would be empty."""

    def __init__(self, reports: Iterable[RowReport], texts: Texts) -> None:
        has_any = any(report.suggested for report in reports)
        self.columns = (Column(texts.heading("suggestion"), 26, Kind.SENTENCE),) if has_any else ()

    def of(self, report: RowReport) -> tuple[str, ...]:
        return (report.suggested,) if self.columns else ()
