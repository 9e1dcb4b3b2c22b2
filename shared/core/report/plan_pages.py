"""The pages that approvers read of a plan: figures beside the limits, every change with the person's name, questions.

Made from the ledger alone. A plan says "would": nothing of it is written yet. Changes are those alone that an approval
writes; the figures of the gate count the same people.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

from shared.core.plan.operations import Effect
from shared.core.plan.question import QuestionReason
from shared.core.report.page import Column, Counts, Facts, Kind, Line, Page, Paragraph, Section, Table, Title, Tone
from shared.core.report.result_pages import facts_of, facts_title, notes_of, reading_of
from shared.core.report.row_words import details_of, planned_words, result_words, todo_words, tone_of, values_of
from shared.core.report.shared_columns import PlaceColumns, person_columns, person_of
from shared.core.report.texts import Texts
from shared.core.run.documents import Change, RowReport
from shared.core.run.run import Run
from shared.core.run.safety_limits import PlanFigures, SafetyLimits
from shared.core.values.said import Said
from shared.core.values.slot import value_to_json
from shared.core.values.states import RowState


class _Group(StrEnum):
    """What a change is for an approver, the most delicate first; the values are keys of the texts."""

    REMOVED = "removed"
    UNMANAGED = "unmanaged"
    REPLACED = "replaced"
    NEW = "new"

    @property
    def tone(self) -> Tone:
        return _TONES[self]


_TONES = {
    _Group.REMOVED: Tone.NOT_DONE,
    _Group.UNMANAGED: Tone.PARTLY,
    _Group.REPLACED: Tone.WAITS,
    _Group.NEW: Tone.DONE,
}
_SIGNS = {_Group.REMOVED: "–", _Group.UNMANAGED: "!", _Group.REPLACED: "→", _Group.NEW: "+"}  # noqa: RUF001 - a dash
_OF_EFFECT = {Effect.REMOVE: _Group.REMOVED, Effect.UPDATE: _Group.REPLACED, Effect.CREATE: _Group.NEW}
_HERE = "\n"
_WITHOUT_CHANGE = (Tone.NOT_DONE, Tone.PARTLY, Tone.UNSURE, Tone.WAITS, Tone.OPEN)
"""The order of rows that change nothing; those that need no person come last."""


def plan_pages(run: Run, reports: Mapping[int, RowReport], limits: SafetyLimits, texts: Texts) -> tuple[Page, ...]:
    """An overview, the changes, the other rows, and what a person has to decide about; `reports` by row.

    Pages without a line are not made.
    """
    place = PlaceColumns(run.places, texts)
    changes = sorted(_changes(reports), key=lambda found: (list(_Group).index(found[0]), found[1]))
    return (
        _overview(run, changes, limits, texts),
        *((_plan_page(reports, changes, place, texts),) if changes else ()),
        *(page for page in (_others_page(reports, place, texts), _questions_page(reports, place, texts)) if page),
    )


_Found = tuple[_Group, int, Change]
"""A change of the row with this number."""


def _changes(reports: Mapping[int, RowReport]) -> Iterator[_Found]:
    for row, report in reports.items():
        if not _would_be_written(report):
            continue
        unmanaged = {asked.slot for asked in report.questions if asked.reason is QuestionReason.UNMANAGED}
        for change in report.changes:
            group = _OF_EFFECT[change.effect]
            is_unmanaged = group is _Group.REPLACED and change.of in unmanaged
            yield _Group.UNMANAGED if is_unmanaged else group, row, change


def _would_be_written(report: RowReport) -> bool:
    """Whether an approval writes it: a row that is refused, or waits for its own decision, keeps its plan too."""
    return bool(report.changes) and report.outcome == RowState.PLANNED


def _overview(run: Run, changes: list[_Found], limits: SafetyLimits, texts: Texts) -> Page:
    people = len({row for _, row, _ in changes})
    groups = Counter(group for group, _ in {(group, row) for group, row, _ in changes})
    headline = texts.say_how_many("headline.plan", people, changed=people)
    figures = run.attempt.plan.figures
    counted = Counts(
        (Column(texts.heading("change"), 34), Column(texts.heading("people"), 12, Kind.NUMBER)),
        tuple(
            (f"{_SIGNS[group]} {texts.say(f'group.{group}')}", groups[group], group.tone)
            for group in _Group
            if groups[group]
        ),
    )
    blocks = (
        Title(headline),
        *map(Paragraph, _message(run.message, texts)),
        *((Section(texts.say("section.limits")), limits_table(figures, limits, texts)) if figures else ()),
        *((Section(texts.say("section.changes")), counted) if changes else ()),
        facts_title(run, texts),
        Facts(tuple(fact for fact in facts_of(run, texts) if fact[0] != texts.say("fact.message"))),
        *reading_of(run, texts),
        *notes_of(run, texts),
    )
    return Page(texts.say("sheet.about"), blocks, texts.page_number)


def _message(message: Said, texts: Texts) -> Iterator[str]:
    """What the run says; several reasons stand one below the other."""
    reasons = message.values.get("reasons")
    if not isinstance(reasons, Said) or "part0" not in reasons.values:
        yield from filter(None, (texts.again(message),))
        return
    values = {**message.values, "reasons": _HERE}
    before, _, after = texts.again(Said(message.template, **values)).partition(_HERE)
    yield before.rstrip()
    yield from (f"• {texts.again(part)}" for part in reasons.values.values() if isinstance(part, Said))
    yield after.lstrip(". ")


def limits_table(figures: PlanFigures, limits: SafetyLimits, texts: Texts) -> Table:
    """The figures of the plan, each beside the limit up to which no person needs to approve.

    The gate compares shares of changes with more than the plan knows, so they stand without a verdict.
    """
    in_question = figures.people - figures.outside
    most, least = "limit.atMost", "limit.atLeast"
    lines = (
        ("people", figures.people, texts.say(least, limit=limits.min_rows)),
        ("writes", figures.writes, texts.say(most, limit=limits.max_writes_unapproved)),
        ("removals", figures.removals, texts.say(most, limit=limits.max_removals_unapproved)),
        ("replaced", figures.updates, texts.say(most, limit=texts.share(limits.max_update_share))),
        ("new", figures.creates, ""),
        ("refused", figures.refused, texts.say(most, limit=texts.share(limits.max_refused_share))),
        ("unmatched", figures.unmatched, texts.say(most, limit=texts.share(limits.max_unmatched_share))),
    )
    columns = (
        Column(texts.heading("limit"), 48),
        Column(texts.heading("inThisPlan"), 22),
        Column(texts.heading("withoutApproval"), 30),
    )

    def shown(count: int) -> str:
        share = f" ({texts.share(count / in_question)})" if in_question and count != figures.people else ""
        return f"{texts.number(count)}{share}"

    return Table(columns, tuple(Line((texts.say(f"limit.{key}"), shown(count), limit)) for key, count, limit in lines))


def _plan_page(reports: Mapping[int, RowReport], changes: list[_Found], place: PlaceColumns, texts: Texts) -> Page:
    """One line per change. The lines are made one by one, because there may be a hundred thousand."""
    columns = (
        Column(texts.heading("change"), 36, Kind.OUTCOME),
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
            values = (words, *person_of(report), *values_of(change, texts), *place.of(row), report.object_id)
            yield Line(values, group.tone)

    return Page(texts.say("sheet.plan"), (Table(columns, lines()),), texts.page_number)


def _others_page(reports: Mapping[int, RowReport], place: PlaceColumns, texts: Texts) -> Page | None:
    """The rows that change nothing, and those of which a part is refused; None when there are none."""
    rows = sorted(
        (row for row, report in reports.items() if report.remedy or not _would_be_written(report)),
        key=lambda row: (_urgency(tone_of(reports[row])), row),
    )
    suggestions = _Suggestions((reports[row] for row in rows), texts)
    columns = (
        Column(texts.heading("result"), 40, Kind.OUTCOME),
        *person_columns(texts),
        *place.columns,
        Column(texts.heading("todo"), 44, Kind.SENTENCE),
        *suggestions.columns,
        Column(texts.heading("details"), 36, Kind.NOTE),
        Column(texts.heading("admins"), 36, Kind.NOTE),
        Column(texts.heading("objectId"), 34, Kind.CODE),
        Column(texts.heading("code"), 20, Kind.CODE),
    )
    lines = (_other_line(place.of(row), reports[row], suggestions, texts) for row in rows)
    return Page(texts.say("sheet.others"), (Table(columns, lines),), texts.page_number) if rows else None


def _urgency(tone: Tone) -> int:
    return _WITHOUT_CHANGE.index(tone) if tone in _WITHOUT_CHANGE else len(_WITHOUT_CHANGE)


class _Suggestions:
    """A column that is left out where it would be empty."""

    def __init__(self, reports: Iterable[RowReport], texts: Texts) -> None:
        has_any = any(report.suggested for report in reports)
        self.columns = (Column(texts.heading("suggestion"), 26, Kind.SENTENCE),) if has_any else ()

    def of(self, report: RowReport) -> tuple[str, ...]:
        return (report.suggested,) if self.columns else ()


def _other_line(place: tuple[str | int, ...], report: RowReport, suggestions: _Suggestions, texts: Texts) -> Line:
    todo = (todo_words(report, texts), *suggestions.of(report), details_of(report, texts), report.for_admins)
    return Line(
        (result_words(report, texts, is_plan=True), *person_of(report), *place, *todo, report.object_id, report.code),
        tone_of(report),
    )


def _questions_page(reports: Mapping[int, RowReport], place: PlaceColumns, texts: Texts) -> Page | None:
    """What a person has to decide about; None when there is nothing."""
    columns = (
        *person_columns(texts),
        Column(texts.heading("what"), 22),
        Column(texts.heading("question"), 52, Kind.SENTENCE),
        Column(texts.heading("found"), 24),
        Column(texts.heading("wanted"), 24),
        Column(texts.heading("answer"), 12),
        *place.columns,
        *place.number_column,
        Column(texts.heading("objectId"), 34, Kind.CODE),
    )
    lines = tuple(_question_lines(reports, place, texts))
    return Page(texts.say("sheet.questions"), (Table(columns, lines),), texts.page_number) if lines else None


def _question_lines(reports: Mapping[int, RowReport], place: PlaceColumns, texts: Texts) -> Iterator[Line]:
    nothing = texts.say("nothing")
    for row, report in reports.items():
        row_number = (row,) if place.number_column else ()
        for asked in report.questions:
            why = (texts.say(f"slot.{asked.slot}"), texts.say(f"question.{asked.reason}"))
            values = (value_to_json(asked.found) or nothing, value_to_json(asked.wanted) or nothing)
            where = (*place.of(row), *row_number, report.object_id)
            yield Line((*person_of(report), *why, *values, report.answer, *where))
