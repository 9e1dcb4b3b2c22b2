"""ALLOWED_CALLING_CODES: numbers from elsewhere are refused, in files and in calls, and the reason names the code."""

from __future__ import annotations

import pytest

from shared.core.call import SetPhone, SingleCall
from shared.core.values.errors import PermanentError
from shared.core.values.slot import PhoneType
from tests.flows.small_tenant import csv, number, person, rows_of, tenant_of


async def test_numbers_from_elsewhere_are_refused_in_every_phone_slot() -> None:
    """Only the slot with such a number is refused."""
    async with tenant_of([person(1, phones={})], ALLOWED_CALLING_CODES="1;49") as world:
        file = csv("userPrincipalName,mobile,office", ("person1@contoso.example", number(1), "+44 20 7946 0001"))
        run = await world.run_to_end("staff.csv", file)

        (row,) = await rows_of(world, run)
        refused = next(one for one in row.slots if one.slot == "office")
        assert "callingCodeNotAllowed" == refused.code
        assert "numbers of +44 are not allowed here, only those of +1, +49" in refused.reason
        assert {"mobile": number(1)} == world.directory()[person(1).id]


async def test_a_call_is_refused_too() -> None:
    """The way in makes no difference."""
    async with tenant_of([person(1, phones={})], ALLOWED_CALLING_CODES="49") as world:
        call = SingleCall("person1@contoso.example", SetPhone(PhoneType.MOBILE, number(1)), "a test")
        with pytest.raises(PermanentError) as refused:
            await world.app.single_calls.do(call)

        assert "callingCodeNotAllowed" == refused.value.code
