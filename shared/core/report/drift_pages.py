"""The pages of a reconcile: the differences that it found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from shared.core.record.drift import DriftKind, DriftReport
from shared.core.report.page import Column, Counts, Facts, Kind, Line, Page, Section, Table, Title, Tone
from shared.core.report.result_pages import facts_of, facts_title, for_support
from shared.core.report.row_words import capital, planned_words, result_words, todo_words, tone_of, values_of
from shared.core.report.shared_columns import person_columns, person_of
from shared.core.report.texts import Texts
from shared.core.run.run import Run
from shared.core.values.slot import value_to_json

_OF_ACCOUNTS = frozenset({DriftKind.ACCOUNT_GONE, DriftKind.ACCOUNT_DISABLED, DriftKind.LEFT_EXPORT})


def drift_pages(run: Run, found: Sequence[DriftReport], texts: Texts) -> tuple[Page, ...]:
    """An overview, and a line for each difference."""
    overview = Page(texts.say("sheet.about"), tuple(_overview(run, found, texts)), texts.page_number)
    return (overview, _drift_page(found, texts)) if found else (overview,)


def _overview(run: Run, found: Sequence[DriftReport], texts: Texts) -> list[Title | Section | Counts | Facts]:
    count = len(found)
    headline = texts.say_how_many("headline.drift", count, count=count)
    kinds = Counter(report.drift.kind for report in found).most_common()
    counts = Counts(
        (Column(texts.heading("difference"), 34), Column(texts.heading("count"), 12, Kind.NUMBER)),
        tuple((f"{_tone(kind).sign} {capital(texts.short(kind))}", count, _tone(kind)) for kind, count in kinds),
    )
    blocks: list[Title | Section | Counts | Facts] = [Title(headline)]
    blocks += [Section(texts.say("section.howMany")), counts] if found else []
    return [*blocks, facts_title(run, texts), Facts(facts_of(run, texts)), *for_support(run, texts)]


def _tone(kind: DriftKind) -> Tone:
    return Tone.WAITS if kind in _OF_ACCOUNTS else Tone.PARTLY


def _drift_page(found: Sequence[DriftReport], texts: Texts) -> Page:
    has_repairs = any(report.outcome.changes for report in found)
    repair = (Column(texts.heading("repair"), 28, Kind.SENTENCE),) if has_repairs else ()
    columns = (
        *person_columns(texts),
        Column(texts.heading("what"), 22),
        Column(texts.heading("difference"), 28, Kind.SENTENCE),
        Column(texts.heading("expected"), 18),
        Column(texts.heading("found"), 18),
        *repair,
        Column(texts.heading("result"), 30, Kind.OUTCOME),
        Column(texts.heading("todo"), 36, Kind.SENTENCE),
        Column(texts.heading("admins"), 30, Kind.NOTE),
        Column(texts.heading("objectId"), 30, Kind.CODE),
        Column(texts.heading("code"), 16, Kind.CODE),
    )
    lines = tuple(_line(report, texts, has_repairs=has_repairs) for report in found)
    return Page(texts.say("sheet.drift"), (Table(columns, lines),), texts.page_number)


def _line(report: DriftReport, texts: Texts, *, has_repairs: bool) -> Line:
    drift, outcome = report.drift, report.outcome
    repairs = (f"{planned_words(change, texts)}: {' → '.join(values_of(change, texts))}" for change in outcome.changes)
    return Line(
        (
            *person_of(outcome),
            capital(texts.say(f"slot.{drift.slot}" if drift.slot else "account")),
            capital(texts.short(drift.kind)),
            value_to_json(drift.expected) or "",
            value_to_json(drift.found) or (texts.say("nothing") if drift.slot else ""),
            *(("\n".join(repairs),) if has_repairs else ()),
            result_words(outcome, texts),
            todo_words(outcome, texts),
            outcome.for_admins,
            report.object_id,
            drift.kind,
        ),
        tone_of(outcome),
    )
