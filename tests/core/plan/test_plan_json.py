"""Plans in the ledger."""

from __future__ import annotations

import json

import pytest

from shared.core.plan.plan_json import plan_from_json, plan_to_json
from shared.core.values.slot import MaskedValue, PhoneNumber, Remove
from tests.core.plan.test_plan import A, B, C, P, Q, desired, methods, plan


@pytest.mark.parametrize(
    "made",
    [
        plan(
            desired(mobile=A, alternateMobile=Remove.REMOVE, office=PhoneNumber(33, "199000000", "12"), email=Q),
            methods(mobile=B, alternateMobile=C, office=MaskedValue(), email=P),
        ),
        plan(desired(office=C, email=P), methods(mobile=A)),
        plan(desired(email=Remove.REMOVE), methods(email=P)),
        plan(desired(sms=True), methods(mobile=A, sms="notEnabled")),
        plan(desired(mobile=B, sms=False), methods(mobile=A, sms="ready")),
        plan(desired(sms=False), methods()),
    ],
)
def test_a_plan_survives_the_ledger(made: object) -> None:
    """JSON and back gives the same plan: every operation, extensions, masked values and what was only decided."""
    assert made == plan_from_json(json.loads(json.dumps(plan_to_json(made))))  # type: ignore[arg-type] # from the list above


@pytest.mark.parametrize(
    "operation",
    [
        {"do": "create", "slot": "email", "old": None, "new": None},
        {"do": "update", "slot": "mobile", "old": None, "new": "+1 2025550101"},
        {"do": "remove", "slot": "mobile", "old": "+1 2025550101", "new": "+1 2025550101"},
        {"do": "sell", "slot": "mobile", "old": None, "new": None},
    ],
)
def test_a_damaged_operation_is_refused(operation: dict[str, str | None]) -> None:
    """Nothing is guessed from a ledger that somebody else wrote into."""
    with pytest.raises(ValueError, match=r"fit|valid"):
        plan_from_json({"slots": [], "operations": [operation]})
