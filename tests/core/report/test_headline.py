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
from shared.core.report.page import Counts, Facts, Page, Paragraph, Section, Title
from shared.core.report.readiness_pages import readiness_headline
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
CONTRADICTED = report(RowState.REFUSED, "conflictingRows")
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
    found = dict(enumerate(reports, 2))
    return summary_page(run, found, PeopleCounts.of(found, texts), texts)


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
        ((NEWER,), "Nothing was changed for the only person in this file; there is nothing for you to correct."),
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


@pytest.mark.parametrize("language", list(Language))
def test_people_count_once_however_many_rows_they_have(language: Language) -> None:
    """In the headline, on the sheet of open work, and in the chart; some of the rows were looked up, some were not."""
    random, texts = Random(20), texts_in(language)
    for _ in range(60):
        people = range(random.randint(1, 4))
        rows = [
            replace(CONTRADICTED, key=f"E{person}", object_id=random.choice(("", f"id {person}")))
            for person in people
            for _ in range(random.randint(2, 4))
        ]
        random.shuffle(rows)
        others = [DONE] * random.randint(0, 2)
        found = dict(enumerate((*rows, *others), 2))
        assert len(people) == PeopleCounts.of(found, texts).work
        (counts,) = [one for one in page_of(*found.values(), language=language).blocks if isinstance(one, Counts)]
        assert len(people) + len(others) == sum(count for _, count, _ in counts.lines)
        if others:
            work = texts.say_how_many("headline.attention", len(people), work=len(people))
            assert work in headline(*found.values(), language=language)


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
    keys = {name.removesuffix(".one") for name in texts.words if name.endswith(".one")}
    assert {"headline.done", "headline.readinessAll", "limit.from", "held.because"} <= keys
    for key in keys:
        assert texts.words[f"{key}.one"] != texts.words[f"{key}.other"]
        assert not re.search(r"\{\w+\}", texts.words[f"{key}.one"].replace("{people}", "").replace("{limit}", ""))


@pytest.mark.parametrize("language", list(Language))
def test_no_headline_counts_none_or_one_of_one(language: Language) -> None:
    """`0 of 1 people` is no sentence: whatever became of the only person, only who needs attention is counted."""
    texts = texts_in(language)
    attention = texts.say_how_many("headline.attention", 1, work=1)
    for one, run in product(KINDS, (RUN, PREVIEW)):
        assert not re.search(r"\d", headline(one, run=run, language=language).replace(attention, ""))
    for dependent, people in ((0, 0), (0, 1), (1, 1)):
        assert not re.search(r"\d", readiness_headline(people, dependent, texts))
    assert "3" in readiness_headline(3, 0, texts)
    assert "3" in readiness_headline(3, 3, texts)
    assert texts.say("headline.readiness.one", people=3) == readiness_headline(3, 1, texts)


@pytest.mark.parametrize("language", list(Language))
def test_a_refused_page_asks_once_for_the_upload(language: Language) -> None:
    """What to do often says it already; that this workbook is not the list is always said."""
    texts = texts_in(language)
    for code in ("corruptFile", "noPersonColumn"):
        page = refused_page(replace(RUN, state=RunState.FAILED, code=code), texts)
        (said,) = [block.text for block in page.blocks if isinstance(block, Paragraph)]
        assert (code == "noPersonColumn") == (texts.say("refused.again") in said)
        assert texts.say("refused.notThis") in said


def test_what_is_for_support_stands_last() -> None:
    """Also below what is said of the workbook later."""
    page = page_of(DONE).with_section("About this workbook", ["It was long."])
    titles = [block.text for block in page.blocks if isinstance(block, Section)]
    assert ["About this workbook", "For support"] == titles[-2:]
    last = page.blocks[-1]
    assert isinstance(last, Facts)
    assert RUN.id in [value for _, value in last.lines]


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
