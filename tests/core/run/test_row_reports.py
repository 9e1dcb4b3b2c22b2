"""The texts beside a row: one for each slot, and none that says of a planned row that something was done."""

from __future__ import annotations

import re
from dataclasses import replace

from shared.core.export.desired import Desired
from shared.core.person.account import Methods, PhoneAuthenticationMethod
from shared.core.plan.plan import Plan
from shared.core.plan.plan_row import plan_row
from shared.core.plan.slot_outcomes import all_done, partly_done
from shared.core.run.documents import report_row
from shared.core.run.row import Outcome, Row, completed, refused, suggestion_of
from shared.core.values.cell import Refusal
from shared.core.values.code_info import ASK_ADMINISTRATOR
from shared.core.values.codes import CODES
from shared.core.values.said import Said
from shared.core.values.slot import DesiredValue, EmailAddress, PhoneNumber, PhoneType, Remove, Slot
from shared.core.values.states import OPEN_ROWS, Policy, RowState

A, B, C = (PhoneNumber(1, f"202555010{last}") for last in "123")
BAD_MOBILE = Refusal("landlineNotMobile", Said("C17: the number is a landline"), "C17", (A,), "mobile")
BAD_OFFICE = Refusal("numberAmbiguous", Said("D17: the number has two readings"), "D17", (B, C), "office")
_CLAIM = re.compile(
    r"\b(?:change was made|(?:was|were) (?:not )?(?:kept|set|written|read back))\b"
    r"|: (?:created|updated|removed|enabled|disabled)\b"
)
_WHY_IT_ENDED = ("previewOnly", "runCancelled", "runRejected", "runExpired", "runFailed")


def plan_of(*refusals: Refusal, policy: Policy = Policy.OVERWRITE, sms: bool | None = None) -> Plan:
    """Something created, updated, removed and unchanged, beside these refusals."""
    current = Methods(
        (PhoneAuthenticationMethod(PhoneType.MOBILE, A, "notEnabled"), PhoneAuthenticationMethod(PhoneType.OFFICE, B)),
        None,
    )
    gone = {refusal.slot for refusal in refusals}
    wanted: dict[Slot, DesiredValue] = {
        Slot.MOBILE: B,
        Slot.OFFICE: Remove.REMOVE,
        Slot.EMAIL: EmailAddress("p@example.com"),
    }
    slots = tuple((slot, one) for slot, one in wanted.items() if slot not in gone)
    return plan_row(Desired(slots, sms, refused=refusals), {}, current, policy)


def row_in(state: RowState, code: str, plan: Plan | None = None) -> Row:
    return Row("run", 17, state, code, plan=plan)


def test_a_code_that_no_table_lists_has_a_remedy() -> None:
    """A service may answer with a code of its own; a row that has no outcome yet says nothing."""
    report = report_row(replace(row_in(RowState.FAILED, "storageForbidden"), reason=Said("the table cannot be read")))
    assert (ASK_ADMINISTRATOR, True) == (report.remedy, report.for_admins != "")
    assert ("", "") == (
        report_row(row_in(RowState.QUEUED, "")).remedy,
        report_row(row_in(RowState.QUEUED, "")).for_admins,
    )


def test_a_planned_row_says_what_would_be_done() -> None:
    """Slot by slot, with its refused slot, what to do about that, and what the cell may stand for."""
    plan = plan_of(BAD_OFFICE, sms=True)
    row = Row("run", 17, RowState.PLANNED, plan.code, plan=plan, suggestion=suggestion_of(plan.refused))
    report = report_row(row)

    said = "mobile: would be updated; email: would be created; office: refused (D17: the number has two readings)"
    assert said == report.reason
    assert (CODES["numberAmbiguous"].remedy, "office: +1 2025550102 or +1 2025550103") == (
        report.remedy,
        report.suggested,
    )


def test_an_ended_row_says_what_was_done() -> None:
    """Also when its plan is blanked, and without repeating the meaning of its code."""
    plan = plan_of()
    row = completed(row_in(RowState.WRITING, "", plan), Outcome(plan.outcome, plan.code, slots=all_done(plan)))

    assert row.plan is None
    assert "mobile: updated; office: removed; email: created" == report_row(row).reason


def test_a_row_that_failed_names_the_slots_that_were_written() -> None:
    """The others are not known to be: an answer may have been lost."""
    plan = plan_of()
    outcome = Outcome(RowState.FAILED, "graphRefused", Said("Graph said no"), slots=partly_done(plan, {"mobile"}))
    reason = report_row(completed(row_in(RowState.WRITING, "", plan), outcome)).reason

    assert "Graph said no; mobile: updated; office: not known to be removed; email: not known to be created" == reason


def test_every_refused_slot_has_its_remedy_and_suggestion() -> None:
    """With several, each says which slot it is about."""
    row = refused(row_in(RowState.QUEUED, ""), [BAD_MOBILE, BAD_OFFICE])
    report = report_row(row)

    assert (RowState.REFUSED, "landlineNotMobile") == (row.state, row.code)
    assert "mobile: refused (C17: the number is a landline); office: refused (D17: the" in report.reason
    assert f"mobile: {CODES['landlineNotMobile'].remedy} office: {CODES['numberAmbiguous'].remedy}" == report.remedy
    assert "mobile: +1 2025550101; office: +1 2025550102 or +1 2025550103" == report.suggested


def test_a_partial_row_may_be_redriven_when_one_of_its_refusals_may() -> None:
    """A country in the directory or a setting can make a number valid; a landline stays one."""
    region = Refusal("regionMissing", Said("D17: no country"), "D17", slot="office")
    ended = [
        completed(row_in(RowState.WRITING, "", plan), Outcome(plan.outcome, plan.code, slots=all_done(plan)))
        for plan in (plan_of(BAD_MOBILE, region), plan_of(BAD_MOBILE))
    ]
    assert [RowState.PARTIAL] * 2 == [row.state for row in ended]
    assert [True, False] == [row.may_be_redriven for row in ended]
    assert all(row.plan is not None for row in ended)


_BEFORE_THE_END = [
    *((state, code) for state in OPEN_ROWS for code in ("", *CODES)),
    *((RowState.UNPROCESSED, code) for code in _WHY_IT_ENDED),
]


def test_no_row_that_nothing_was_done_for_claims_that_something_was() -> None:
    """In any state before the end, with any code: neither meaning, nor slots, nor code speak in the past."""
    plans = (plan_of(), plan_of(BAD_OFFICE), plan_of(sms=False), plan_of(policy=Policy.KEEP), None)
    reports = [report_row(Row("run", 17, state, code, plan=plan)) for state, code in _BEFORE_THE_END for plan in plans]

    assert [] == [report.reason for report in reports if _CLAIM.search(report.reason)]
    assert set() == {report.code for report in reports} & {"applied", "smsSignInDisabled"}
