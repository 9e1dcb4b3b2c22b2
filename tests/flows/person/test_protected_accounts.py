"""Protected accounts: who is off limits, how fresh the answers are, and that nothing passes while they are missing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.exports import write_export
from sandbox.graph.faults import Fault
from sandbox.people import PersonKind, Staff
from shared.adapters.graph.gateway import GraphGateway
from shared.core.person.account import AccountWithMethods, PersonKey
from shared.core.person.privilege import Acceptance, Applications, ProtectionScope, RoleHolders
from shared.core.run.attempts import Attempt, PlanOfRun
from shared.core.run.run import Run
from shared.core.run.safety_limits import PlanFigures
from shared.core.values.errors import (
    GraphRefusedError,
    GraphUnavailableError,
    NoTokenError,
    PermanentError,
    RetryLaterError,
    ThrottledError,
)
from shared.core.values.states import RunState, Source
from shared.flows.person.preconditions import CACHED_FOR, WAITED_FOR
from shared.flows.person.protected_accounts import FEW, FRESH_FOR, ProtectedAccounts
from testing.doubles.privilege import MadeUpPrivilege
from testing.in_memory import in_memory
from testing.virtual_time import VirtualClock

ADMIN, MEMBER, LISTED, OTHER = (f"1b2c3d4e-0000-4000-8000-00000000000{last}" for last in "abcd")
NAME = "root@contoso.example"
A_MINUTE = FRESH_FOR - timedelta(seconds=1)


def protected_accounts(directory: MadeUpPrivilege, clock: VirtualClock | None = None, *names: str) -> ProtectedAccounts:
    return ProtectedAccounts(
        directory, directory, clock or VirtualClock(), scope=ProtectionScope(), names=(LISTED, *names)
    )


def run_of(writes: int) -> Run:
    """An applying run that writes to this many people, in two slots of each."""
    now = datetime(2026, 1, 5, tzinfo=UTC)
    figures = PlanFigures(writes, writes, writes, writes, 0, 0, 0, written=writes)
    attempt = Attempt("export", plan=PlanOfRun(figures=figures))
    return Run("r", RunState.APPLYING, Source.BLOB, "staff.csv", now, (attempt,), now, now)


async def refusal(checked: Awaitable[None]) -> str:
    """The code of the refusal; "" = none."""
    try:
        await checked
    except PermanentError as refused:
        return refused.code
    return ""


@pytest.mark.parametrize("object_id", [ADMIN, ADMIN.upper(), LISTED, LISTED.upper(), MEMBER])
async def test_the_protected_are_refused_in_any_case(object_id: str) -> None:
    """Role holders, privileged people and the ids in the settings."""
    directory = MadeUpPrivilege(frozenset({ADMIN}), frozenset({MEMBER}))
    assert "protectedAccount" == await refusal(protected_accounts(directory).check(object_id))


async def test_many_who_ask_at_once_share_one_read_and_its_failure() -> None:
    """A cold process with hundreds of people in flight reads the list once."""
    directory = MadeUpPrivilege(frozenset({ADMIN}))
    asked = protected_accounts(directory)
    await asyncio.gather(*(asked.check(f"somebody {number}") for number in range(256)))
    assert {1} == set(directory.asked.values())

    broken = MadeUpPrivilege(error=GraphUnavailableError("unavailable", "no", delay=5))
    shut = protected_accounts(broken)
    answers = await asyncio.gather(*(shut.check(f"{number}") for number in range(256)), return_exceptions=True)
    assert {"unavailable"} == {answer.code for answer in answers if isinstance(answer, RetryLaterError)}
    assert (1, 256) == (broken.asked["role_assignments"], len(answers))


async def test_others_pass_and_the_list_is_read_once_in_ten_minutes() -> None:
    """Without a write nothing more is asked."""
    directory, clock = MadeUpPrivilege(), VirtualClock()
    asked = protected_accounts(directory, clock)

    await asked.check("somebody")
    await asked.check("somebody else")
    assert 1 == directory.asked["role_assignments"]
    clock.leap_to(clock.now() + CACHED_FOR)
    await asked.check("somebody")
    assert 2 == directory.asked["role_assignments"]


@pytest.mark.parametrize("writes", [1, 19, 20, 500])
@pytest.mark.parametrize("became", ["holders", "people"])
async def test_no_write_rests_on_an_answer_older_than_a_minute(writes: int, became: str) -> None:
    """Whoever becomes privileged is refused a minute later at the latest, however many people the run writes to."""
    directory, clock = MadeUpPrivilege(), VirtualClock()
    asked, run = protected_accounts(directory, clock), run_of(writes)
    assert "" == await refusal(asked.check_before_write(OTHER, run))
    setattr(directory, became, frozenset({OTHER}))
    clock.leap_to(clock.now() + A_MINUTE)
    assert "" == await refusal(asked.check_before_write(OTHER, run))
    clock.leap_to(clock.now() + FRESH_FOR - A_MINUTE)
    assert "protectedAccount" == await refusal(asked.check_before_write(OTHER, run))


async def test_a_run_of_many_asks_by_chunks_and_the_rest_once_a_minute() -> None:
    """One question for 15 people who are written to at once; then none is asked again within the minute."""
    directory, clock = MadeUpPrivilege(), VirtualClock()
    asked, run = protected_accounts(directory, clock), run_of(60)
    people = [f"person {number}" for number in range(60)]
    for _ in range(2):
        await asyncio.gather(*(asked.check_before_write(person, run) for person in people))
    assert (4, 1, 1) == tuple(directory.asked[name] for name in ("holding_roles", "role_groups", "privileged"))
    clock.leap_to(clock.now() + FRESH_FOR)
    await asked.check_before_write(people[0], run)
    assert (5, 2, 2) == tuple(directory.asked[name] for name in ("holding_roles", "role_groups", "privileged"))
    assert "is_privileged" not in directory.asked


async def test_a_run_of_few_asks_about_each_person() -> None:
    """And about nobody by chunks."""
    directory = MadeUpPrivilege()
    asked, run = protected_accounts(directory), run_of(FEW - 1)
    for person in ("a", "b", "c", "a"):
        await asked.check_before_write(person, run)
    assert 3 == directory.asked["is_privileged"]
    assert "holding_roles" not in directory.asked


async def test_lists_are_read_at_the_same_time() -> None:
    """What makes somebody privileged is known after one round trip, and not after one for each list."""
    met = asyncio.Barrier(3)

    class Meeting(MadeUpPrivilege):
        async def role_assignments(self) -> RoleHolders:
            await met.wait()
            return await super().role_assignments()

        async def role_groups(self) -> frozenset[str]:
            await met.wait()
            return await super().role_groups()

        async def applications(self) -> Applications:
            await met.wait()
            return await super().applications()

    async with asyncio.timeout(10):
        assert "" == await refusal(protected_accounts(Meeting()).check(OTHER))


async def test_lists_are_read_while_people_are_looked_up(staff: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first look-up waits for the lists here, and the lists for no look-up."""
    read, look_up, read_ahead = asyncio.Event(), GraphGateway.look_up_with_methods, ProtectedAccounts.read_ahead

    async def look_up_after_lists(self: GraphGateway, key: PersonKey, *, email: bool) -> AccountWithMethods:
        async with asyncio.timeout(10):
            await read.wait()
        return await look_up(self, key, email=email)

    async def read_and_tell(self: ProtectedAccounts) -> None:
        await read_ahead(self)
        read.set()

    monkeypatch.setattr(GraphGateway, "look_up_with_methods", look_up_after_lists)
    monkeypatch.setattr(ProtectedAccounts, "read_ahead", read_and_tell)
    async with in_memory(staff) as world:
        await world.run_to_end("staff.xlsx", write_export(staff))
        assert read.is_set()
        assert world.writes


async def test_what_cannot_be_read_ahead_is_read_before_the_write() -> None:
    """A failure ahead refuses nobody, and lets nobody pass."""
    directory = MadeUpPrivilege(error=GraphUnavailableError("unavailable", "no", delay=5))
    asked, run = protected_accounts(directory), run_of(60)
    await asked.read_ahead()
    with pytest.raises(RetryLaterError):
        await asked.check_before_write(OTHER, run)
    directory.error, directory.holders = None, frozenset({OTHER})
    assert "protectedAccount" == await refusal(asked.check_before_write(OTHER, run))


async def test_a_name_is_resolved_and_remembered() -> None:
    """Its object id stays protected when the account is renamed or gone, in other processes too; the doctor says so."""
    directory = MadeUpPrivilege(accounts={LISTED: LISTED, NAME: ADMIN})
    first = protected_accounts(directory, None, NAME)
    assert "protectedAccount" == await refusal(first.check(ADMIN))
    assert {} == directory.memory.accounts
    await first.check_before_write(OTHER, run_of(1))
    directory.accounts = {LISTED: LISTED, NAME: MEMBER}
    second = protected_accounts(directory, None, NAME)
    assert ["protectedAccount"] * 2 == [await refusal(second.check(one)) for one in (ADMIN, MEMBER)]
    await second.check_before_write(OTHER, run_of(1))
    directory.accounts = {LISTED: LISTED}
    third = protected_accounts(directory, None, NAME)
    assert ["protectedAccount"] * 2 == [await refusal(third.check(one)) for one in (ADMIN, MEMBER)]
    (gone,) = (await third.report()).gone
    assert ADMIN in gone
    assert "entry 2" in gone
    assert NAME not in gone


async def test_a_name_that_never_was_an_account_makes_the_list_unreadable() -> None:
    """It protects nobody, and whoever set it believes that it does. An id is protected without an account."""
    unreadable = protected_accounts(MadeUpPrivilege(), None, NAME).check(OTHER)
    assert "protectedAccountsUnreadable" == await refusal(unreadable)
    assert "" == await refusal(protected_accounts(MadeUpPrivilege()).check(OTHER))


@pytest.mark.parametrize(("before", "after", "shrunk"), [(20, 9, True), (20, 10, False), (11, 5, True), (9, 4, False)])
async def test_a_role_list_that_shrinks_is_unreadable_until_it_is_accepted(
    before: int, after: int, *, shrunk: bool
) -> None:
    """Fewer by more than half and by more than five; the acceptance is recorded, and counts from then on."""
    directory, clock = MadeUpPrivilege(frozenset(f"admin {number}" for number in range(before))), VirtualClock()
    await protected_accounts(directory, clock).check_before_write(OTHER, run_of(1))
    directory.holders = frozenset(f"admin {number}" for number in range(after))
    later = protected_accounts(directory, clock)
    assert ("protectedAccountsUnreadable" if shrunk else "") == await refusal(later.check(OTHER))
    accepted = await later.accept("a person")
    assert (Acceptance("a person", clock.now(), before, after) if shrunk else None) == accepted
    assert ((accepted,) if accepted else ()) == directory.memory.acceptances
    assert "" == await refusal(later.check(OTHER))


async def test_nothing_passes_while_the_list_may_not_be_read() -> None:
    """Fail closed, saying what to do."""
    error = GraphRefusedError("permissionMissing", "no", status=403, remedy="Grant RoleManagement.Read.Directory.")
    with pytest.raises(PermanentError) as refused:
        await protected_accounts(MadeUpPrivilege(error=error)).check("somebody")
    assert ("protectedAccountsUnreadable", error.remedy) == (refused.value.code, refused.value.remedy)


@pytest.mark.parametrize(
    "error",
    [
        GraphUnavailableError("graphUnavailable", "no", delay=5),
        ThrottledError("throttled", "no", delay=5),
        NoTokenError("tokenUnavailable", "no", delay=5),
        NoTokenError("tokenRejected", "no", delay=5),
    ],
    ids=lambda error: error.code,
)
async def test_no_transient_fault_makes_the_list_unreadable(error: RetryLaterError) -> None:
    """Nobody passes and nobody is refused, however long it lasts."""
    clock, directory = VirtualClock(), MadeUpPrivilege(error=error)
    asked = protected_accounts(directory, clock)
    for hours in (0, 1, 24):
        clock.leap_to(clock.now() + timedelta(hours=hours))
        with pytest.raises(RetryLaterError):
            await asked.check("somebody")


async def test_a_list_that_cannot_be_believed_makes_them_come_back_for_ten_minutes() -> None:
    """One such answer does not refuse a run, but a run does not wait for ever either."""
    clock, directory = VirtualClock(), MadeUpPrivilege(error=GraphUnavailableError("answerUnreadable", "no", delay=5))
    asked, began = protected_accounts(directory, clock), clock.now()

    for waited in (timedelta(), WAITED_FOR - timedelta(seconds=1)):
        clock.leap_to(began + waited)
        with pytest.raises(RetryLaterError) as again:
            await asked.check("somebody")
        assert 5 == again.value.delay

    clock.leap_to(began + WAITED_FOR)
    assert "protectedAccountsUnreadable" == await refusal(asked.check("somebody"))


async def test_weather_that_clears_is_forgotten() -> None:
    """Ten minutes are counted from the first failure after the last time that the list was read."""
    clock, directory = VirtualClock(), MadeUpPrivilege(error=GraphUnavailableError("unavailable", "no", delay=5))
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
