"""What approvers read is text from the ledger, person by person."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook

from shared.adapters.workbook.writing.lists import write_drift, write_plan
from shared.core.export.places import ONE_SHEET
from shared.core.plan.question import Question, QuestionReason
from shared.core.record.drift import Drift, DriftKind, DriftReport
from shared.core.run.changes import Change
from shared.core.run.documents import RowReport
from shared.core.values.slot import PhoneNumber, Slot, value_to_json
from tests.adapters.workbook.results import SUMMARY, sheets_of, values_of

_ANA = RowReport(
    "planned",
    "changePlanned",
    "mobile: would be updated",
    "",
    "",
    (Change("mobile", "+1 202 555 0123", "+1 202 555 0124"), Change("office", "nothing", "+1 202 555 0125")),
    "",
    "Ana",
    "ana@contoso.example",
    "00000000-0000-4000-8000-000000000001",
)
_NOBODY = RowReport("refused", "personNotFound", "no account", "Correct the cell.", "mobile: +1 202 555 0126")


def test_a_plan_has_one_line_per_change_and_names_the_person() -> None:
    """Old and new stand apart; a row without a change has a line too."""
    pages = sheets_of(write_plan({2: _ANA, 3: _NOBODY}, SUMMARY, ONE_SHEET))

    header, *lines = values_of(pages["Plan"].iter_rows())
    assert ("Row", "Display name", "User principal name", "Object ID", "Slot", "Old", "New") == header[:7]
    person = ("2", "Ana", "ana@contoso.example", _ANA.object_id)
    assert [
        (*person, "mobile", "+1 202 555 0123", "+1 202 555 0124"),
        (*person, "office", "nothing", "+1 202 555 0125"),
        ("3", None, None, None, None, None, None),
    ] == [line[:7] for line in lines]
    outcome = ("refused", "personNotFound", "no account", "Correct the cell.", None, "mobile: +1 202 555 0126")
    assert outcome == lines[2][7:]
    assert list(SUMMARY) == values_of(pages["Run"].iter_rows())


def test_what_a_person_decides_about_is_a_sheet_of_its_own() -> None:
    """One line per question, with both values and the answer; a plan that asks nothing has no such sheet."""
    found, wanted = PhoneNumber(1, "2025550123"), PhoneNumber(1, "2025550124")
    asked = (
        Question(Slot.MOBILE, QuestionReason.UNMANAGED, found, wanted),
        Question(Slot.OFFICE, QuestionReason.BESIDE, found, None),
    )
    pages = sheets_of(write_plan({2: replace(_ANA, questions=asked, answer="replace"), 3: _NOBODY}, SUMMARY, ONE_SHEET))

    assert ["Plan", "Questions", "Run"] == list(pages)
    _, *lines = values_of(pages["Questions"].iter_rows())
    person = ("2", "Ana", "ana@contoso.example", _ANA.object_id)
    assert [(*person, "mobile"), (*person, "office")] == [line[:5] for line in lines]
    old = value_to_json(found)
    assert [(old, value_to_json(wanted), "replace"), (old, "nothing", "replace")] == [line[6:] for line in lines]
    assert all(line[5] for line in lines)
    assert "Questions" not in sheets_of(write_plan({2: _ANA}, SUMMARY, ONE_SHEET))


@pytest.mark.parametrize("reason", QuestionReason)
def test_every_reason_has_words(reason: QuestionReason) -> None:
    asked = (Question(Slot.MOBILE, reason, None, None),)
    pages = sheets_of(write_plan({2: replace(_ANA, questions=asked)}, SUMMARY, ONE_SHEET))
    assert str(values_of(pages["Questions"].iter_rows())[1][5]).endswith(".")


def test_drift_names_the_person() -> None:
    report = DriftReport(_ANA.object_id, Drift(DriftKind.ACCOUNT_GONE), _ANA)
    lines = values_of(sheets_of(write_drift([report], SUMMARY))["Drift"].iter_rows())
    assert ("Ana", "ana@contoso.example", _ANA.object_id) == lines[1][:3]
    assert "mobile: +1 202 555 0123 → +1 202 555 0124; office: nothing → +1 202 555 0125" == lines[1][-1]


@pytest.mark.parametrize("text", ['=WEBSERVICE("https://x")', "+1", "-1", "@SUM(A1)", "#N/A", "a\x00b", "_x0041_"])
def test_nothing_in_a_plan_is_more_than_text(text: str) -> None:
    """A display name comes from outside too, and may look like a formula."""
    report = RowReport(text, text, text, text, text, (Change(text, text, text),), text, text, text, text)
    written = write_plan({2: report}, [(text, text)], ONE_SHEET)

    cells = [cell for page in load_workbook(BytesIO(written)) for line in page.iter_rows() for cell in line]
    assert {("s", "@")} == {(cell.data_type, cell.number_format) for cell in cells if cell.value is not None}
    with ZipFile(BytesIO(written)) as archive:
        assert not [name for name in archive.namelist() if b"<f>" in archive.read(name) or "external" in name]
