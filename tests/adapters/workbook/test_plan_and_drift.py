"""What approvers read is text from the ledger, person by person, the most delicate first."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from shared.adapters.workbook.writing.pages import write_pages
from shared.core.export.fields import Field
from shared.core.export.file_mapping import FileMapping, MappedColumn, Use
from shared.core.export.headings.heading import Role
from shared.core.plan.operations import Effect
from shared.core.plan.question import Question, QuestionReason
from shared.core.record.drift import Drift, DriftKind, DriftReport
from shared.core.report.drift_pages import drift_pages
from shared.core.report.limits_table import limits_table
from shared.core.report.plan_pages import plan_pages
from shared.core.report.texts import Language, texts_in
from shared.core.run.approvers import SecondPerson, approvals_in_words
from shared.core.run.attempts import PlanOfRun
from shared.core.run.documents import Change, RowReport
from shared.core.run.run import Run
from shared.core.run.safety_limits import PlanFigures, ReasonToHold, SafetyLimits, held_message
from shared.core.values.cell import SMS_SIGN_IN
from shared.core.values.said import NOTHING, Said, joined
from shared.core.values.slot import PhoneNumber, Slot, value_to_json
from shared.core.values.states import Source
from tests.adapters.workbook.results import ENGLISH, RUN, said_in, sheets_of, values_of

_ANA = RowReport(
    "planned",
    "changePlanned",
    Said("mobile: would be updated"),
    "",
    "",
    (
        Change("mobile", Effect.UPDATE, "+1 202 555 0123", "+1 202 555 0124"),
        Change("office", Effect.CREATE, "", "+1 202 555 0125"),
    ),
    "",
    "Ana",
    "ana@contoso.example",
    "00000000-0000-4000-8000-000000000001",
)
_NOBODY = RowReport("refused", "personNotFound", Said("no account"), "Correct the cell.", "mobile: +1 202 555 0126")
_PERSON = ("Ana", "ana@contoso.example")


def plan_of(
    reports: dict[int, RowReport], *, run: Run = RUN, language: Language = Language.ENGLISH
) -> dict[str, Worksheet]:
    return sheets_of(write_pages(plan_pages(run, reports, SafetyLimits(), texts_in(language))))


def test_a_plan_has_one_line_per_change_and_names_the_person() -> None:
    """Old and new stand apart; a row without a change stands on a sheet of its own."""
    pages = plan_of({2: _ANA, 3: _NOBODY})

    assert ["About this run", "Plan", "Not or only partly changed"] == list(pages)
    header, *lines = values_of(pages["Plan"].iter_rows())
    assert ("What would change", "Name", "Sign-in name", "Now", "After approval", "Row", "Object ID") == header
    assert [
        ("→ Mobile number would be replaced", *_PERSON, "+1 202 555 0123", "+1 202 555 0124", 2, _ANA.object_id),
        ("+ Office number would be added", *_PERSON, "nothing", "+1 202 555 0125", 2, _ANA.object_id),
    ] == lines
    _, line = values_of(pages["Not or only partly changed"].iter_rows())
    assert ("✗ Not possible: no account was found for this person", None, None, 3) == line[:4]
    assert ("mobile: +1 202 555 0126", "no account", None, None, "personNotFound") == line[5:]


def test_the_most_delicate_changes_come_first() -> None:
    """Removed, then values that this app did not write, then replaced, then new; whatever the order of the rows."""
    asked = (Question(Slot.MOBILE, QuestionReason.UNMANAGED, PhoneNumber(1, "2025550123"), None),)
    removals = (Change("mobile", Effect.REMOVE, "+1 202 555 0199"), Change(SMS_SIGN_IN, Effect.REMOVE))
    gone = replace(_ANA, changes=removals)
    lines = values_of(plan_of({2: _ANA, 3: replace(_ANA, questions=asked), 4: gone})["Plan"].iter_rows())[1:]

    assert (
        [
            ("– Mobile number would be removed", "+1 202 555 0199", "nothing", 4),  # noqa: RUF001 - a dash
            ("– SMS sign-in would be switched off", "on", "off", 4),  # noqa: RUF001 - a dash
            ("! Mobile number would be replaced", "+1 202 555 0123", "+1 202 555 0124", 3),
            ("→ Mobile number would be replaced", "+1 202 555 0123", "+1 202 555 0124", 2),
            ("+ Office number would be added", "nothing", "+1 202 555 0125", 2),
            ("+ Office number would be added", "nothing", "+1 202 555 0125", 3),
        ]
        == [(line[0], *line[3:6]) for line in lines]
    )


def test_the_limits_stand_above_the_counts() -> None:
    """With the plan's figures beside them, in the form of the language; the sheet comes first."""
    figures = PlanFigures(people=1_200, matched=1_100, creates=700, updates=60, removals=0, refused=24, unmatched=6)
    run = RUN.in_attempt(plan=PlanOfRun("a digest", figures=figures))
    lines = values_of(plan_of({2: _ANA}, run=run, language=Language.GERMAN)["Über diesen Vorgang"].iter_rows())
    found = [line[:3] for line in lines]
    everybody = "Personen"
    refused = "Zeilen, die ganz oder teilweise abgewiesen sind"
    added = "Personen, bei denen eine Nummer oder Adresse hinzukäme"
    assert (everybody, "1.200", "mindestens 1") in found
    assert (
        "Personen, deren Konto geändert würde",
        "760 (63,3\u00a0%) ✗ über der Grenze",
        "höchstens 500",
    ) in found
    assert (refused, "24 (2,0\u00a0%)", "höchstens 20,0\u00a0%") in found
    assert (added, "700 (58,3\u00a0%)", "keine eigene Grenze") in found


@pytest.mark.parametrize("of_gate", [True, False])
def test_a_figure_is_marked_where_its_limit_holds_the_run(*, of_gate: bool) -> None:
    """At the limit nothing is marked; shares of changes never are, because the gate takes them of more people."""
    quiet = PlanFigures(people=100, matched=100, creates=0, updates=0, removals=0, refused=0, unmatched=0)
    beyond = int(of_gate)
    figures = replace(
        quiet, removals=beyond, written=500 + beyond, refused=20 + beyond, unmatched=20 + beyond, updates=90
    )
    marked = [line.values[0] for line in limits_table(figures, SafetyLimits(), ENGLISH).lines if line.tone]
    assert marked == (
        [ENGLISH.say(f"limit.{key}") for key in ("writes", "removals", "refused", "unmatched")] if of_gate else []
    )
    (least, *_) = limits_table(replace(quiet, people=0), SafetyLimits(), ENGLISH).lines
    assert "0 ✗ below the limit" == least.values[1]


@pytest.mark.parametrize(("people", "words"), [(9, "at most 20.0%, from 10 people on"), (10, "at most 20.0%")])
def test_a_share_of_few_people_has_no_limit(people: int, words: str) -> None:
    """The gate looks at none, so the table says from how many people on it would."""
    figures = PlanFigures(people + 1, 0, 0, 0, 0, refused=people, unmatched=0, outside=1)
    lines = {line.values[0]: line for line in limits_table(figures, SafetyLimits(), ENGLISH).lines}
    refused = lines[ENGLISH.say("limit.refused")]
    assert (words, people == 10) == (refused.values[2], refused.tone is not None)
    assert "at most 500" == lines[ENGLISH.say("limit.writes")].values[2]


def test_what_a_person_decides_about_is_a_sheet_of_its_own() -> None:
    """One line per question, with both values and the answer; a plan that asks nothing has no such sheet."""
    found, wanted = PhoneNumber(1, "2025550123"), PhoneNumber(1, "2025550124")
    asked = (
        Question(Slot.MOBILE, QuestionReason.UNMANAGED, found, wanted),
        Question(Slot.OFFICE, QuestionReason.BESIDE, found, None),
    )
    pages = plan_of({2: replace(_ANA, questions=asked, answer="replace"), 3: _NOBODY})

    assert ["About this run", "Plan", "Not or only partly changed", "Questions"] == list(pages)
    *_, first, second = values_of(pages["Questions"].iter_rows())
    assert ((*_PERSON, "mobile number"), (*_PERSON, "office number")) == (first[:3], second[:3])
    old, new = value_to_json(found), value_to_json(wanted)
    assert [(old, new, "replace", 2), (old, "nothing", "replace", 2)] == [line[4:8] for line in (first, second)]
    assert f"Replace {old}, which this app did not write, by {new}?" == str(first[3]).replace("\u00a0", " ")
    assert "Questions" not in plan_of({2: _ANA})


def test_a_question_says_where_it_is_answered() -> None:
    """By the approval of the plan if it writes the change, else in the console; a column waits for answers there."""
    asked = (Question(Slot.MOBILE, QuestionReason.UNMANAGED, PhoneNumber(1, "2025550123"), None),)
    part = replace(_ANA, questions=asked)
    apart = replace(part, outcome="kept", code="awaitsDecision", remedy="Ask.")
    console = "Answer in the console; typing here has no effect."
    whole = (
        "Whoever approves this plan says yes to every question about a change on the sheet “Plan”; "
        "typing here has no effect."
    )
    for reports, run, above in (
        ({2: part}, RUN, [whole]),
        ({2: part, 3: apart}, RUN, [whole, console]),
        ({2: apart}, RUN, [console]),
        ({2: part}, replace(RUN, source=Source.QUESTIONS), [console]),
    ):
        pages = plan_of(reports, run=run)
        lines = values_of(pages["Questions"].iter_rows())
        assert above == [line[0] for line in lines[: len(above)]]
        assert "Answer" not in lines[len(above) + 1]
        assert "Remove +1\u00a02025550123, which this app did not write?" == lines[-1][3]
        assert ("Plan" in pages) is (reports[2] is part)


@pytest.mark.parametrize("reason", QuestionReason)
def test_every_change_with_a_question_is_marked(reason: QuestionReason) -> None:
    """Whatever is asked; that of SMS sign-in stands at the mobile. A removal has a mark of its own."""
    slot, other = Slot.MOBILE.value, Slot.OFFICE.value
    of = SMS_SIGN_IN if reason is QuestionReason.UNDONE_SWITCH else slot
    asked = (Question(Slot.MOBILE, reason, None, PhoneNumber(1, "2025550123")),)
    for effect, sign in ((Effect.CREATE, "!"), (Effect.UPDATE, "!"), (Effect.REMOVE, "–")):  # noqa: RUF001 - a dash
        changes = (Change(of, effect), Change(other, Effect.CREATE))
        lines = values_of(plan_of({2: replace(_ANA, changes=changes, questions=asked)})["Plan"].iter_rows())[1:]
        assert [sign, "+"] == [str(line[0])[0] for line in lines]


def test_the_file_names_people_on_every_sheet_of_a_plan() -> None:
    """By their key under its own heading, because an account that was not found has no name."""
    key = MappedColumn(0, "Personnel no.", Use.USED, Role(Field.EMPLOYEE_ID), NOTHING)
    run = replace(RUN, mapping=FileMapping("Staff", 1, (key,)))
    asked = (Question(Slot.MOBILE, QuestionReason.UNMANAGED, PhoneNumber(1, "2025550123"), None),)
    reports = {2: replace(_ANA, key="4711", questions=asked), 3: replace(_NOBODY, key="4712")}
    for of_run, heading in ((run, "Personnel no."), (RUN, "Identified by")):
        pages = plan_of(reports, run=of_run)
        for name, expected in (("Plan", "4711"), ("Not or only partly changed", "4712"), ("Questions", "4711")):
            header, line = next(pair for pair in pairwise(values_of(pages[name].iter_rows())) if heading in pair[0])
            assert expected == line[header.index(heading)]


def test_a_row_without_a_number_changes_nothing() -> None:
    """It is not planned."""
    blank = RowReport("planned", "nothingRequested", NOTHING, "", is_over=False)
    _, line = values_of(plan_of({2: blank})["Not or only partly changed"].iter_rows())
    assert "= Nothing to change: no number in this row" == line[0]


def test_a_run_of_questions_says_that_only_answers_are_written() -> None:
    """Its changes are all asked about, so no limit decides about it."""
    figures = PlanFigures(people=1, matched=1, creates=0, updates=1, removals=0, refused=0, unmatched=0)
    reasons = Said("{people} for an answer: replace or leave", people=Said("{count} person waits", count=1))
    run = replace(RUN, source=Source.QUESTIONS, message=held_message((ReasonToHold("", reasons),), "d" * 64))
    lines = [
        line[0]
        for line in values_of(
            plan_of({2: _ANA}, run=run.in_attempt(plan=PlanOfRun("d", figures=figures)))["About this run"].iter_rows()
        )
    ]
    assert [
        "This plan asks about 1 person. Nothing changes without the answer “replace” and an approval.",
        "Waiting for approval, for this reason:",
        "• 1 person waits for an answer: replace or leave",
        "Answer each question in the console: replace or leave. Then approve there what is to be replaced.",
    ] == lines[:4]
    assert "Safety limits" not in lines


def test_a_plan_never_says_that_something_was_done() -> None:
    """It says "would", because nothing is written yet."""
    pages = plan_of({2: _ANA})
    assert "1 person would get a change. Nothing is written before approval." == pages["About this run"]["A1"].value
    assert "Done" not in said_in(pages["Plan"])


@pytest.mark.parametrize("kind", DriftKind)
def test_drift_names_the_person(kind: DriftKind) -> None:
    """And the repair, if there is one."""
    report = DriftReport(_ANA.object_id, Drift(kind), _ANA)
    pages = sheets_of(write_pages(drift_pages(RUN, [report], ENGLISH)))
    assert ["About this run", "Differences"] == list(pages)
    _, line = values_of(pages["Differences"].iter_rows())
    assert (*_PERSON, "Account") == line[:3]
    repair = "Mobile number would be replaced: +1 202 555 0123 → +1 202 555 0124"
    assert f"{repair}\nOffice number would be added: nothing → +1 202 555 0125" == line[6]
    assert (_ANA.object_id, kind.value) == line[10:]


def test_a_reconcile_without_drift_has_no_empty_sheet() -> None:
    pages = sheets_of(write_pages(drift_pages(RUN, [], ENGLISH)))
    assert ["About this run"] == list(pages)
    assert "The accounts hold what the app wrote." == pages["About this run"]["A1"].value


@pytest.mark.parametrize("text", ['=WEBSERVICE("https://x")', "+1", "-1", "@SUM(A1)", "#N/A", "a\x00b", "_x0041_"])
def test_nothing_in_a_plan_is_more_than_text(text: str) -> None:
    """A display name comes from outside too, and may look like a formula."""
    change = Change("mobile", Effect.UPDATE, text, text)
    report = RowReport("planned", text, Said(text), text, text, (change,), text, text, text, text)
    written = write_pages(plan_pages(replace(RUN, name=text, message=Said(text)), {2: report}, SafetyLimits(), ENGLISH))

    cells = [cell for page in load_workbook(BytesIO(written)) for line in page.iter_rows() for cell in line]
    texts = {(cell.data_type, cell.number_format) for cell in cells if isinstance(cell.value, str)}
    assert {("s", "@")} == texts
    with ZipFile(BytesIO(written)) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
        assert not [name for name in sheets if b"<f>" in archive.read(name)]
        assert not [name for name in archive.namelist() if "external" in name]


def test_several_reasons_stand_one_below_the_other() -> None:
    """An approver reads them as a list, with figures in the form of the language."""
    reasons = joined("; ", (Said("{count} rows", count=1_500), Said("it takes too much memory or time")))
    said = Said(
        "Held: {reasons}. Check the file, then approve plan {plan}, or reject the run.", reasons=reasons, plan="d"
    )
    pages = plan_of({2: _ANA}, run=replace(RUN, message=said))
    lines = [line[0] for line in values_of(pages["About this run"].iter_rows(min_row=2, max_row=5))]
    assert [
        "Waiting for approval, for these reasons:",
        "• 1,500 rows",
        "• It takes too much memory or time",
        "Approve or reject this plan in the console.",
    ] == lines

    approvals = approvals_in_words(SecondPerson.HELD, RUN.touched_by)
    pages = plan_of({2: _ANA}, run=replace(RUN, message=joined(" ", (said, approvals))))
    more = [line[0] for line in values_of(pages["About this run"].iter_rows(min_row=2, max_row=6))]
    assert [*lines, str(approvals)] == more
