"""The first sentence of a summary: it is true of every mixture of outcomes, and agrees with the sheet of open work."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from random import Random

import pytest

from shared.core.export.options import RunOptions
from shared.core.plan.slot_outcomes import SlotOutcome
from shared.core.report.open_work import work_items
from shared.core.report.page import Counts, Facts, Page, Paragraph, Title
from shared.core.report.result_pages import PeopleCounts, refused_page, summary_page
from shared.core.report.row_words import result_words, todo_words
from shared.core.report.texts import Language, texts_in
from shared.core.run.attempts import Attempt
from shared.core.run.documents import RowReport, advice
from shared.core.run.run import Run
from shared.core.values.codes import CODES
from shared.core.values.said import NOTHING, Said
from shared.core.values.states import RowState, RunState, SlotState, Source

_AT = datetime(2026, 3, 1, 9, 5, tzinfo=UTC)
ENGLISH = texts_in(Language.ENGLISH)
RUN = Run("20260301T090500Z-0123456789", RunState.FINISHED, Source.BLOB, "a.xlsx", _AT, (Attempt("export"),), _AT, _AT)
PREVIEW = replace(RUN, options=RunOptions(preview=True))


def report(state: RowState, code: str, *slots: tuple[SlotState, str]) -> RowReport:
    outcomes = tuple(SlotOutcome("mobile", one, why) for one, why in slots)
    return RowReport(state.value, code, NOTHING, "", slots=outcomes, is_over=state is not RowState.UNPROCESSED)


DONE = report(RowState.CREATED, "applied", (SlotState.CREATED, ""))
SAME = report(RowState.UNCHANGED, "alreadySet", (SlotState.UNCHANGED, ""))
BLANK = report(RowState.UNCHANGED, "nothingRequested")
REFUSED = report(RowState.REFUSED, "numberNotValid", (SlotState.REFUSED, "numberNotValid"))
CHANGED = report(RowState.KEPT, "changedByPerson", (SlotState.KEPT, "changedByPerson"))
KEPT = report(RowState.KEPT, "keptByPolicy", (SlotState.KEPT, "keptByPolicy"))
NEWER = report(RowState.SUPERSEDED, "newerExport")
WAITS = report(RowState.KEPT, "awaitsDecision", (SlotState.KEPT, "awaitsDecision"))
LEFT_OPEN = report(RowState.SKIPPED, "notCorrected")
BEFORE = report(RowState.SKIPPED, "asReturned")
JOINED = report(RowState.MERGED, "joinedRow")
REPLACED = report(RowState.SKIPPED, "rowReplaced")
PLANNED = report(RowState.UNPROCESSED, "previewOnly", (SlotState.CREATE, ""))
WOULD_STAY = report(RowState.UNPROCESSED, "previewOnly", (SlotState.UNCHANGED, ""))
KINDS = (DONE, SAME, BLANK, REFUSED, CHANGED, KEPT, NEWER, WAITS, LEFT_OPEN, BEFORE, JOINED, REPLACED)


def page_of(*reports: RowReport, run: Run = RUN, language: Language = Language.ENGLISH) -> Page:
    texts = texts_in(language)
    return summary_page(run, dict(enumerate(reports, 2)), PeopleCounts.of(reports, texts), texts)


def headline(*reports: RowReport, run: Run = RUN, language: Language = Language.ENGLISH) -> str:
    title = page_of(*reports, run=run, language=language).blocks[0]
    assert isinstance(title, Title)
    return title.text


@pytest.mark.parametrize(
    ("reports", "said"),
    [
        ((), "No person was listed, so nothing was changed."),
        ((DONE,), "The only person in this file is done: there is nothing for you to do."),
        ((REFUSED,), "The only person in this file needs your attention."),
        ((NEWER,), "Nothing was changed for the one person in this file; there is nothing for you to correct."),
        ((DONE, SAME, BEFORE), "All people in this file (3) are done: there is nothing for you to do."),
        ((DONE, JOINED, REPLACED), "The only person in this file is done: there is nothing for you to do."),
        ((DONE, BLANK), "All people in this file (2) are done: there is nothing for you to do."),
        ((REFUSED, LEFT_OPEN), "All people in this file (2) need your attention."),
        ((REFUSED, KEPT), "None of the 2 people is done; 1 person needs your attention."),
        ((KEPT, NEWER), "Nothing was changed for the 2 people in this file; there is nothing for you to correct."),
        ((DONE, REFUSED), "1 of 2 people is done or needs no change; 1 person needs your attention."),
        ((DONE, SAME, WAITS, CHANGED), "2 of 4 people are done or need no change; 2 people need your attention."),
        ((DONE, DONE, KEPT), "2 of 3 people are done or need no change; there is nothing for you to correct."),
        (
            (BLANK, BLANK),
            (
                "The cells that are read are blank for all people in this file (2), so nothing was changed. "
                "Below is how each column was read."
            ),
        ),
    ],
)
def test_the_headline_tells_none_one_several_and_all_apart(reports: tuple[RowReport, ...], said: str) -> None:
    assert said == headline(*reports)


@pytest.mark.parametrize(
    ("reports", "said"),
    [
        (
            (PLANNED,),
            (
                "This was a preview, and nothing was changed: the only person in this file would get a change; "
                "there is nothing for you to correct."
            ),
        ),
        ((WOULD_STAY,), "This was a preview: no one would get a change; there is nothing for you to correct."),
        (
            (PLANNED, REFUSED),
            (
                "This was a preview, and nothing was changed: 1 of 2 people would get a change; "
                "1 person needs your attention."
            ),
        ),
        (
            (PLANNED, PLANNED),
            (
                "This was a preview, and nothing was changed: all 2 people would get a change; "
                "there is nothing for you to correct."
            ),
        ),
    ],
)
def test_a_preview_is_called_one(reports: tuple[RowReport, ...], said: str) -> None:
    """Its rows are planned; none of them failed."""
    assert said == headline(*reports, run=PREVIEW)


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("run", [RUN, PREVIEW, replace(RUN, state=RunState.REJECTED)], ids=str)
def test_the_summary_agrees_with_the_sheet_of_open_work(run: Run, language: Language) -> None:
    """Whom that sheet names needs attention and is not done, and no other; the summary points to no sheet in vain."""
    random, texts = Random(20), texts_in(language)
    for _ in range(60):
        reports = [random.choice(KINDS) for _ in range(random.randint(1, 6))]
        named = sum(bool(list(work_items(one, texts))) for one in reports)
        page = page_of(*reports, run=run, language=language)
        points = [
            block for block in page.blocks if isinstance(block, Paragraph) and texts.say("sheet.work") in block.text
        ]
        assert bool(named) == bool(points)
        people = sum(one not in (JOINED, REPLACED) for one in reports)
        said = headline(*reports, run=run, language=language)
        if run is RUN and people > 1 and 0 < named < people:
            assert texts.say_how_many("headline.attention", named, work=named) in said


def test_every_row_that_needs_work_has_something_to_do() -> None:
    """The sheet of open work, and the advice beside the row, are about the same rows of each code."""
    for code, state in product(CODES, (RowState.KEPT, RowState.REFUSED, RowState.FAILED)):
        one = report(state, code)
        assert bool(ENGLISH.todo(code)) == bool(list(work_items(one, ENGLISH)))


def test_a_slot_that_was_kept_beside_one_that_was_written_asks_its_question() -> None:
    """Else nobody hears that a part of the row was left as it was."""
    slots = (SlotOutcome("mobile", SlotState.CREATED), SlotOutcome("office", SlotState.KEPT, "changedByPerson"))
    both = replace(DONE, slots=slots)
    (item,) = work_items(both, ENGLISH)
    assert "office number – the value was changed elsewhere, so it is kept" == item.reason  # noqa: RUF001 - a dash
    assert ENGLISH.todo("changedByPerson") == advice(both.code, both.slots, ENGLISH.todo)
    assert "The only person in this file needs your attention." == headline(both)


def test_a_row_that_was_not_corrected_says_what_it_needs() -> None:
    """On the sheet of open work too, which has no column for the particulars."""
    needs = replace(LEFT_OPEN, reason=Said("{cell}: {what}", cell="C3", what=Said("the number has letters in it")))
    (item,) = work_items(needs, ENGLISH)
    assert ("not corrected since the last result – C3: the number has letters in it", "C3") == (item.reason, item.cell)  # noqa: RUF001 - a dash
    assert result_words(needs, ENGLISH).startswith("✗ Not done: ")


@pytest.mark.parametrize("language", list(Language))
def test_no_headline_counts_one_in_the_plural(language: Language) -> None:
    """`1` stands before the form for one, in every language; the forms differ."""
    texts = texts_in(language)
    for key in {
        name.removesuffix(".one") for name in texts.words if name.startswith("headline.") and name.endswith(".one")
    }:
        assert texts.words[f"{key}.one"] != texts.words[f"{key}.other"]
        assert not re.search(r"\{\w+\}", texts.words[f"{key}.one"].replace("{people}", ""))


def test_a_file_without_people_has_no_chart() -> None:
    assert not [block for block in page_of().blocks if isinstance(block, Counts)]


def test_a_refused_page_says_why_once() -> None:
    """The message of a run is often no more than the meaning of its code."""
    failed = replace(RUN, state=RunState.FAILED, code="noPersonColumn", message=Said(CODES["noPersonColumn"].meaning))
    for language in Language:
        texts = texts_in(language)
        facts = refused_page(failed, texts).blocks[1]
        assert isinstance(facts, Facts)
        assert [texts.say("refused.why"), texts.say("refused.todo")] == [name for name, _ in facts.lines]


@pytest.mark.parametrize("language", list(Language))
def test_a_preview_calls_nothing_not_done(language: Language) -> None:
    """Nothing was tried; what is refused is not possible."""
    texts = texts_in(language)
    (counts,) = [
        block for block in page_of(PLANNED, REFUSED, run=PREVIEW, language=language).blocks if isinstance(block, Counts)
    ]
    said = " ".join(text for text, _, _ in counts.lines)
    assert texts.say("outcome.notPossible") in said
    assert texts.say("outcome.notDone") not in said
    assert texts.say("outcome.notPossible") in result_words(REFUSED, texts, is_plan=True)
    assert (texts.todo("previewOnly"), "") == (todo_words(PLANNED, texts), todo_words(WOULD_STAY, texts))
