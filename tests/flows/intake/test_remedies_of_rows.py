"""The remedies of rows are followed to the letter: the file is edited and dropped again, and its rows are good then."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.core.call import SetPhone, SingleCall
from shared.core.run.documents import report_row
from shared.core.run.row import slots_of
from shared.core.values.codes import CODES
from shared.core.values.codes_of_calls import CODES_OF_CALLS
from shared.core.values.codes_of_rows import CODES_OF_ROWS
from shared.core.values.slot import PhoneType
from shared.core.values.states import RunState, SlotState
from testing.in_memory import InMemory
from tests.flows.following import (
    ANA,
    MOBILE,
    OFFICE,
    UPN,
    Case,
    Way,
    as_text,
    assert_covers,
    clear,
    edited,
    said,
    typed,
)
from tests.flows.in_excel import InExcel, StoredCell
from tests.flows.small_tenant import person, rows_of, tenant_of

OTHERS = [person(index, phones={}) for index in (2, 3)]
TWINS = [person(index, phones={}, employeeId="E7") for index in (4, 5)]
ZEROS = person(6, phones={}, employeeId="00012345")
PEOPLE = [ANA, *OTHERS, *TWINS, ZEROS]
BO, CY = (other.userPrincipalName for other in OTHERS)
HEADINGS = ("User principal name", "Mobile phone", "Office phone")
CORRECT_KEY = "Format the cell that identifies the person as Text, then correct it"
WRITE_DATE = "Format the cell as Text, then write the date as 2026-01-31"
FILL_MOBILE = "Format the mobile cell as Text, then write +, country code and number"
_GOOD = {"created", "updated", "unchanged", "removed", "merged", "skipped"}


def one_row(code: str, *cells: StoredCell, ways: tuple[Way, ...], headings: tuple[str, ...] = HEADINGS) -> Case:
    return Case(code, (headings, cells), ways)


def _keep_one(excel: InExcel) -> None:
    excel.sheet.delete_rows(3)


def _clear_all_but_one(excel: InExcel) -> None:
    excel.clear("B3")
    excel.clear("B4")


def _numbers_of_their_own(excel: InExcel) -> None:
    for index in (3, 4):
        excel.as_text(f"B{index}", f"+49 171 555012{index}")


def _alone(heading: str, key: str) -> Way:
    """A new file of this person alone."""

    def edit(excel: InExcel) -> None:
        excel.sheet.delete_rows(3)
        excel.type("A1", heading)
        excel.as_text("A2", key)

    return Way(heading, edit)


def _clear_removals(excel: InExcel) -> None:
    excel.clear("C2")


CASES = [
    one_row("keyMissing", None, (MOBILE, "@"), ways=(
        as_text("A2", UPN, "Format the cell that identifies the person as Text, then fill it"),
    )),
    one_row("keyMissing", None, (MOBILE, "@"), headings=("Employee ID", "Mobile phone"), ways=(
        as_text("A2", "3E05", "Format the cell that identifies the person as Text, then fill it"),
    )),
    one_row("personNotFound", "anna@contoso.example", (MOBILE, "@"), ways=(
        as_text("A2", UPN, CORRECT_KEY),
        said("if it is right, ask your IT department whether the person has an account"),
    )),
    one_row("personNotFound", 12345, (MOBILE, "@"), headings=("Employee ID", "Mobile phone"), ways=(
        as_text("A2", ZEROS.employeeId or "", CORRECT_KEY),
        said("if it is right, ask your IT department whether the person has an account"),
    )),
    Case("personAmbiguous", (("Employee ID", "Mobile phone"), ("E7", (MOBILE, "@")), ("E2", "+49 171 5550124")), (
        said("Ask your IT department which account is the person's"),
        said("Then upload a file of this person alone, with a column"),
        _alone("objectId", TWINS[0].id),
        _alone("userPrincipalName", TWINS[0].userPrincipalName),
    )),
    one_row("dateUnclear", UPN, (MOBILE, "@"), "12/01/2026", headings=(*HEADINGS[:2], "Termination date"), ways=(
        as_text("C2", "2026-12-01", WRITE_DATE),
    )),
    one_row("dateUnclear", UPN, (MOBILE, "@"), ("soon", "@"), headings=(*HEADINGS[:2], "Effective date"), ways=(
        as_text("C2", "2026-01-31", WRITE_DATE),
    )),
    one_row("dateUnclear", UPN, (MOBILE, "@"), (46_053, "0.00"), headings=(*HEADINGS[:2], "Effective date"), ways=(
        as_text("C2", "2026-01-31", WRITE_DATE),
    )),
    Case("statusContradictory", (
        (*HEADINGS[:2], "Employment status", "Status"),
        (UPN, (MOBILE, "@"), "Active", "Inactive"),
        (BO, None, "Terminated", "Inactive"),
    ), (typed("D2", "Active", "Correct the wrong one of the two cells"), said("upload the file again"))),
    Case("conflictingRows", (HEADINGS, (UPN, (MOBILE, "@"), None), (UPN, "+49 171 5550124", None)), (
        Way("Keep one row for this person", _keep_one),
        Way("copy the right cells into the other rows", lambda excel: excel.copy("B2", "B3")),
        said("upload the file again"),
    )),
    Case("sameMobile", (HEADINGS, *((who, (MOBILE, "@"), OFFICE) for who in (UPN, BO, CY))), (
        Way("Clear the mobile cells of all but one of these people", _clear_all_but_one),
        Way("format the cells as Text and write a number of each person's own with its + and country code",
            _numbers_of_their_own),
        said("If they really share the phone, ask your IT department to allow it"),
    )),
    one_row("alternateNeedsMobile", UPN, None, (MOBILE, "@"), headings=(*HEADINGS[:2], "Alternate mobile"), ways=(
        as_text("B2", "+49 171 5550124", FILL_MOBILE),
    )),
    Case("smsSignInNeedsMobile", ((*HEADINGS[:2], "SMS sign-in"), (UPN, None, "yes")), (
        as_text("B2", MOBILE, FILL_MOBILE),
    ), {"SMS_SIGN_IN": "column"}),
    one_row("removalNotAllowed", UPN, (MOBILE, "@"), "remove", ways=(
        clear("C2", "Clear the cell"), said("ask your IT department to make the removal"),
    )),
]  # fmt: skip

_BY_OTHERS = {
    "personHasLeft", "rowNotInForce", "rowReplaced", "previewOnly", "missingFromExport", "accountDisabled",
    "smsSignInDisabled", "noNumberLeft", "writeLost", "changedSincePlan", "defaultMethod",
    "runCancelled", "runRejected", "runExpired", "runFailed", "answersNotUsable", "notCorrected", "correctionsDiffer",
    "correctionNotRead", "numberNeeded",
}  # fmt: skip
"""What a new upload, a better export or the person answers, without an edit of a cell."""
_OF_CALLS = {
    "methodExists", "methodNotFound", "valueMissing", "personLocked", "callInProgress", "repeatabilityIdReused",
    "quotaReached", "valueShared",
}  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_who_follows_the_remedy_gets_good_rows(case: Case) -> None:
    """First a row is refused with the case's code; after each edit, no row is refused and the run is not held."""
    async with tenant_of(PEOPLE, **{"DEFAULT_REGION": "", "MAX_SAME_MOBILE": "2", **case.settings}) as world:
        _, codes, _ = await _dropped(world, "before.xlsx", InExcel(*case.table))
        assert case.code in codes
        for position, (words, excel) in enumerate(edited(case)):
            run, codes, states = await _dropped(world, f"after-{position}.xlsx", excel)
            assert (RunState.FINISHED, True) == (run, states <= _GOOD), (words, run, codes, states)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_word_of_the_remedy_is_followed(case: Case) -> None:
    """A remedy that is changed needs an edit that follows it."""
    assert_covers(case)


async def _dropped(world: InMemory, name: str, excel: InExcel) -> tuple[RunState, set[str], set[str]]:
    """The run's state; the codes of the first row and its refused slots; the states of all rows."""
    run = await world.run_to_end(name, excel.saved())
    rows = await rows_of(world, run)
    refused = {one.code for one in slots_of(rows[0]) if one.state is SlotState.REFUSED}
    return run.state, {rows[0].code, *refused}, {row.state.value for row in rows}


async def test_a_preview_is_applied_where_the_remedy_says() -> None:
    """The same file outside preview/ is a real run."""
    assert "To carry it out, upload the list to the normal folder." == CODES["previewOnly"].remedy
    table = (HEADINGS, (UPN, (MOBILE, "@"), None))
    async with tenant_of(PEOPLE) as world:
        _, codes, _ = await _dropped(world, "preview/staff.xlsx", InExcel(*table))
        assert {"previewOnly"} == codes
        _, _, states = await _dropped(world, "staff.xlsx", InExcel(*table))
        assert {"created"} == states


@pytest.mark.parametrize("is_theirs", [True, False])
@pytest.mark.parametrize(("code", "found"), [("changedByPerson", "+49 1715550129"), ("removedByPerson", "")])
async def test_a_changed_value_is_answered_as_the_remedy_says(code: str, found: str, *, is_theirs: bool) -> None:
    """HR takes over what the account has, or an administrator sets the export's value with a call."""
    export = InExcel(HEADINGS[:2], (UPN, (MOBILE, "@")))
    async with tenant_of(PEOPLE) as world:
        assert {"created"} == (await _dropped(world, "first.xlsx", export))[2]
        world.clock.leap_to(world.clock.now() + timedelta(minutes=3))  # past READ_LAG_SECONDS
        world.stand_in.tenant.put(replace(ANA, phones={"mobile": found} if found else {}))
        assert {code} == (await _dropped(world, "second.xlsx", export))[1]
        if is_theirs:
            export.as_text("B2", found)
        else:
            await world.app.single_calls.do(SingleCall(ANA.id, SetPhone(PhoneType.MOBILE, MOBILE), "an administrator"))
        assert {"unchanged"} == (await _dropped(world, "last.xlsx", export))[2]


def test_every_code_of_a_row_can_be_answered() -> None:
    """By an edit that was tried, by somebody whom the remedy names, or not at all because nothing is to be done."""
    codes = CODES_OF_ROWS | CODES_OF_CALLS
    silent = {code for code, info in codes.items() if not info.remedy}
    asks = {code for code, info in codes.items() if "your IT department" in info.remedy}
    tried = {case.code for case in CASES}
    assert set() == codes.keys() - silent - asks - tried - _BY_OTHERS - _OF_CALLS
    assert set() == (_BY_OTHERS | _OF_CALLS) & (tried | asks)


async def test_hr_s_workbook_has_no_words_for_administrators() -> None:
    """The same row tells each reader what they can do."""
    async with tenant_of([person(1)], PILOT_GROUP_ID="f0000000-0000-4000-8000-00000000000f") as world:
        run = await world.run_to_end("staff.xlsx", InExcel(HEADINGS[:2], (UPN, (MOBILE, "@"))).saved())
        report = report_row((await rows_of(world, run))[0])
        assert CODES[report.code].for_admins == report.for_admins
        assert report.for_admins not in report.remedy + report.reason
