"""What approvers read is text from the ledger, person by person, the most delicate first."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from shared.adapters.workbook.writing.pages import write_pages
from shared.core.plan.operations import Effect
from shared.core.plan.question import Question, QuestionReason
from shared.core.record.drift import Drift, DriftKind, DriftReport
from shared.core.report.drift_pages import drift_pages
from shared.core.report.plan_pages import plan_pages
from shared.core.report.texts import Language, texts_in
from shared.core.run.attempts import PlanOfRun
from shared.core.run.documents import Change, RowReport
from shared.core.run.run import Run
from shared.core.run.safety_limits import PlanFigures, SafetyLimits
from shared.core.values.cell import SMS_SIGN_IN
from shared.core.values.said import Said, joined
from shared.core.values.slot import PhoneNumber, Slot, value_to_json
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

    assert ["About this run", "Plan", "No change, or not every one"] == list(pages)
    header, *lines = values_of(pages["Plan"].iter_rows())
    assert ("What would change", "Name", "Sign-in name", "Now", "Then", "Row", "Object ID") == header
    assert [
        ("→ Mobile number would be replaced", *_PERSON, "+1 202 555 0123", "+1 202 555 0124", 2, _ANA.object_id),
        ("+ Office number would be added", *_PERSON, "nothing", "+1 202 555 0125", 2, _ANA.object_id),
    ] == lines
    _, line = values_of(pages["No change, or not every one"].iter_rows())
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
    lines = values_of(plan_of({2: _ANA}, run=run, language=Language.GERMAN)["Über diesen Lauf"].iter_rows())
    found = [line[:3] for line in lines]
    assert ("Personen in der Datei", "1.200", "mindestens 1") in found
    assert ("Personen, deren Konto geändert würde", "760 (63,3\u00a0%)", "höchstens 500") in found
    assert ("Personen, deren Zeile abgewiesen ist", "24 (2,0\u00a0%)", "höchstens 20,0\u00a0%") in found


def test_what_a_person_decides_about_is_a_sheet_of_its_own() -> None:
    """One line per question, with both values and the answer; a plan that asks nothing has no such sheet."""
    found, wanted = PhoneNumber(1, "2025550123"), PhoneNumber(1, "2025550124")
    asked = (
        Question(Slot.MOBILE, QuestionReason.UNMANAGED, found, wanted),
        Question(Slot.OFFICE, QuestionReason.BESIDE, found, None),
    )
    pages = plan_of({2: replace(_ANA, questions=asked, answer="replace"), 3: _NOBODY})

    assert ["About this run", "Plan", "No change, or not every one", "Questions"] == list(pages)
    _, *lines = values_of(pages["Questions"].iter_rows())
    assert [(*_PERSON, "mobile number"), (*_PERSON, "office number")] == [line[:3] for line in lines]
    old = value_to_json(found)
    assert [(old, value_to_json(wanted), "replace", 2), (old, "nothing", "replace", 2)] == [line[4:8] for line in lines]
    assert all(line[3] for line in lines)
    assert "Questions" not in plan_of({2: _ANA})


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
        "Held:",
        "• 1,500 rows",
        "• it takes too much memory or time",
        "Check the file, then approve plan d, or reject the run.",
    ] == lines
