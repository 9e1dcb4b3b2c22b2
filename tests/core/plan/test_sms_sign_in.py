"""The SMS sign-in table, row by row, read from the docstring that explains it."""

from __future__ import annotations

import re

import pytest

from shared.core.person.account import OFF_STATES, SMS_READY
from shared.core.plan import sms_sign_in
from shared.core.plan.sms_sign_in import Mobile, sms_sign_in_verdict
from shared.core.plan.verdict import Action
from shared.core.values.codes import CODES


def table() -> list[tuple[Mobile, str | None, bool, str]]:
    """Every cell: mobile, state, desired, verdict; "any" is spread out."""
    lines = [line for line in str(sms_sign_in.__doc__).splitlines() if line.startswith("| ")][1:]
    cells = []
    for line in lines:
        mobile, state, on, off = (cell.strip() for cell in line.strip("|").split("|"))
        states = (None, SMS_READY, *sorted(OFF_STATES)) if state == "any" else (None if state == "none" else state,)
        cells += [
            (Mobile(mobile), each, desired, verdict)
            for each in states
            for desired, verdict in ((True, on), (False, off))
        ]
    return cells


@pytest.mark.parametrize(("mobile", "state", "desired", "verdict"), table())
def test_every_row_of_the_table_holds(mobile: Mobile, state: str | None, verdict: str, *, desired: bool) -> None:
    """The decision is the one that the documented table gives."""
    actual = sms_sign_in_verdict(mobile, state, desired=desired)

    action, _, code = verdict.partition(" ")
    assert (Action(action), code) == (actual.action, actual.code)


@pytest.mark.parametrize("state", ["notSupported", "unknownFutureValue", "newState"])
def test_a_state_that_is_not_known_is_as_if_graph_said_nothing(state: str) -> None:
    """What the state means is not guessed."""
    for mobile in Mobile:
        for desired in (True, False):
            assert sms_sign_in_verdict(mobile, None, desired=desired) == sms_sign_in_verdict(
                mobile, state, desired=desired
            )


def test_no_verdict_has_an_unknown_reason() -> None:
    """Everything kept names a code that the documents explain."""
    assert {match for *_, verdict in table() for match in re.findall(r"kept (\w+)", verdict)} <= set(CODES)
