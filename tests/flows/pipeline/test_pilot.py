"""The pilot group: a roll-out touches its members only, wherever people come from, until the setting is emptied."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sandbox.graph.person import Group
from shared.core.call import CallAction, RemovePhone, SetPhone, SingleCall
from shared.core.run.documents import report_row
from shared.core.values.errors import PermanentError
from shared.core.values.slot import PhoneType
from shared.core.values.states import RowState, RunState
from tests.flows.small_tenant import csv, number, outcomes, person, rows_of, tenant_of

PILOT, INNER = "f0000000-0000-4000-8000-000000000001", "f0000000-0000-4000-8000-000000000002"
GROUPS = (Group(id=PILOT), Group(id=INNER, groups=[PILOT]))
MEMBER, NESTED, OUTSIDER = person(1, groups=[PILOT]), person(2, groups=[INNER]), person(3)
EXPORT = csv("employeeId,mobile", *((f"E{index}", number(index + 10)) for index in (1, 2, 3)))
APPLIED, OUTSIDE = ("updated", "applied"), ("refused", "notInPilot")


async def test_only_members_are_written_to_also_through_groups_in_the_group() -> None:
    """Everybody else is refused with a code and a remedy of its own, and the gate does not count them."""
    async with tenant_of([MEMBER, NESTED, OUTSIDER], GROUPS, PILOT_GROUP_ID=PILOT.upper()) as world:
        run = await world.run_to_end("staff.csv", EXPORT)

        assert [APPLIED, APPLIED, OUTSIDE] == await outcomes(world, run)
        assert (2, 1, 0, 3) == tuple(run.figures[name] for name in ("matched", "outside", "refused", "people"))
        assert {"mobile": number(3)} == world.stand_in.tenant.people[OUTSIDER.id].methods


async def test_whoever_left_the_pilot_while_the_run_was_held_is_left_alone() -> None:
    """Apply asks again."""
    async with tenant_of([MEMBER, NESTED], GROUPS, PILOT_GROUP_ID=PILOT, APPROVAL="always") as world:
        held = await world.run_to_end("staff.csv", csv("employeeId,mobile", ("E1", number(11)), ("E2", number(12))))
        world.stand_in.tenant.put(person(1))
        world.clock.leap_to(world.clock.now() + timedelta(minutes=11))
        await world.app.decisions.approve(held.id, held.digest, "a test")
        await world.pump()

        assert [OUTSIDE, APPLIED] == await outcomes(world, held)


async def test_nothing_is_written_while_the_group_cannot_be_read() -> None:
    """Fail closed; the administrator's text says what to do, HR's only whom to ask; then a redrive does the rest."""
    nobody = "f0000000-0000-4000-8000-00000000000f"
    async with tenant_of([MEMBER], GROUPS, PILOT_GROUP_ID=nobody) as world:
        run = await world.run_to_end("staff.csv", csv("employeeId,mobile", ("E1", number(11))))

        assert [("refused", "pilotUnreadable")] == await outcomes(world, run)
        told = report_row((await rows_of(world, run))[0])
        assert "PILOT_GROUP_ID" in told.for_admins
        assert "PILOT_GROUP_ID" not in told.reason + told.remedy
        assert 0 == world.writes
        world.stand_in.tenant.groups[nobody] = Group(id=nobody)
        world.stand_in.tenant.put(person(1, groups=[nobody]))
        await world.app.redrive(run.id, "a test")
        await world.pump()
        assert RunState.FINISHED is (await world.stored(run.id)).state
        assert [APPLIED] == await outcomes(world, run)


@pytest.mark.parametrize("action", [SetPhone(PhoneType.MOBILE, number(13)), RemovePhone(PhoneType.MOBILE)], ids=repr)
async def test_a_call_for_one_person_asks_the_pilot_too(action: CallAction) -> None:
    """Whatever the call asks for, only members are written to, and a preview says so before."""
    async with tenant_of([MEMBER, OUTSIDER], GROUPS, PILOT_GROUP_ID=PILOT) as world:
        calls = world.app.single_calls
        refused = SingleCall(OUTSIDER.id, action, "a test")
        with pytest.raises(PermanentError, check=lambda error: error.code == "notInPilot") as raised:
            await calls.do(refused)
        preview = await calls.preview(refused)

        assert (RowState.REFUSED, "notInPilot") == (preview.outcome, preview.code)
        assert "administrator" in preview.remedy
        assert preview.remedy == raised.value.remedy
        assert {"mobile": number(3)} == world.stand_in.tenant.people[OUTSIDER.id].methods
        assert (await calls.do(replace(refused, user=MEMBER.id))).outcome.state in {"updated", "removed"}


async def test_a_call_writes_nothing_while_the_group_cannot_be_read() -> None:
    async with tenant_of([MEMBER], GROUPS, PILOT_GROUP_ID="f0000000-0000-4000-8000-00000000000f") as world:
        call = SingleCall(MEMBER.id, SetPhone(PhoneType.MOBILE, number(11)), "a test")
        for attempt in (world.app.single_calls.do, world.app.single_calls.preview):
            with pytest.raises(PermanentError, check=lambda error: error.code == "pilotUnreadable"):
                await attempt(call)
        assert 0 == world.writes


async def test_guests_disabled_and_deleted_accounts_have_stated_outcomes() -> None:
    """Guests and disabled accounts get their numbers and a note; a deleted one is not found, whenever that happened."""
    guest, disabled = person(1, userType="Guest"), person(2, accountEnabled=False)
    deleted, leaving = person(3, deleted=True, phones={}), person(4)
    rows = [(f"person{index}@contoso.example", number(index + 10)) for index in (1, 2, 3, 4)]
    async with tenant_of([guest, disabled, deleted, leaving], APPROVAL="always") as world:
        held = await world.run_to_end("staff.csv", csv("userPrincipalName,mobile", *rows))
        world.stand_in.tenant.put(person(4, deleted=True))
        await world.app.decisions.approve(held.id, held.digest, "a test")
        await world.pump()

        gone = ("refused", "personNotFound")
        assert [APPLIED, APPLIED, gone, gone] == await outcomes(world, held)
        notes = [row.note for row in await rows_of(world, held)]
        assert ["the account is a guest", "the account is disabled", "", ""] == notes
