"""The summary of a result workbook, the rows if the export itself cannot be written again, and a refused file's page.

They contain no earlier value of an account, because HR may not see it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.core.export.file_mapping import COLUMN_MAP, MappedColumn, Use
from shared.core.export.headings.heading import Role
from shared.core.export.role_names import in_words
from shared.core.report.open_work import needs_work
from shared.core.report.page import Column, Counts, Facts, Kind, Line, Page, Paragraph, Section, Table, Title, Tone
from shared.core.report.row_words import (
    capital,
    details_for_hr,
    details_of,
    outcome_words,
    result_words,
    todo_words,
    tone_of,
)
from shared.core.report.shared_columns import NameColumn, PlaceColumns
from shared.core.report.texts import Texts
from shared.core.run.documents import RowReport, people_of
from shared.core.run.returned import ResultMark
from shared.core.run.run import Run
from shared.core.values.codes import CODES
from shared.core.values.said import without_end
from shared.core.values.states import EXPORTS, RowState, RunState

_STOPPED = (RunState.REJECTED, RunState.CANCELLED, RunState.FAILED)
_IS_DONE = (Tone.DONE, Tone.SAME)
_MOST_OPEN = tuple(sorted(Tone, key=lambda tone: (tone in _IS_DONE, tone is not Tone.NOT_DONE)))
"""The tone of a person with several rows is the first one in this order that a row has."""
_REPLACED = "rowReplaced"
_SAID_ABOVE = ("message",)
"""The facts that a preview leaves out: its headline says the same as the run's message."""
_ASKS_NOTHING = "nothingRequested"
_UPLOAD = re.compile(r"\bupload\b", re.IGNORECASE)
"""A remedy with this word says itself that the file has to be uploaded again."""
_ONLY_REPEATED = frozenset({"a mobile", "a second mobile", "an office phone", "the country"})
"""Reasons that only repeat what the column is read as."""


@dataclass(frozen=True, slots=True)
class PeopleCounts:
    """Numbers of people of a file; `of` looks for work in every row."""

    people: int
    done: int
    """People for whom nothing is left to do."""
    work: int
    """People on the sheet of open work."""
    blank: int
    """People whose rows ask for nothing."""
    tones: Counter[Tone]

    @classmethod
    def of(cls, reports: Mapping[int, RowReport], texts: Texts) -> PeopleCounts:
        shown = {number: one for number, one in reports.items() if not _has_another_row(one.earlier or one)}
        people = people_of(shown)
        tones, with_work = Counter[Tone](), Counter[Tone]()
        for rows in people:
            tone = min(map(tone_of, rows), key=_MOST_OPEN.index)
            tones[tone] += 1
            with_work[tone] += any(needs_work(row, texts) for row in rows)
        done = sum(tones[tone] - with_work[tone] for tone in _IS_DONE)
        blank = sum(all((row.earlier or row).code == _ASKS_NOTHING for row in rows) for rows in people)
        return cls(len(people), done, with_work.total(), blank, tones)


def _has_another_row(report: RowReport) -> bool:
    """Whether another row stands for the person."""
    return report.outcome == RowState.MERGED or report.code == _REPLACED


def summary_page(
    run: Run, reports: Mapping[int, RowReport], counts: PeopleCounts, texts: Texts, *, lists_work: bool = True
) -> Page:
    """A headline, counts, facts about the run, and how each column was read.

    `counts` are those of `reports`; `lists_work` = the workbook has a sheet of open work if there is any.
    """
    about = texts.say("summary.about") if run.source in EXPORTS else ""
    see = texts.say("work.see", sheet=texts.say("sheet.work")) if counts.work and lists_work else ""
    facts = facts_of(run, texts, without=_SAID_ABOVE if run.options.preview and run.state not in _STOPPED else ())
    mark = (texts.say("fact.result"), str(ResultMark.of(run)))  # the app finds it only in the first rows of the sheet
    blocks = (
        Title(_headline(run, reports, counts, texts)),
        *(Paragraph(text) for text in (about, see, _todo_of_run(run, reports, texts)) if text),
        *_how_it_went(counts, texts, is_preview=run.options.preview),
        facts_title(run, texts),
        Facts((*facts, mark)),
        *reading_of(run, texts),
        *notes_of(run, texts),
        *for_support(run, texts),
    )
    return Page(texts.say("sheet.summary"), blocks, texts.page_number)


def _how_it_went(counts: PeopleCounts, texts: Texts, *, is_preview: bool) -> tuple[Section | Counts, ...]:
    tones = counts.tones
    lines = tuple(
        (f"{tone.sign} {outcome_words(tone, texts, is_plan=is_preview)}", tones[tone], tone)
        for tone in Tone
        if tones[tone]
    )
    columns = (Column(texts.heading("result"), 30), Column(texts.heading("people"), 12, Kind.NUMBER))
    return (Section(texts.say("section.counts")), Counts(columns, lines)) if lines else ()


def outcome_pages(run: Run, reports: Mapping[int, RowReport], texts: Texts) -> tuple[Page, ...]:
    """The pages that are returned if the export itself cannot be written again: the outcome of every row, by number."""
    remark = texts.say("copy.notWritten")
    counts = PeopleCounts.of(reports, texts)
    summary = summary_page(run, reports, counts, texts, lists_work=False)
    summary = summary.with_section(texts.say("section.copy"), [remark])
    place, name = PlaceColumns(run.places, texts), NameColumn(reports.values(), texts)
    columns = (
        *place.columns,
        *name.columns,
        Column(texts.heading("result"), 46, Kind.OUTCOME),
        Column(texts.heading("todo"), 52, Kind.SENTENCE),
        Column(texts.heading("suggestion"), 28, Kind.SENTENCE),
        Column(texts.heading("details"), 40, Kind.NOTE),
        Column(texts.heading("code"), 16, Kind.CODE),
    )

    def line(row: int, report: RowReport) -> Line:
        words = (
            result_words(report, texts, is_plan=run.options.preview),
            todo_words(report, texts),
            report.suggested,
            (details_for_hr if run.source in EXPORTS else details_of)(report, texts),
        )
        return Line((*place.of(row), *name.of(report), *words, report.code), tone_of(report))

    lines = (line(row, report) for row, report in reports.items())
    rows = (Page(texts.say("sheet.rows"), (Table(columns, lines),), texts.page_number),) if reports else ()
    return (summary, *rows)


def _code_of_run(run: Run, reports: Mapping[int, RowReport]) -> str:
    """The code with which the run was stopped, or which its unprocessed rows have; "" = there is none."""
    if run.state not in _STOPPED:
        return ""
    left = (report.code for report in reports.values() if report.outcome == RowState.UNPROCESSED)
    return run.code or next(left, "")


def _todo_of_run(run: Run, reports: Mapping[int, RowReport], texts: Texts) -> str:
    return texts.todo(_code_of_run(run, reports))


def _headline(run: Run, reports: Mapping[int, RowReport], counts: PeopleCounts, texts: Texts) -> str:
    people, work = counts.people, counts.work
    if run.state in _STOPPED:
        code = _code_of_run(run, reports)
        return texts.say("headline.stopped", state=texts.short(code) if code else texts.say(f"runState.{run.state}"))
    if not people:
        return texts.say("headline.nobody")
    of_all = {work: "headline.allWork", counts.done: "headline.allDone", counts.blank: "headline.blank"}
    if people in of_all and not run.options.preview:
        return texts.say_how_many(of_all[people], people, people=people)
    attention = texts.say_how_many("headline.attention", work, work=work)
    return texts.say("headline.both", what=_what_was_done(run, counts, texts), attention=attention)


def _what_was_done(run: Run, counts: PeopleCounts, texts: Texts) -> str:
    people, done = counts.people, counts.done
    if run.options.preview:
        changed = counts.tones[Tone.PLANNED]
        key = "headline.previewAll" if changed == people else "headline.preview"
        return texts.say_how_many(key, changed, changed=changed, people=people)
    if not done and not counts.work:
        return texts.say_how_many("headline.left", people, people=people)
    return texts.say_how_many("headline.done", done, done=done, people=people)


def facts_title(run: Run, texts: Texts) -> Section:
    return Section(texts.say("section.facts" if run.source in EXPORTS else "sheet.about"))


def facts_of(run: Run, texts: Texts, *, without: Collection[str] = ()) -> tuple[tuple[str, str], ...]:
    ended = run.state_history[-1][1] if run.is_over and run.state_history else None
    is_file = run.source in EXPORTS
    began = run.export_time if is_file and not run.corrects else run.created_at
    facts = (
        ("file", run.name if is_file else ""),
        ("state", texts.say(f"runState.{run.state}")),
        ("uploaded" if is_file else "started", texts.moment(began)),
        ("ended", _moment(ended, texts)),
        ("rows", texts.number(run.total) if run.total and is_file else ""),
        ("approvedBy", run.approved_by),
        ("message", texts.again(run.message)),
    )
    return tuple((texts.say(f"fact.{name}"), value) for name, value in facts if value and name not in without)


def for_support(run: Run, texts: Texts) -> tuple[Section, Facts]:
    """The last section of a page, for support: the run's id, and the beginning of its digest."""
    facts = ((texts.say("fact.run"), run.id), (texts.say("fact.plan"), run.digest[:12]))
    return (
        Section(texts.say("section.support"), is_last=True),
        Facts(tuple((name, value) for name, value in facts if value)),
    )


def _moment(at: datetime | None, texts: Texts) -> str:
    return "" if at is None else texts.moment(at)


def reading_of(run: Run, texts: Texts) -> tuple[Section | Table, ...]:
    table = reading_table(run, texts)
    return (Section(texts.say("section.reading")), table) if table else ()


def reading_table(run: Run, texts: Texts) -> Table | None:
    """How each column was read, those in doubt first; None = the run has no columns."""
    columns = sorted(run.mapping.columns if run.mapping else (), key=lambda column: column.use is not Use.IN_DOUBT)
    if not columns:
        return None
    return Table(
        (
            Column(texts.heading("heading"), 40),
            Column(texts.heading("column"), 12),
            Column(texts.heading("readAs"), 48, Kind.SENTENCE),
            Column(texts.heading("details"), 40, Kind.NOTE),
        ),
        tuple(
            Line((column.heading, column.letters, _read_as(column, texts), _why(column, texts))) for column in columns
        ),
    )


def _why(column: MappedColumn, texts: Texts) -> str:
    """Why the column is read as it is; "" = the reason says no more than what it is read as."""
    is_repeated = column.role is not None and column.why in {in_words(column.role), *_ONLY_REPEATED}
    return "" if is_repeated else texts.again(column.why)


def _read_as(column: MappedColumn, texts: Texts) -> str:
    match column.use:
        case Use.IN_DOUBT:
            return texts.say("use.inDoubt", proposal=_role_words(column.role, texts))
        case Use.OURS:
            return texts.say("use.ours")
        case Use.IGNORED:
            words = texts.say("use.ignored")
        case Use.USED | Use.PART:
            words = _role_words(column.role, texts)
    by_hand = column.chosen_by not in ("", COLUMN_MAP)
    return texts.say("use.chosen", meaning=words, who=column.chosen_by) if by_hand else words


def _role_words(role: Role | None, texts: Texts) -> str:
    if role is None:
        return texts.say("use.ignored")
    words = texts.say(f"role.{role.field}")
    return texts.say("role.of", part=words, phone=texts.say(f"slot.{role.phone}")) if role.phone else words


def notes_of(run: Run, texts: Texts) -> tuple[Section | Paragraph, ...]:
    """The run's notes about the file."""
    sheets = run.mapping.people_sheets.in_words if run.mapping else ""
    notes = [capital(texts.again(note)) for note in ((sheets, *run.notes) if sheets else run.notes)]
    return (Section(texts.say("section.notes")), *map(Paragraph, notes)) if notes else ()


def refused_page(run: Run, texts: Texts) -> Page:
    """The page that is returned for a file that could not be used: why, where, and what to do."""
    meaning, remedy = (CODES[run.code].meaning, CODES[run.code].remedy) if run.code in CODES else ("", "")
    details = without_end(run.message, remedy)
    why, particulars = (details, "") if details == meaning else (f"{capital(texts.short(run.code))}.", details)
    facts = (
        (texts.say("refused.why"), texts.again(why)),
        (texts.say("refused.todo"), texts.todo(run.code)),
        (texts.heading("details"), texts.again(particulars)),
    )
    again = () if _UPLOAD.search(remedy) else (texts.say("refused.again"),)
    blocks = (
        Title(texts.say("headline.refused")),
        Facts(tuple((name, value) for name, value in facts if value)),
        Paragraph(" ".join((*again, texts.say("refused.notThis")))),
        facts_title(run, texts),
        Facts(facts_of(run, texts, without=("message", "state"))),
        *reading_of(run, texts),
        *for_support(run, texts),
    )
    return Page(texts.say("sheet.refused"), blocks, texts.page_number)
