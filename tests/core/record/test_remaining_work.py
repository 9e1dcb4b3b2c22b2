"""What is left of a plan when the account is looked at again."""

from __future__ import annotations

from typing import Any

import pytest

from shared.core.plan.operations import CreatePhone, DisableSmsSignIn, UpdatePhone
from shared.core.record.known_values import Known
from shared.core.record.remaining_work import (
    Remaining,
    Stale,
    changed_verdict,
    remaining_needs_email,
    remaining_operations,
)
from shared.core.values.slot import MaskedValue, PhoneType, Slot
from shared.core.values.states import Policy
from tests.core.plan.test_plan import A, B, C, P, Q, desired, methods, plan


def known(**values: Any) -> Known:
    return Known(methods(**values), {})


def test_what_remains_is_judged_slot_by_slot() -> None:
    """A slot that already holds the new value is skipped, others go on, slots outside the plan do not matter."""
    made = plan(desired(mobile=A, office=B), methods(mobile=C))

    remaining = remaining_operations(made, known(mobile=A, alternateMobile=C))

    assert Remaining((CreatePhone(PhoneType.OFFICE, B),)) == remaining


def test_a_third_value_makes_the_plan_stale_and_names_the_slot() -> None:
    """Neither the plan's old nor its new value: somebody else changed it meanwhile."""
    assert Stale(Slot.MOBILE) == remaining_operations(plan(desired(mobile=A), methods(mobile=B)), known(mobile=C))
    assert Stale(Slot.EMAIL) == remaining_operations(plan(desired(email=P), methods()), known(email=Q))


def test_a_masked_value_is_not_the_old_one() -> None:
    """What cannot be read cannot be confirmed, so it is not overwritten; nor is it called another value."""
    made = plan(desired(mobile=A), methods(mobile=B))

    judged = remaining_operations(made, known(mobile=MaskedValue()))
    assert Stale(Slot.MOBILE, "valueMasked") == judged
    assert "shows only a part" in judged.reason


def test_a_plan_without_operations_holds_while_its_slots_are_as_they_were_found() -> None:
    """Somebody else wrote to the person since: what was found right may be wrong now."""
    made = plan(desired(mobile=A, email=P), methods(mobile=A, email=P))

    assert remaining_needs_email(made)
    assert Remaining(()) == remaining_operations(made, known(mobile=A, email=P, office=C))
    assert Stale(Slot.MOBILE) == remaining_operations(made, known(mobile=B, email=P))
    assert Stale(Slot.EMAIL) == remaining_operations(made, known(mobile=A, email=Q))


@pytest.mark.parametrize(
    ("number", "sms", "remaining"),
    [
        (A, "notEnabled", (UpdatePhone(PhoneType.MOBILE, A, B), DisableSmsSignIn())),
        (B, "ready", (DisableSmsSignIn(),)),
        (B, "notEnabled", ()),
    ],
)
def test_sms_sign_in_is_judged_once_the_number_is_written(
    number: object, sms: str, remaining: tuple[object, ...]
) -> None:
    """Before that its state is the old number's, and writing the new one may switch it on again."""
    made = plan(desired(mobile=B, sms=False), methods(mobile=A, sms="notEnabled"))

    assert remaining_operations(made, known(mobile=B if number is B else A, sms=sms)) == Remaining(remaining)  # type: ignore[arg-type] # the table's


def test_sms_sign_in_without_its_mobile_is_stale() -> None:
    """Somebody removed the mobile meanwhile."""
    made = plan(desired(sms=False), methods(mobile=A, sms="ready"))

    assert Stale(Slot.MOBILE) == remaining_operations(made, known())


@pytest.mark.parametrize(
    ("wrote", "policy", "stale"),
    [
        (None, Policy.MERGE, False),
        (A, Policy.MERGE, False),
        (B, Policy.MERGE, True),
        (C, Policy.MERGE, True),
        (C, Policy.OVERWRITE, False),
    ],
)
def test_an_old_value_that_came_back_is_the_person_s_choice(wrote: object, policy: Policy, *, stale: bool) -> None:
    """Planned while the number was nobody's; since then this app wrote another one, and the person undid that."""
    current = methods(mobile=A)
    made = plan(desired(mobile=B, sms=False), current)
    left = remaining_operations(made, Known(current, {}))
    assert isinstance(left, Remaining)
    base = {Slot.MOBILE: wrote} if wrote else {}

    judged = changed_verdict(made, left, Known(current, base), policy)  # type: ignore[arg-type] # a number

    assert (Stale(Slot.MOBILE, set_by_another=True) if stale else None) == judged
    assert judged is None or "another run" in judged.reason
