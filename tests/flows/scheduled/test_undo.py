"""Undo: a run of its own that restores what another run or call changed, and leaves what was set since."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.graph.person import GLOBAL_ADMINISTRATOR, Person
from sandbox.people import Staff
from shared.core.call import RemovePhone, SetPhone, SingleCall, SwitchSmsSignIn
from shared.core.run.row import Row
from shared.core.run.run import Run
from shared.core.values.errors import PermanentError
from shared.core.values.slot import PhoneType, Slot
from shared.core.values.states import RowState, RunState, Source
from testing.doubles import MemoryStorage
from testing.in_memory import InMemory, in_memory

OLD, NEW, THIRD, FOURTH = "+1 2025550101", "+1 2025550102", "+1 2025550103", "+1 2025550104"
PEOPLE = tuple(f"00000000-0000-4000-8000-{number:012d}" for number in range(1, 5))
HOLDER, WITHOUT, OTHER, FOURTH_PERSON = PEOPLE
SETTLED = timedelta(seconds=200)
"""Longer than reads may be late."""


def person(object_id: str, phones: Mapping[str, str], sms: str = "notAllowedByPolicy") -> Person:
    name = f"{object_id[-3:]}@contoso.example"
    return Person(id=object_id, userPrincipalName=name, phones=dict(phones), smsSignInState=sms)


@asynccontextmanager
async def world_of(
    people: Mapping[str, Mapping[str, str]], *, storage: Any = MemoryStorage, **settings: str
) -> AsyncIterator[InMemory]:
    async with in_memory(Staff(()), settings, storage=storage) as world:
        for object_id, phones in people.items():
            world.stand_in.tenant.put(person(object_id, phones))
        yield world


def export(*lines: str, columns: str = "mobile") -> bytes:
    return "\n".join([f"objectId,{columns}", *lines, ""]).encode()


async def applied(world: InMemory, name: str, data: bytes) -> Run:
    """The run of an export, approved if it is held, once it has ended and reads show what it wrote."""
    run = await world.run_to_end(name, data)
    if run.state is RunState.HELD:
        await world.app.decisions.approve(run.id, run.digest, "approver")
        await world.pump()
    world.clock.leap_to(world.clock.now() + SETTLED)
    return await world.stored(run.id)


async def planned_undo(world: InMemory, run: str, *, preview: bool = False) -> Run:
    undo = await world.app.undo(run, "administrator", preview=preview)
    await world.pump()
    return await world.stored(undo.id)


async def undone(world: InMemory, run: str) -> Run:
    held = await planned_undo(world, run)
    assert RunState.HELD is held.state
    await world.app.decisions.approve(held.id, held.digest, "approver")
    await world.pump()
    world.clock.leap_to(world.clock.now() + SETTLED)
    return await world.stored(held.id)


async def rows_of(world: InMemory, run: Run) -> dict[str, Row]:
    return {row.object_id: row async for row in world.app.rows.in_order(run)}


async def ends_of(world: InMemory, run: Run) -> dict[str, tuple[str, str]]:
    return {user: (row.state.value, row.code) for user, row in (await rows_of(world, run)).items()}


def numbers(world: InMemory) -> dict[str, dict[str, str]]:
    return {user: found for user, found in world.directory().items() if found}


async def test_created_updated_and_removed_numbers_are_as_before() -> None:
    """Every kind of change in one run; the undo needs an approval, and no permission to remove."""
    before = {HOLDER: {"mobile": OLD}, OTHER: {"mobile": THIRD, "office": FOURTH}}
    async with world_of({**before, WITHOUT: {}}, ALLOW_REMOVALS="true") as world:
        lines = (f"{HOLDER},{NEW},", f"{WITHOUT},{FOURTH},", f"{OTHER},,remove")
        run = await applied(world, "a.csv", export(*lines, columns="mobile,office"))
        assert {HOLDER: {"mobile": NEW}, WITHOUT: {"mobile": FOURTH}, OTHER: {"mobile": THIRD}} == numbers(world)

        undo = await undone(world, run.id)

        assert before == numbers(world)
        assert (Source.UNDO, RunState.FINISHED, run.id) == (undo.source, undo.state, undo.undoes)
        expected = {HOLDER: ("updated", "applied"), WITHOUT: ("removed", "applied"), OTHER: ("created", "applied")}
        assert expected == await ends_of(world, undo)
        assert f"{undo.id}/result.xlsx" == undo.result_blob
        assert f"{undo.id}/plan.xlsx" in world.storage.container("results").blobs
        assert {None} == {row.undoing for row in (await rows_of(world, undo)).values()}


async def test_a_preview_tells_what_would_happen_and_writes_nothing() -> None:
    """Its plan is that of the undo itself."""
    async with world_of({HOLDER: {"mobile": OLD}}) as world:
        run = await applied(world, "a.csv", export(f"{HOLDER},{NEW}"))
        preview = await planned_undo(world, run.id, preview=True)
        held = await planned_undo(world, run.id)

        assert (RunState.FINISHED, RunState.HELD) == (preview.state, held.state)
        plans = [row.plan for one in (preview, held) for row in (await rows_of(world, one)).values()]
        assert plans[0] == plans[1]
        assert {HOLDER: {"mobile": NEW}} == numbers(world)


async def test_what_was_changed_since_is_left_and_says_why() -> None:
    """A person's own change, a person's own removal, a newer export; the rest goes back."""
    people = {
        HOLDER: {"mobile": OLD},
        WITHOUT: {},
        OTHER: {"mobile": THIRD},
        FOURTH_PERSON: {"mobile": "+1 2025550111"},
    }
    async with world_of(people) as world:
        lines = [f"{user},+1 20255501{place}" for place, user in enumerate(PEOPLE, 21)]
        run = await applied(world, "a.csv", export(*lines))
        world.stand_in.tenant.people[HOLDER].methods[PhoneType.MOBILE] = "+1 2025550131"
        del world.stand_in.tenant.people[WITHOUT].methods[PhoneType.MOBILE]
        await applied(world, "b.csv", export(f"{OTHER},+1 2025550132"))

        undo = await undone(world, run.id)

        assert {
            HOLDER: ("kept", "changedSince"),
            WITHOUT: ("kept", "removedSince"),
            OTHER: ("kept", "newerExport"),
            FOURTH_PERSON: ("updated", "applied"),
        } == await ends_of(world, undo)
        assert {
            HOLDER: {"mobile": "+1 2025550131"},
            OTHER: {"mobile": "+1 2025550132"},
            FOURTH_PERSON: {"mobile": "+1 2025550111"},
        } == numbers(world)


async def test_a_change_while_the_undo_waits_is_left() -> None:
    """The plan was made before; nothing is overwritten."""
    async with world_of({HOLDER: {"mobile": OLD}, OTHER: {"mobile": THIRD}}) as world:
        run = await applied(world, "a.csv", export(f"{HOLDER},{NEW}", f"{OTHER},{FOURTH}"))
        held = await planned_undo(world, run.id)
        world.stand_in.tenant.people[HOLDER].methods[PhoneType.MOBILE] = "+1 2025550131"
        await applied(world, "b.csv", export(f"{OTHER},+1 2025550132"))
        await world.app.decisions.approve(held.id, held.digest, "approver")
        await world.pump()

        assert {HOLDER: ("stale", "changedSincePlan"), OTHER: ("kept", "newerExport")} == await ends_of(world, held)
        assert {HOLDER: {"mobile": "+1 2025550131"}, OTHER: {"mobile": "+1 2025550132"}} == numbers(world)


async def test_an_undo_is_undone() -> None:
    """And that too; each time exactly what the run before wrote."""
    before, after = {HOLDER: {"mobile": OLD}}, {HOLDER: {"mobile": NEW}, WITHOUT: {"mobile": THIRD}}
    async with world_of({**before, WITHOUT: {}}) as world:
        last = await applied(world, "a.csv", export(f"{HOLDER},{NEW}", f"{WITHOUT},{THIRD}"))
        people = [await world.app.people.get(user) for user in (HOLDER, WITHOUT)]
        for expected in (before, after, before, after):
            last = await undone(world, last.id)
            assert expected == numbers(world)
        again = [await world.app.people.get(user) for user in (HOLDER, WITHOUT)]
        assert [record.base() for record in people] == [record.base() for record in again]


async def test_the_record_is_as_before_the_run() -> None:
    """What the app did not own is not owned; what an earlier run set is that run's again."""
    async with world_of({HOLDER: {"mobile": OLD}, OTHER: {}}) as world:
        await applied(world, "a.csv", export(f"{OTHER},{THIRD}"))
        before = {user: await world.app.people.get(user) for user in (HOLDER, OTHER)}
        run = await applied(world, "b.csv", export(f"{HOLDER},{NEW}", f"{OTHER},{FOURTH}"))

        await undone(world, run.id)

        assert {HOLDER: {"mobile": OLD}, OTHER: {"mobile": THIRD}} == numbers(world)
        for user, was in before.items():
            now = await world.app.people.get(user)
            assert (was.base(), was.export_time, was.run) == (now.base(), now.export_time, now.run)
            wanted = [
                {slot: (one.desired, one.wanted_at, one.wanted_by) for slot, one in record.slots.items() if one.desired}
                for record in (was, now)
            ]
            assert wanted[0] == wanted[1]


async def test_runs_are_undone_one_after_the_other() -> None:
    """The newer run only confirmed what the older one wrote; without the newer one, the older is the newest."""
    async with world_of({HOLDER: {"mobile": OLD}, WITHOUT: {}}) as world:
        before = {user: await world.app.people.get(user) for user in (HOLDER, WITHOUT)}
        runs = [
            await applied(world, f"{name}.csv", export(f"{HOLDER},{NEW}", f"{WITHOUT},{THIRD}", f"{OTHER},", *more))
            for name, more in {"a": (), "b": ("nobody@contoso.example,",)}.items()
        ]
        for run in reversed(runs):
            await undone(world, run.id)
            last = {user: await world.app.people.get(user) for user in (HOLDER, WITHOUT)}
        assert {HOLDER: {"mobile": OLD}} == numbers(world)
        for user, was in before.items():
            now = last[user]
            assert (was.base(), was.export_time, was.run) == (now.base(), now.export_time, now.run)
            assert {None} == {held.wanted_at for held in now.slots.values()}


async def test_attempts_are_undone_newest_first() -> None:
    """The second attempt wrote what the first could not, and again what a person had changed between them."""
    people = {HOLDER: {"mobile": OLD}, OTHER: {"mobile": OLD, "office": FOURTH}}
    async with world_of(people, ON_EXISTING="overwrite") as world:
        lines = (f"{HOLDER},{NEW},", f"{WITHOUT},{THIRD},", f"{OTHER},{NEW},remove")
        run = await applied(world, "a.csv", export(*lines, columns="mobile,office"))
        assert "partial" == (await ends_of(world, run))[OTHER][0]
        world.stand_in.tenant.put(person(WITHOUT, {}))
        world.stand_in.tenant.people[OTHER].methods[PhoneType.MOBILE] = "+1 2025550131"
        await world.app.redrive(run.id, "administrator")
        await world.pump()
        world.clock.leap_to(world.clock.now() + SETTLED)
        again = await world.stored(run.id)
        if again.state is RunState.HELD:
            await world.app.decisions.approve(run.id, again.digest, "approver")
            await world.pump()
            world.clock.leap_to(world.clock.now() + SETTLED)
        assert 2 == len(again.attempts)
        assert {HOLDER: NEW, WITHOUT: THIRD, OTHER: NEW} == {
            user: one["mobile"] for user, one in numbers(world).items()
        }

        await undone(world, run.id)

        expected = {HOLDER: {"mobile": OLD}, OTHER: {"mobile": "+1 2025550131", "office": FOURTH}}
        assert expected == numbers(world)
        for user in (HOLDER, WITHOUT, OTHER):
            assert {} == (await world.app.people.get(user)).base()


@pytest.mark.parametrize("state", ["ready", "notEnabled"])
async def test_sms_sign_in_is_as_before(state: str) -> None:
    """Graph registers every number that is written; what was off before is switched off again."""
    async with world_of({}, ALLOW_REMOVALS="true") as world:
        world.stand_in.tenant.put(person(HOLDER, {"mobile": OLD}, state))
        run = await applied(world, "a.csv", export(f"{HOLDER},{NEW}"))

        await undone(world, run.id)

        assert {HOLDER: {"mobile": OLD}} == numbers(world)
        assert state == (await world.app.clients.graph.methods(HOLDER, email=False)).sms_sign_in_state


async def test_calls_are_undone_too() -> None:
    """A change, a removal and a switch of SMS sign-in."""
    async with world_of({WITHOUT: {}}) as world:
        world.stand_in.tenant.put(person(HOLDER, {"mobile": OLD}, "notEnabled"))
        calls = world.app.single_calls
        for action, expected in (
            (SetPhone(PhoneType.MOBILE, NEW), {"mobile": OLD}),
            (RemovePhone(PhoneType.MOBILE), {"mobile": OLD}),
            (SwitchSmsSignIn(enabled=True), {"mobile": OLD}),
        ):
            done = await calls.do(SingleCall(HOLDER, action, "caller"))
            world.clock.leap_to(world.clock.now() + SETTLED)
            undo = await undone(world, done.run)
            assert ({HOLDER: expected}, RunState.FINISHED) == (numbers(world), undo.state), action
        shown = await world.app.clients.graph.methods(HOLDER, email=False)
        assert "notEnabled" == shown.sms_sign_in_state


async def test_an_undo_that_cannot_be_is_refused() -> None:
    """An unknown run, one that is held, one that changed nothing, and one whose values are deleted."""
    async with world_of({HOLDER: {"mobile": OLD}, WITHOUT: {}}, KEEP_CHANGES_DAYS="2") as world:

        async def refusal(run: str) -> str:
            with pytest.raises(PermanentError) as refused:
                await world.app.undo(run, "administrator")
            return refused.value.code

        run = await applied(world, "a.csv", export(f"{HOLDER},{NEW}"))
        previewed = await world.run_to_end("preview/b.csv", export(f"{WITHOUT},{THIRD}", f"{HOLDER},{NEW}"))
        held = await planned_undo(world, run.id)
        assert "runNotFound" == await refusal("20260101T000000Z-0123456789")
        assert "runNotUndoable" == await refusal(held.id)
        assert "nothingToUndo" == await refusal(previewed.id)
        assert held.id == (await planned_undo(world, run.id)).id
        await world.app.decisions.reject(held.id, "approver")
        world.clock.leap_to(world.clock.now() + timedelta(days=3))
        await world.app.sweep()
        await world.pump()
        assert "undoTooLate" == await refusal(run.id)
        assert {RowState.UNPROCESSED} == {row.state for row in (await rows_of(world, held)).values()}


async def test_a_slot_that_is_not_restored_stays_the_run_s() -> None:
    """After the day a number is not given back; the other slot is, and ownership follows slot by slot."""
    settings = {"PHONE_DELIVERY": "microsoft", "PHONE_RETIREMENT_DATE": "2027-02-01", "KEEP_CHANGES_DAYS": "400"}
    async with world_of({HOLDER: {"mobile": OLD}}, **settings) as world:
        run = await applied(world, "a.csv", export(f"{HOLDER},{NEW},{THIRD}", columns="mobile,office"))
        written = (await world.app.people.get(HOLDER)).slots[Slot.MOBILE]
        world.clock.leap_to(datetime(2027, 2, 1, tzinfo=UTC))

        undo = await undone(world, run.id)

        assert {HOLDER: ("partial", "phoneDeliveryEnded")} == await ends_of(world, undo)
        assert {HOLDER: {"mobile": NEW}} == numbers(world)
        record = await world.app.people.get(HOLDER)
        assert written == record.slots[Slot.MOBILE]
        assert None is record.slots[Slot.OFFICE].base


async def test_who_is_gone_or_protected_by_now_is_left() -> None:
    """Since the run, or while its undo waits; the others go back, and a number that Graph does not let go says so."""
    people = {HOLDER: {"mobile": OLD}, OTHER: {"mobile": OLD}, WITHOUT: {}, FOURTH_PERSON: {"office": FOURTH}}
    new = {user: f"+1 20255501{place}" for place, user in enumerate(people, 21)}
    async with world_of(people) as world:
        run = await applied(world, "a.csv", export(*(f"{user},{number}" for user, number in new.items())))
        defaulted = person(FOURTH_PERSON, {"mobile": new[FOURTH_PERSON], "office": FOURTH})
        world.stand_in.tenant.put(replace(defaulted, default_method=PhoneType.MOBILE))
        held = await planned_undo(world, run.id)
        world.stand_in.tenant.put(replace(person(HOLDER, {"mobile": new[HOLDER]}), deleted=True))
        world.stand_in.tenant.put(replace(person(OTHER, {"mobile": new[OTHER]}), roles=[GLOBAL_ADMINISTRATOR]))
        world.clock.leap_to(world.clock.now() + timedelta(hours=2))
        await world.app.decisions.approve(held.id, held.digest, "approver")
        await world.pump()

        expected = {
            HOLDER: ("refused", "personNotFound"),
            OTHER: ("refused", "protectedAccount"),
            WITHOUT: ("removed", "applied"),
            FOURTH_PERSON: ("refused", "defaultMethod"),
        }
        assert expected == await ends_of(world, held)
        again = await undone(world, run.id)
        ends = {row.key: (row.state.value, row.code) async for row in world.app.rows.in_order(again)}
        assert {**expected, WITHOUT: ("kept", "removedSince")} == ends


async def test_an_alternate_mobile_goes_before_the_mobile() -> None:
    """Graph keeps a mobile while there is an alternate one."""
    async with world_of({HOLDER: {}}) as world:
        run = await applied(world, "a.csv", export(f"{HOLDER},{NEW},{THIRD}", columns="mobile,alternateMobile"))
        assert {HOLDER: {"mobile": NEW, "alternateMobile": THIRD}} == numbers(world)
        assert {HOLDER: ("removed", "applied")} == await ends_of(world, await undone(world, run.id))
        assert {} == numbers(world)


async def test_two_calls_for_one_slot_are_undone_newest_first() -> None:
    """The first created the number, the second changed it: the first alone is left, after the second it goes back."""
    async with world_of({HOLDER: {}}) as world:
        runs = list[str]()
        for wanted in (NEW, THIRD):
            done = await world.app.single_calls.do(SingleCall(HOLDER, SetPhone(PhoneType.MOBILE, wanted), "caller"))
            runs.append(done.run)
            world.clock.leap_to(world.clock.now() + SETTLED)
        ends = [(await ends_of(world, await undone(world, run)))[HOLDER] for run in (runs[0], runs[1], runs[0])]
        assert [("kept", "newerExport"), ("updated", "applied"), ("removed", "applied")] == ends
        assert {} == numbers(world)


@pytest.mark.parametrize(("seconds", "restored"), [(-1, True), (0, False)])
async def test_from_the_day_on_only_removals_are_restored(seconds: int, *, restored: bool) -> None:
    """Exactly from 00:00 UTC of the day a number is not given back, by name; what the run created is still removed."""
    settings = {"PHONE_DELIVERY": "microsoft", "PHONE_RETIREMENT_DATE": "2027-02-01", "KEEP_CHANGES_DAYS": "400"}
    async with world_of({HOLDER: {"mobile": OLD}, WITHOUT: {}}, **settings) as world:
        run = await applied(world, "a.csv", export(f"{HOLDER},{NEW}", f"{WITHOUT},{THIRD}"))
        world.clock.leap_to(datetime(2027, 2, 1, tzinfo=UTC) + timedelta(seconds=seconds))

        undo = await undone(world, run.id)

        holder = ("updated", "applied") if restored else ("refused", "phoneDeliveryEnded")
        assert {HOLDER: holder, WITHOUT: ("removed", "applied")} == await ends_of(world, undo)
        assert {HOLDER: {"mobile": OLD if restored else NEW}} == numbers(world)
