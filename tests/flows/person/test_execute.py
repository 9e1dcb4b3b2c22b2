"""Every operation under every fault: what is reported is what is true, for the real gateway on the Graph stand-in."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

import pytest

from sandbox.graph.faults import Fault
from sandbox.graph.options import Options
from sandbox.graph.person import Person
from sandbox.people import Staff
from shared.core.person.account import Methods, PhoneAuthenticationMethod
from shared.core.plan.operations import (
    CreateEmail,
    CreatePhone,
    DeleteEmail,
    DeletePhone,
    DisableSmsSignIn,
    EnableSmsSignIn,
    Operation,
    UpdateEmail,
    UpdatePhone,
    is_done,
)
from shared.core.record.ownership_record import SlotRecord
from shared.core.values.errors import ExplainedError, PermanentError
from shared.core.values.slot import EmailAddress, PhoneNumber, PhoneType, Slot, number_from_graph
from shared.flows.person.execute import Executed, execute_and_verify
from shared.flows.person.send_again import WritePatience
from shared.flows.person.write_errors import NotAppliedError, UnresolvedWriteError
from testing.in_memory import InMemory, hosted, in_memory
from testing.virtual_time import VirtualClock
from testing.virtual_time import run as in_virtual_time

PERSON = "00000000-0000-4000-8000-000000000001"
OLD, NEW = PhoneNumber(1, "2025550101"), PhoneNumber(61, "491570006")
JAN, KIM = EmailAddress("jan@example.com"), EmailAddress("kim@example.com")
MOBILE, OFFICE = PhoneType.MOBILE, PhoneType.OFFICE
START = Person(
    id=PERSON,
    userPrincipalName="p@contoso.example",
    phones={"mobile": OLD.spelled_for_graph()},
    email=JAN.address,
    smsSignInState="notEnabled",
)
OPERATIONS: dict[Operation, Person] = {
    CreatePhone(OFFICE, NEW): START,
    UpdatePhone(MOBILE, OLD, NEW): START,
    DeletePhone(MOBILE, OLD): START,
    CreateEmail(KIM): replace(START, email=None),
    UpdateEmail(JAN, KIM): START,
    DeleteEmail(JAN): START,
    EnableSmsSignIn(): START,
    DisableSmsSignIn(): replace(START, smsSignInState="ready"),
}
"""Each with a person for whom it is to be done."""
STATUSES = (404, 409, 504)
WRITES = "*Methods.[cuden]*"
FAULTS = (
    *(Fault(kind="commit-then-status", on=WRITES, status=status, count=1) for status in STATUSES),
    *(Fault(kind="status", on=WRITES, status=status, count=1) for status in STATUSES),
    Fault(kind="commit-then-drop", on=WRITES, count=1),
    Fault(kind="drop", on=WRITES, count=1),
    Fault(kind="commit-then-status", on=WRITES, status=200, body="<html>", count=1),
    Fault(kind="status", on=WRITES, status=200, body="<html>", count=1),
    Fault(kind="stale-reads", on=WRITES, seconds=10, count=1),
)
SETTLE = 15


async def allowed() -> None:
    """Nobody is protected."""


async def carried_out(
    world: InMemory,
    *operations: Operation,
    person: Person = START,
    own_writes: Mapping[Slot, SlotRecord] = MappingProxyType({}),
) -> Executed | ExplainedError:
    app = world.app
    try:
        return await execute_and_verify(
            app.clients.graph,
            world.clock,
            person.id,
            operations,
            holders_of=app.person_parts.number_holders.of,
            patience=WritePatience(SETTLE, timedelta(seconds=120), is_redelivered=True),
            before_each=allowed,
            own_writes=own_writes,
        )
    except ExplainedError as error:
        return error


def truth(world: InMemory) -> Methods:
    user = world.stand_in.tenant.people[PERSON]
    phones = (PhoneAuthenticationMethod(kind, number_from_graph(number)) for kind, number in user.methods.items())
    mobile = {MOBILE: user.sms_state}
    return Methods(
        tuple(replace(phone, sms_sign_in_state=mobile.get(phone.phone_type)) for phone in phones),
        EmailAddress(user.email) if user.email else None,
    )


async def test_what_is_reported_is_what_is_true() -> None:
    """Done or certainly not done, though reads are ten seconds late; only a 404 to a deletion not done stays open."""
    async with in_memory(Staff(()), options=Options(email_role=True)) as world:
        for operation, person in OPERATIONS.items():
            for fault in FAULTS:
                world.stand_in.tenant.put(person)
                world.stand_in.faults.add(fault)
                if fault.kind.startswith("commit"):
                    world.stand_in.tenant.lag_reads(PERSON, 10)

                result = await carried_out(world, operation)

                case = (operation, fault.kind, fault.status, result)
                gone = isinstance(operation, DeletePhone | DeleteEmail) and fault.status == 404
                if is_done(operation, truth(world)):
                    assert isinstance(result, Executed), case
                elif gone and fault.kind == "status":
                    assert isinstance(result, UnresolvedWriteError), case
                else:
                    assert isinstance(result, NotAppliedError), case
                    assert not result.may_have_written, case
        assert [] == world.stand_in.faults.in_force()


@pytest.mark.parametrize("shown", [1, 2, 3])
def test_early_reads_prove_nothing_when_later_ones_fail(shown: int) -> None:
    """Reads are ten seconds late, and after the first few all fail: a write that was made is not said to be missing."""

    async def story() -> None:
        async with hosted(Staff(()), options=Options(email_role=True)) as world:
            for operation, person in OPERATIONS.items():
                world.stand_in.tenant.put(person)
                world.stand_in.tenant.lag_reads(PERSON, 10)
                world.stand_in.faults.add(Fault(kind="commit-then-status", on=WRITES, status=409, count=1))
                world.stand_in.faults.add(Fault(kind="status", on="*Methods.list", status=500, skip=shown))

                result = await carried_out(world, operation)

                world.stand_in.faults.withdraw()
                assert is_done(operation, truth(world)), operation
                assert isinstance(result, UnresolvedWriteError), (operation, result)

    in_virtual_time(story())


@pytest.mark.parametrize(
    "fault", [Fault(kind="drop", on=WRITES, count=2), Fault(kind="commit-then-status", on=WRITES, status=500, count=2)]
)
@pytest.mark.parametrize("late", [0, 5])
async def test_a_fault_of_chance_costs_seconds(fault: Fault, late: int) -> None:
    """What was not done is sent again as soon as a read shows so, also where that read is late."""
    async with in_memory(Staff(()), options=Options(email_role=True)) as world:
        for operation, person in OPERATIONS.items():
            world.stand_in.tenant.put(person)
            world.stand_in.faults.add(fault)
            world.stand_in.tenant.lag_reads(PERSON, late)
            began = world.clock.now()

            assert isinstance(await carried_out(world, operation), Executed)

            assert world.clock.now() - began < timedelta(seconds=10), operation
            assert is_done(operation, truth(world))
            world.stand_in.faults.withdraw()


class _MeetingClock(VirtualClock):
    """Whoever sleeps wakes together with all others."""

    def __init__(self, people: int) -> None:
        super().__init__()
        self._all = asyncio.Barrier(people)

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds)
        await self._all.wait()


async def test_writes_that_are_in_doubt_together_are_read_together() -> None:
    """One bad moment of Graph costs one call for five people, and their verification another one."""
    people = [replace(START, id=f"{PERSON[:-2]}{n}", userPrincipalName=f"{n}@contoso.example") for n in range(10, 25)]
    async with in_memory(Staff(())) as world:
        for one in people:
            world.stand_in.tenant.put(one)
        world.stand_in.faults.add(Fault(kind="commit-then-drop", on=WRITES, count=len(people)))
        world.clock = _MeetingClock(len(people))

        done = await asyncio.gather(*(carried_out(world, UpdatePhone(MOBILE, OLD, NEW), person=one) for one in people))

        assert {Executed} == set(map(type, done))
        asked = world.stand_in.stats.requests
        assert (len(people), 6, 2 * len(people)) == (
            asked["phoneMethods.update"],
            asked["batch"],
            asked["phoneMethods.list"],
        )


async def test_a_refusal_is_not_sent_again() -> None:
    """It would be the same; only reading shows whether a late replica gave it."""
    async with in_memory(Staff(())) as world:
        world.stand_in.tenant.put(START)
        world.stand_in.faults.add(Fault(kind="status", on="phoneMethods.update", status=409, count=1))

        assert isinstance(await carried_out(world, UpdatePhone(MOBILE, OLD, NEW)), NotAppliedError)

        assert 1 == world.stand_in.stats.requests["phoneMethods.update"]


async def test_a_refusal_that_agrees_with_the_last_write_is_done() -> None:
    """The app has just removed the mobile, so that Graph does not find it is what was wanted."""
    async with in_memory(Staff(())) as world:
        world.stand_in.tenant.put(replace(START, phones={}))
        removed = {Slot.MOBILE: SlotRecord(written_at=world.clock.now())}

        assert isinstance(await carried_out(world, DeletePhone(MOBILE, OLD), own_writes=removed), Executed)

        assert 1 == world.stand_in.stats.requests["phoneMethods.delete"]


async def test_what_somebody_else_has_removed_meanwhile_is_created() -> None:
    """An update of the app's own young write is answered 404: by a late replica, or because there is none any more."""
    async with in_memory(Staff(())) as world:
        world.stand_in.tenant.put(replace(START, phones={}))
        written = {Slot.MOBILE: SlotRecord(written=OLD, written_at=world.clock.now())}

        assert isinstance(await carried_out(world, UpdatePhone(MOBILE, OLD, NEW), own_writes=written), Executed)

        assert NEW == truth(world).number(MOBILE)


async def test_an_alternate_mobile_is_sent_again_when_the_mobile_is_young() -> None:
    """A late replica that does not know the mobile yet refuses the alternate one."""
    async with in_memory(Staff(())) as world:
        world.stand_in.tenant.put(replace(START, phones={"mobile": NEW.spelled_for_graph()}))
        world.stand_in.faults.add(Fault(kind="status", on="phoneMethods.create", status=400, count=2))
        written = {Slot.MOBILE: SlotRecord(written=NEW, written_at=world.clock.now())}

        result = await carried_out(world, CreatePhone(PhoneType.ALTERNATE_MOBILE, OLD), own_writes=written)

        assert isinstance(result, Executed)
        assert OLD == truth(world).number(PhoneType.ALTERNATE_MOBILE)


async def test_somebody_else_s_change_is_neither_done_nor_not_done() -> None:
    """A third value after a doubtful answer is reported as such."""
    async with in_memory(Staff(())) as world:
        world.stand_in.tenant.put(START)
        world.stand_in.faults.add(Fault(kind="drop", on="phoneMethods.update", count=1))

        result = await carried_out(world, UpdatePhone(MOBILE, PhoneNumber(1, "2025550109"), NEW))

        assert isinstance(result, PermanentError)
        assert ("changedSincePlan", True) == (result.code, result.may_have_written)


async def test_an_error_after_an_operation_that_was_done_says_that_there_was_a_write() -> None:
    """One number is created, and then the other one is refused."""
    async with in_memory(Staff(())) as world:
        world.stand_in.tenant.put(START)
        world.stand_in.faults.add(Fault(kind="status", on="phoneMethods.update", status=400))

        result = await carried_out(world, CreatePhone(OFFICE, NEW), UpdatePhone(MOBILE, OLD, NEW))

        assert (OLD, NEW) == (truth(world).number(MOBILE), truth(world).number(OFFICE))
        assert isinstance(result, NotAppliedError)
        assert result.may_have_written


async def test_a_masked_value_tells_nothing_after_doubt() -> None:
    """It may be the old number or the new one."""
    async with in_memory(Staff(()), options=Options(shown_numbers="masked")) as world:
        world.stand_in.tenant.put(START)
        for kind in ("drop", "commit-then-drop"):
            world.stand_in.faults.add(Fault(kind=kind, on="phoneMethods.update", count=1))
            result = await carried_out(world, UpdatePhone(MOBILE, OLD, NEW))
            assert isinstance(result, UnresolvedWriteError)
            assert ("outcomeUnknown", "valueMasked") == (result.code, result.why)
