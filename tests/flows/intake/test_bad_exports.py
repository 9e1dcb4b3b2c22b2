"""A broken export after a good one: nothing is written, and the message says why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from sandbox.exports import write_export
from sandbox.fictional_numbers import mobiles
from sandbox.people import Staff, StaffMember, make_staff
from sandbox.spellings import Spelling
from shared.core.run.safety_limits import SafetyLimits
from shared.core.values.slot import PhoneNumber, PhoneType
from shared.core.values.states import RunState
from testing.in_memory import InMemory, in_memory
from tests.flows.small_tenant import csv, number, person, tenant_of


def with_number(member: StaffMember, wanted: PhoneNumber) -> StaffMember:
    """The member with just this mobile, in a spelling that needs no country."""
    return replace(member, wanted={PhoneType.MOBILE: wanted}, spellings={PhoneType.MOBILE: Spelling.E164})


async def test_an_export_that_went_wrong_writes_nothing() -> None:
    """Most people missing, the phone column slipped by a row, every number in another country, the file cut off."""
    mobile_owners = [member for member in make_staff(40).members if PhoneType.MOBILE in member.wanted]
    staff = Staff(tuple(mobile_owners))
    members, size = staff.members, len(staff.members)
    slipped = [with_number(one, members[at - 1].wanted[PhoneType.MOBILE]) for at, one in enumerate(members)]
    elsewhere = [one for one in max(mobiles().values(), key=len) if one not in _wanted(members)]
    abroad = [with_number(one, number) for one, number in zip(members, elsewhere[:size], strict=True)]
    whole = write_export(staff)
    bad = {
        "missing": (write_export(Staff(members[: size * 2 // 5])), "of the last full export are missing"),
        "slipped": (write_export(Staff(tuple(slipped))), "would get another number"),
        "abroad": (write_export(Staff(tuple(abroad))), "would get another number"),
        "cut off": (whole[: len(whole) // 2], "end of the workbook"),
    }
    async with in_memory(staff) as world:
        provisioned = await world.run_to_end("full/staff.xlsx", whole)
        assert RunState.FINISHED is provisioned.state
        writes, numbers = world.writes, _numbers(world)
        for name, (data, why) in bad.items():
            run = await world.run_to_end(f"full/{name}.xlsx", data)

            assert {RunState.HELD, RunState.FAILED} >= {run.state}, name
            assert why in run.message, (name, run.message)
            assert writes == world.writes, name
        assert numbers == _numbers(world)


def _wanted(members: Iterable[StaffMember]) -> set[PhoneNumber]:
    return {member.wanted[PhoneType.MOBILE] for member in members}


def _numbers(world: InMemory) -> dict[str, dict[PhoneType, str]]:
    return {person_id: dict(user.methods) for person_id, user in world.stand_in.tenant.people.items()}


@pytest.mark.parametrize("limit", [20, pytest.param(500, marks=pytest.mark.long)])
async def test_a_new_tenant_with_more_creates_than_the_limit_is_held(limit: int) -> None:
    """No person had a number before; a run at the limit is applied, one person more needs an approval."""
    people = [person(index, phones={}) for index in range(1, limit + 2)]
    rows = [(f"E{index}", number(index % 100)) for index in range(1, limit + 2)]
    setting = "" if limit == SafetyLimits().max_writes_unapproved else str(limit)
    async with tenant_of(people, MAX_SAME_MOBILE="6", MAX_WRITES_UNAPPROVED=setting) as world:
        held = await world.run_to_end("staff.csv", csv("employeeId,mobile", *rows))

        assert (RunState.HELD, limit + 1) == (held.state, held.figures["creates"])
        assert f"{limit + 1} people would be written to; the limit without approval is {limit}" in held.message
        assert 0 == world.writes
