"""Undo of runs that did not go well: rows that failed in part, two attempts, and files that come meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sandbox.graph.faults import Fault
from shared.core.call import SetPhone, SingleCall
from shared.core.record.ownership_record import OwnershipRecord
from shared.core.run.run import Run
from shared.core.values.slot import PhoneType, Slot
from shared.core.values.states import RunState
from testing.in_memory import InMemory
from tests.flows.scheduled.test_undo import (
    FOURTH,
    FOURTH_PERSON,
    HOLDER,
    NEW,
    OLD,
    OTHER,
    SETTLED,
    THIRD,
    WITHOUT,
    applied,
    ends_of,
    export,
    numbers,
    person,
    planned_undo,
    undone,
    world_of,
)

FIFTH = "+1 2025550105"


def owned(record: OwnershipRecord) -> tuple[object, ...]:
    held = record.slots.get(Slot.MOBILE)
    return record.base(), record.run, record.export_time, held and (held.desired, held.wanted_at, held.wanted_by)


async def sms_state(world: InMemory, object_id: str) -> str | None:
    return (await world.app.clients.graph.methods(object_id, email=False)).sms_sign_in_state


async def redriven(world: InMemory, run: Run) -> Run:
    await world.app.redrive(run.id, "administrator")
    await world.pump()
    again = await world.stored(run.id)
    if again.state is RunState.HELD:
        await world.app.decisions.approve(run.id, again.digest, "approver")
        await world.pump()
    world.clock.leap_to(world.clock.now() + SETTLED)
    return await world.stored(run.id)


@pytest.mark.parametrize(
    ("fault", "end"),
    [
        (Fault(kind="status", on="phoneMethods.create", status=400), "failed"),
        (Fault(kind="status", on="phoneMethods.create", status=503), "failed"),
        (Fault(kind="commit-then-drop", on="phoneMethods.create", count=1), "updated"),
    ],
)
async def test_a_row_that_failed_in_part_is_taken_back(fault: Fault, end: str) -> None:
    """The mobile was written and the office number was not; number and SMS sign-in go back to the earlier export."""
    async with world_of({}) as world:
        world.stand_in.tenant.put(person(HOLDER, {"mobile": OLD}, "notEnabled"))
        await applied(world, "a.csv", export(f"{HOLDER},{THIRD}"))
        world.stand_in.tenant.put(person(HOLDER, {"mobile": THIRD}, "notEnabled"))
        was = await world.app.people.get(HOLDER)
        world.stand_in.faults.add(fault)
        run = await applied(world, "b.csv", export(f"{HOLDER},{NEW},{FOURTH}", columns="mobile,office"))
        world.stand_in.faults.withdraw()
        assert (end, NEW) == ((await ends_of(world, run))[HOLDER][0], numbers(world)[HOLDER]["mobile"])

        undo = await undone(world, run.id)

        assert {HOLDER: ("updated", "smsSignInDisabled")} == await ends_of(world, undo)
        assert ({HOLDER: {"mobile": THIRD}}, "notEnabled") == (numbers(world), await sms_state(world, HOLDER))
        assert owned(was) == owned(await world.app.people.get(HOLDER))


@pytest.mark.parametrize(("before", "asked"), [("notEnabled", "yes"), ("ready", "no")])
@pytest.mark.parametrize("meddled", [False, True])
async def test_sms_sign_in_goes_back_over_two_attempts(before: str, asked: str, *, meddled: bool) -> None:
    """The first attempt switched it and failed at the removal; the second one too, if somebody had switched it back."""
    settings = {"SMS_SIGN_IN": "column", "ON_EXISTING": "overwrite", "ALLOW_REMOVALS": "true"}
    async with world_of({}, **settings) as world:
        world.stand_in.tenant.put(person(HOLDER, {"mobile": OLD, "office": FOURTH}, before))
        data = export(f"{HOLDER},{OLD},remove,{asked}", columns="mobile,office,smsSignIn")
        world.stand_in.faults.add(Fault(kind="status", on="phoneMethods.delete", status=400))
        run = await applied(world, "a.csv", data)
        world.stand_in.faults.withdraw()
        switched = await sms_state(world, HOLDER)
        assert ("failed", True) == ((await ends_of(world, run))[HOLDER][0], before != switched)
        if meddled:
            world.stand_in.tenant.put(person(HOLDER, {"mobile": OLD, "office": FOURTH}, before))
        again = await redriven(world, run)
        assert (2, switched) == (len(again.attempts), await sms_state(world, HOLDER))
        assert {HOLDER: {"mobile": OLD}} == numbers(world)

        await undone(world, run.id)

        assert before == await sms_state(world, HOLDER)
        assert {HOLDER: {"mobile": OLD, "office": FOURTH}} == numbers(world)


@pytest.mark.parametrize("meddled", [False, True])
async def test_a_number_goes_back_with_its_sms_sign_in_over_two_attempts(*, meddled: bool) -> None:
    """Graph registered the number that the first attempt wrote, and that of the second one."""
    async with world_of({}, ON_EXISTING="overwrite") as world:
        world.stand_in.tenant.put(person(HOLDER, {"mobile": OLD, "office": FOURTH}, "notEnabled"))
        run = await applied(world, "a.csv", export(f"{HOLDER},{NEW},remove", columns="mobile,office"))
        assert ("ready", "partial") == (await sms_state(world, HOLDER), (await ends_of(world, run))[HOLDER][0])
        if meddled:
            world.stand_in.tenant.put(person(HOLDER, {"mobile": THIRD, "office": FOURTH}, "notEnabled"))
        assert 2 == len((await redriven(world, run)).attempts)
        assert (NEW, "ready") == (numbers(world)[HOLDER]["mobile"], await sms_state(world, HOLDER))

        await undone(world, run.id)

        assert (THIRD if meddled else OLD) == numbers(world)[HOLDER]["mobile"]
        assert "notEnabled" == await sms_state(world, HOLDER)


async def test_an_undo_that_failed_in_part_is_redriven() -> None:
    """And then undone, and that too: each time everything is as the run before left it."""
    before = {HOLDER: {"mobile": OLD}, OTHER: {"mobile": THIRD, "office": FOURTH}}
    async with world_of({**before, WITHOUT: {}}, ALLOW_REMOVALS="true") as world:
        lines = (f"{HOLDER},{NEW},", f"{WITHOUT},{FOURTH},", f"{OTHER},{FIFTH},remove")
        run = await applied(world, "a.csv", export(*lines, columns="mobile,office"))
        after, was = numbers(world), await world.app.people.get(OTHER)
        world.stand_in.faults.add(Fault(kind="status", on="phoneMethods.create", status=400))
        undo = await undone(world, run.id)
        world.stand_in.faults.withdraw()
        assert ("failed", "updated") == (
            (await ends_of(world, undo))[OTHER][0],
            (await ends_of(world, undo))[HOLDER][0],
        )

        last = await redriven(world, undo)
        assert before == numbers(world)
        for expected in (after, before, after):
            last = await undone(world, last.id)
            assert expected == numbers(world)
        assert was.base() == (await world.app.people.get(OTHER)).base()


async def test_a_newer_file_on_its_way_is_not_overwritten() -> None:
    """It is planned before the undo is, and applied before, between, or after the undo's writes."""
    async with world_of({HOLDER: {"mobile": OLD}, OTHER: {"mobile": THIRD}}) as world:
        run = await applied(world, "a.csv", export(f"{HOLDER},{NEW}", f"{OTHER},{FOURTH}"))
        held = await planned_undo(world, run.id)
        await world.app.exports.write("b.csv", export(f"{OTHER},{FIFTH}"))
        newer = await world.split_as_is("b.csv")
        await world.app.decisions.approve(held.id, held.digest, "approver")
        await world.pump()
        stored = await world.stored(newer)
        if stored.state is RunState.HELD:
            await world.app.decisions.approve(newer, stored.digest, "approver")
            await world.pump()

        assert {HOLDER: {"mobile": OLD}, OTHER: {"mobile": FIFTH}} == numbers(world)
        assert newer == (await world.app.people.get(OTHER)).slots[Slot.MOBILE].wanted_by


async def test_an_undo_that_is_approved_a_day_later() -> None:
    """Meanwhile one has changed the number, one is deleted, and one was in a newer call; the last one goes back."""
    people = {HOLDER: {"mobile": OLD}, OTHER: {"mobile": THIRD}, WITHOUT: {}, FOURTH_PERSON: {"mobile": FOURTH}}
    new = {user: f"+1 20255501{place}" for place, user in enumerate(people, 21)}
    async with world_of(people) as world:
        run = await applied(world, "a.csv", export(*(f"{user},{number}" for user, number in new.items())))
        held = await planned_undo(world, run.id)
        world.clock.leap_to(world.clock.now() + timedelta(days=1))
        world.stand_in.tenant.people[HOLDER].methods[PhoneType.MOBILE] = FIFTH
        world.stand_in.tenant.put(replace(person(OTHER, {"mobile": new[OTHER]}), deleted=True))
        newer = SingleCall(WITHOUT, SetPhone(PhoneType.MOBILE, "+1 2025550131"), "caller")
        await world.app.single_calls.do(newer)
        await world.app.decisions.approve(held.id, held.digest, "approver")
        await world.pump()

        assert {
            HOLDER: ("stale", "changedSincePlan"),
            OTHER: ("refused", "personNotFound"),
            WITHOUT: ("kept", "newerExport"),
            FOURTH_PERSON: ("updated", "applied"),
        } == await ends_of(world, held)
        found = {user: one["mobile"] for user, one in numbers(world).items()}
        assert {HOLDER: FIFTH, OTHER: new[OTHER], WITHOUT: "+1 2025550131", FOURTH_PERSON: FOURTH} == found
