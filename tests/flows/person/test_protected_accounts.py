"""The wall: who is off limits, and that nothing passes when it cannot be read."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from sandbox.exports import write_export
from sandbox.graph.faults import Fault
from sandbox.people import PersonKind, Staff
from shared.core.values.errors import GraphRefusedError, GraphUnavailableError, PermanentError, RetryLaterError
from shared.flows.person.preconditions import CACHED_FOR, WAITED_FOR, ProtectedAccounts
from testing.in_memory import in_memory
from testing.virtual_time import VirtualClock


class Directory:
    """Answers with what it was given; counts how often it was asked."""

    def __init__(self, admins: frozenset[str] = frozenset(), error: Exception | None = None) -> None:
        self.admins, self.error, self.asked = admins, error, 0

    async def role_principals(self) -> frozenset[str]:
        self.asked += 1
        await asyncio.sleep(0)
        if self.error is not None:
            raise self.error
        return self.admins

    async def group_members(self, group_id: str) -> frozenset[str]:
        return frozenset({f"member of {group_id}"})


def protected_accounts(
    directory: Directory, clock: VirtualClock | None = None, *, group: str = ""
) -> ProtectedAccounts:
    return ProtectedAccounts(
        directory,
        clock or VirtualClock(),
        protect_admins=True,
        protected_group_id=group,
        protected_ids=("BREAK-GLASS",),
    )


@pytest.mark.parametrize("object_id", ["admin", "ADMIN", "break-glass", "Break-Glass", "member of g"])
async def test_the_protected_are_refused_in_any_case(object_id: str) -> None:
    """Role holders, members of the protected group and the ids in the settings."""
    with pytest.raises(PermanentError) as refused:
        await protected_accounts(Directory(frozenset({"Admin"})), group="g").check(object_id)
    assert "protectedAccount" == refused.value.code


async def test_many_who_ask_at_once_share_one_read_and_its_failure() -> None:
    """A cold process with hundreds of people in flight reads the wall once."""
    directory = Directory(frozenset({"admin"}))
    asked = protected_accounts(directory)
    await asyncio.gather(*(asked.check(f"somebody {number}") for number in range(256)))
    assert 1 == directory.asked

    broken = Directory(error=GraphUnavailableError("unavailable", "no", delay=5))
    shut = protected_accounts(broken)
    answers = await asyncio.gather(*(shut.check(f"{number}") for number in range(256)), return_exceptions=True)
    assert {"unavailable"} == {answer.code for answer in answers if isinstance(answer, RetryLaterError)}
    assert (1, 256) == (broken.asked, len(answers))


async def test_others_pass_and_the_list_is_read_once_in_ten_minutes() -> None:
    """A dozen requests per refresh, never one per person."""
    directory, clock = Directory(), VirtualClock()
    asked = protected_accounts(directory, clock)

    await asked.check("somebody")
    await asked.check("somebody else")
    assert 1 == directory.asked
    clock.leap_to(clock.now() + CACHED_FOR)
    await asked.check("somebody")
    assert 2 == directory.asked


async def test_nothing_passes_while_the_wall_may_not_be_read() -> None:
    """Fail closed, saying what to do."""
    error = GraphRefusedError("permissionMissing", "no", status=403, remedy="Grant RoleManagement.Read.Directory.")
    with pytest.raises(PermanentError) as refused:
        await protected_accounts(Directory(error=error)).check("somebody")
    assert ("protectedAccountsUnreadable", error.remedy) == (refused.value.code, refused.value.remedy)


async def test_a_failing_graph_lets_nobody_pass_and_makes_them_come_back_for_ten_minutes() -> None:
    """Bad weather does not refuse a run, but a run does not wait for ever either."""
    clock, directory = VirtualClock(), Directory(error=GraphUnavailableError("unavailable", "no", delay=5))
    asked, began = protected_accounts(directory, clock), clock.now()

    for waited in (timedelta(), WAITED_FOR - timedelta(seconds=1)):
        clock.leap_to(began + waited)
        with pytest.raises(RetryLaterError) as again:
            await asked.check("somebody")
        assert 5 == again.value.delay

    clock.leap_to(began + WAITED_FOR)
    with pytest.raises(PermanentError) as refused:
        await asked.check("somebody")
    assert "protectedAccountsUnreadable" == refused.value.code


async def test_weather_that_clears_is_forgotten() -> None:
    """Ten minutes are counted from the first failure after the last time that the wall was read."""
    clock, directory = VirtualClock(), Directory(error=GraphUnavailableError("unavailable", "no", delay=5))
    asked = protected_accounts(directory, clock)
    with pytest.raises(RetryLaterError):
        await asked.check("somebody")
    directory.error = None
    await asked.check("somebody")

    directory.error = GraphUnavailableError("unavailable", "no", delay=5)
    clock.leap_to(clock.now() + CACHED_FOR)
    with pytest.raises(RetryLaterError):
        await asked.check("somebody")


async def test_a_run_writes_nothing_while_the_wall_cannot_be_read(staff: Staff) -> None:
    """Every row of a known person is refused with the code that names the cause."""
    async with in_memory(staff) as world:
        world.stand_in.faults.add(Fault(kind="status", on="roleAssignments*", status=403))
        run = await world.run_to_end("staff.xlsx", write_export(staff))

        rows = [row async for row in world.app.rows.in_order(run)]
        assert 0 == world.writes
        assert {"protectedAccountsUnreadable", "personNotFound"} == {row.code for row in rows}


async def test_whoever_became_an_administrator_while_a_run_was_held_is_left_alone(staff: Staff) -> None:
    """The wall is asked again by apply."""
    async with in_memory(staff, {"MAX_WRITES_UNAPPROVED": "1"}) as world:
        held = await world.run_to_end("staff.xlsx", write_export(staff))
        person = next(member.person for member in staff.members if member.kind is PersonKind.GREENFIELD)
        assert person is not None
        admins = next(iter(world.stand_in.tenant.groups))
        user = world.stand_in.tenant.find(person.id)
        assert user is not None
        world.stand_in.tenant.put(replace(user.to_person(), groups=[admins]))
        world.clock.leap_to(world.clock.now() + timedelta(minutes=11))

        await world.app.decisions.approve(held.id, held.digest, "a test")
        await world.pump()

        rows = {row.object_id: row async for row in world.app.rows.in_order(held)}
        assert ("refused", "protectedAccount") == (rows[person.id].state, rows[person.id].code)
        assert {} == world.stand_in.tenant.people[person.id].methods
