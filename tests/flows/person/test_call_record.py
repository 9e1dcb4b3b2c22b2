"""Calls for one person under repetition, death, doubt, locks and limits: one call is one write, and the row is true."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from sandbox.graph.faults import Fault
from shared.adapters.graph.method_ids import METHOD_IDS
from shared.core.call import (
    CallAction,
    Mode,
    RemovePhone,
    SetEmail,
    SetPhone,
    SingleCall,
    SingleCallResult,
    SwitchSmsSignIn,
)
from shared.core.person.account import Methods
from shared.core.plan.operations import Operation
from shared.core.record.ownership_record import Confirmation, OwnershipRecord
from shared.core.run.row import Row
from shared.core.run.run import Run
from shared.core.values.errors import (
    ExplainedError,
    GraphUnavailableError,
    OutcomeUnknownError,
    PermanentError,
    RetryLaterError,
)
from shared.core.values.slot import MaskedValue, PhoneType, Slot, value_to_json
from shared.core.values.states import RowState, RunState
from shared.flows.graph_ports import MethodsPort
from shared.flows.person.call_records import IN_PROGRESS, CallRecords
from shared.flows.person.single_call import SingleCalls
from shared.flows.person.write_errors import UnresolvedWriteError
from testing.in_memory import InMemory
from tests.flows.one_person import NOBODYS, PERSON, READY, A, B, C, do, recorded, stored, world_with
from tests.flows.small_tenant import csv

MOBILE = PhoneType.MOBILE
ID = "3f9c0000-0000-4000-8000-00000000000a"
CREATE = SetPhone(MOBILE, B, Mode.CREATE)
ATTEMPTS = 5
"""How often a write in doubt is sent before a call ends."""


class DiedError(Exception):
    """The process ends here."""


class DyingGraph:
    """The real gateway in a process that ends at its first write, before or after it is done."""

    def __init__(self, graph: MethodsPort, *, done: bool) -> None:
        self._graph = graph
        self._done = done

    async def methods(self, user_id: str, *, email: bool = False, together: bool = False) -> Methods:
        return await self._graph.methods(user_id, email=email, together=together)

    async def execute(self, user_id: str, operation: Operation) -> str:
        if self._done:
            await self._graph.execute(user_id, operation)
        raise DiedError


class SilentGraph:
    """Never answers a write, and reads only if it `reads`: then at once, so that the time is up during the write."""

    def __init__(self, *, reads: bool) -> None:
        self._reads = reads

    async def methods(self, _user_id: str, *, email: bool = False, together: bool = False) -> Methods:  # noqa: ARG002 - the protocol's
        return Methods() if self._reads else await never()

    async def execute(self, _user_id: str, _operation: Operation) -> str:
        return await never()


class LostGraph:
    """The real gateway, of which nothing is heard any more once a write is sent; the write is done."""

    def __init__(self, graph: MethodsPort) -> None:
        self._graph = graph
        self.is_lost = False

    async def methods(self, user_id: str, *, email: bool = False, together: bool = False) -> Methods:
        if self.is_lost:
            raise GraphUnavailableError("graphUnavailable", "Graph did not answer", delay=10)
        return await self._graph.methods(user_id, email=email, together=together)

    async def execute(self, user_id: str, operation: Operation) -> str:
        await self._graph.execute(user_id, operation)
        self.is_lost = True
        raise OutcomeUnknownError("graphUnavailable", "Graph did not answer", status=None)


def writing_to(single_calls: SingleCalls, graph: MethodsPort) -> SingleCalls:
    return replace(single_calls, writer=replace(single_calls.writer, graph=graph))


async def never[T]() -> T:
    await asyncio.Event().wait()
    raise AssertionError("an event that nobody sets was set")


async def repeat(world: InMemory, action: CallAction = CREATE, caller: str = "a test") -> SingleCallResult:
    return await do(world, action, caller=caller, repeatability_id=ID)


async def test_what_is_stored_of_a_call_cannot_be_tried_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers are few: the seal of what was asked hangs on the caller's id, which is stored nowhere."""
    monkeypatch.setattr("shared.flows.person.call_records.secrets.token_hex", lambda _length: "the same nonce")
    another = ID.replace("a", "b")
    async with world_with(NOBODYS) as world:
        for repeatability_id in (ID, another):
            await do(world, SetPhone(MOBILE, B), repeatability_id=repeatability_id)
            await world.clock.sleep(1)
        (first, _), (second, _) = await recorded(world)
        assert first.nonce == second.nonce
        assert first.content_sha256 != second.content_sha256
        assert not any(repeatability_id in stored(world) for repeatability_id in (ID, another))


async def the_process_dies(world: InMemory, *, done: bool) -> None:
    """During the first write of the call, after or before Graph has done it."""
    single_calls = world.app.single_calls
    dying = writing_to(single_calls, DyingGraph(single_calls.writer.graph, done=done))
    with pytest.raises(DiedError):
        await dying.do(SingleCall(PERSON, CREATE, "a test", ID))


async def test_a_repeated_call_gets_the_first_outcome_and_writes_once() -> None:
    """Though the method exists by then, so that the same call under another id would be a conflict."""
    async with world_with(NOBODYS) as world:
        first, second = await repeat(world), await repeat(world)

        assert (RowState.CREATED, False, True) == (first.outcome.state, first.repeated, second.repeated)
        assert (first.run, first.outcome, first.old, first.new) == (
            second.run,
            second.outcome,
            second.old,
            second.new,
        )
        assert (1, 1) == (world.writes, len(await recorded(world)))
        with pytest.raises(PermanentError) as conflict:
            await do(world, CREATE, repeatability_id=ID.replace("a", "b"))
        assert "methodExists" == conflict.value.code


@pytest.mark.parametrize(
    ("action", "state", "old"),
    [
        (SetPhone(MOBILE, B), RowState.UPDATED, MaskedValue()),
        (SetPhone(MOBILE, A), RowState.UNCHANGED, A),
        (RemovePhone(MOBILE), RowState.REMOVED, MaskedValue()),
        (SwitchSmsSignIn(enabled=False), RowState.REMOVED, MaskedValue()),
        (SwitchSmsSignIn(enabled=True), RowState.UNCHANGED, MaskedValue()),
    ],
    ids=repr,
)
async def test_a_repeated_call_no_longer_knows_what_was_there(
    action: CallAction, state: RowState, old: MaskedValue | str
) -> None:
    """No number is kept for it; what the call itself asks for is returned again."""
    async with world_with(READY) as world:
        first, second = await repeat(world, action), await repeat(world, action)

        assert (state, state) == (first.outcome.state, second.outcome.state)
        assert old == (second.old if isinstance(old, MaskedValue) else value_to_json(second.old))
        assert first.new == second.new or isinstance(action, SwitchSmsSignIn)


async def test_another_call_under_the_same_id_is_refused() -> None:
    """Another number, another verb, another person: none of it is done."""
    somebody_else = replace(NOBODYS, id=PERSON.replace("1", "2"), userPrincipalName="q@contoso.example")
    async with world_with(NOBODYS) as world:
        world.stand_in.tenant.put(somebody_else)
        await repeat(world)
        others = [
            SingleCall(PERSON, SetPhone(MOBILE, C, Mode.CREATE), "a test", ID),
            SingleCall(PERSON, SetPhone(MOBILE, B), "a test", ID),
            SingleCall(PERSON, RemovePhone(MOBILE), "a test", ID),
            SingleCall(somebody_else.id, CREATE, "a test", ID),
        ]
        for call in others:
            with pytest.raises(PermanentError) as refusal:
                await world.app.single_calls.do(call)
            assert "repeatabilityIdReused" == refusal.value.code
        assert (1, 1) == (world.writes, len(await recorded(world)))


async def test_ids_of_different_callers_never_meet() -> None:
    """Nobody learns from an id what another caller did with it, nor keeps them from using it."""
    async with world_with(NOBODYS) as world:
        await repeat(world)
        theirs = await repeat(world, SetPhone(MOBILE, C), caller="somebody else")

        assert (RowState.UPDATED, False) == (theirs.outcome.state, theirs.repeated)


async def test_a_person_named_in_two_ways_is_the_same_call() -> None:
    """What counts is whom the call is about, not how that is spelled."""
    async with world_with(NOBODYS) as world:
        first = await repeat(world)
        second = await world.app.single_calls.do(SingleCall("p@contoso.example", CREATE, "a test", ID))

        assert (first.run, True) == (second.run, second.repeated)


async def test_no_number_and_no_id_is_kept_for_repetition() -> None:
    """Runs and rows hold neither in clear."""
    async with world_with(NOBODYS) as world:
        await repeat(world)
        await do(world, SetEmail("jan@example.com"), repeatability_id="another")

        kept = stored(world, "Runs", "Rows")
        assert [] == [secret for secret in ("5550102", "jan@", ID, "another") if secret in kept]


async def test_two_who_make_the_same_call_at_once_make_one_write() -> None:
    """One goes on, the other gets the code to repeat the call, and then the first outcome."""
    async with world_with(NOBODYS) as world:
        outcomes = await asyncio.gather(repeat(world), repeat(world), return_exceptions=True)

        (done,) = [outcome for outcome in outcomes if isinstance(outcome, SingleCallResult)]
        (told,) = [outcome for outcome in outcomes if isinstance(outcome, RetryLaterError)]
        assert ("callInProgress", RowState.CREATED, 1) == (told.code, done.outcome.state, world.writes)
        assert (done.run, True) == ((again := await repeat(world)).run, again.repeated)


@pytest.mark.parametrize("done", [True, False])
async def test_a_call_whose_process_died_is_taken_up_by_its_repetition(*, done: bool) -> None:
    """Two minutes later; what the dead attempt had written is its own, not a conflict, and is not written twice."""
    async with world_with(NOBODYS) as world:
        await the_process_dies(world, done=done)
        with pytest.raises(RetryLaterError) as too_early:
            await repeat(world)
        assert ("callInProgress", 120.0) == (too_early.value.code, round(too_early.value.delay))

        world.clock.leap_to(world.clock.now() + IN_PROGRESS)
        result = await repeat(world)

        assert (RowState.CREATED, B, 1) == (result.outcome.state, value_to_json(result.new), world.writes)
        ((run, row),) = await recorded(world)
        assert (RunState.FINISHED, RowState.CREATED, None) == (run.state, row.state, row.plan)
        assert result.new in (await world.app.people.get(PERSON)).base().values()


async def test_a_dead_call_that_the_sweep_closed_can_still_be_repeated() -> None:
    """The sweep says that nothing is known; the repetition finds out."""
    async with world_with(NOBODYS) as world:
        await the_process_dies(world, done=True)
        world.clock.leap_to(world.clock.now() + timedelta(minutes=31))
        await world.app.sweep()
        assert [(RunState.FAILED, RowState.UNCONFIRMED)] == [(r.state, row.state) for r, row in await recorded(world)]

        assert RowState.CREATED is (await repeat(world)).outcome.state
        assert [(RunState.FINISHED, RowState.CREATED)] == [(r.state, row.state) for r, row in await recorded(world)]
        assert 1 == world.writes


async def test_a_repetition_that_dies_is_found_by_the_sweep() -> None:
    """While it is taken up again, the run is as open as at first."""
    async with world_with(NOBODYS) as world:
        world.stand_in.faults.add(Fault(kind="status", on="phoneMethods.create", status=503, count=ATTEMPTS))
        with pytest.raises(UnresolvedWriteError):
            await repeat(world)
        await the_process_dies(world, done=True)
        ((run, row),) = await recorded(world)
        assert (RunState.APPLYING, {}, RowState.WRITING) == (run.state, run.counts, row.state)

        world.clock.leap_to(world.clock.now() + timedelta(minutes=31))
        await world.app.sweep()
        assert [(RunState.FAILED, RowState.UNCONFIRMED)] == [(r.state, row.state) for r, row in await recorded(world)]


async def test_what_somebody_else_did_since_the_first_attempt_is_left() -> None:
    """A repetition means the moment of the first call, so a newer change wins."""
    async with world_with(READY) as world:
        single_calls = world.app.single_calls
        call = SingleCall(PERSON, SetPhone(MOBILE, B), "a test", ID)
        with pytest.raises(DiedError):
            await writing_to(single_calls, DyingGraph(single_calls.writer.graph, done=False)).do(call)
        world.stand_in.tenant.update_method(PERSON, METHOD_IDS[MOBILE], C)
        world.clock.leap_to(world.clock.now() + IN_PROGRESS)
        with pytest.raises(PermanentError) as refusal:
            await single_calls.do(call)

        assert "changedSincePlan" == refusal.value.code
        assert {"mobile": C} == world.stand_in.tenant.people[PERSON].methods


async def test_a_process_that_died_between_its_records_leaves_a_call_that_goes_on() -> None:
    """Before the row was stored, and after it settled but before the run was over."""

    class WithoutRow(CallRecords):
        async def row(self, *_: object) -> Row:
            raise DiedError

    class WithoutEnd(CallRecords):
        async def finish(self, *_: object) -> Run:
            raise DiedError

    for records, repeated in ((WithoutRow, False), (WithoutEnd, True)):
        async with world_with(NOBODYS) as world:
            single_calls = world.app.single_calls
            known = single_calls.records
            dying = records(known.runs, known.rows, known.changes, world.clock, known.journal)
            with pytest.raises(DiedError):
                await replace(single_calls, records=dying).do(SingleCall(PERSON, CREATE, "a test", ID))
            world.clock.leap_to(world.clock.now() + IN_PROGRESS)

            result = await repeat(world)
            assert (RowState.CREATED, repeated, 1) == (result.outcome.state, result.repeated, world.writes)
            assert [RunState.FINISHED] == [run.state for run, _ in await recorded(world)]


async def test_a_call_of_unknown_outcome_is_done_by_its_repetition() -> None:
    """Graph did not do it the first time; its run is the one that ends well, and its message does no more."""
    async with world_with(NOBODYS) as world:
        world.stand_in.faults.add(Fault(kind="status", on="phoneMethods.create", status=503, count=ATTEMPTS))
        with pytest.raises(UnresolvedWriteError):
            await repeat(world)
        ((_, row),) = await recorded(world)
        assert (RowState.WRITING, "outcomeUnknown") == (row.state, row.code)

        assert RowState.CREATED is (await repeat(world)).outcome.state
        await world.pump()
        assert [(RunState.FINISHED, {RowState.CREATED: 1})] == [(r.state, r.counts) for r, _ in await recorded(world)]


async def test_a_person_whom_somebody_else_acts_on_is_left_alone() -> None:
    """Nothing is read or written; the answer says when to repeat the call, and the other's lock stays."""
    async with world_with(READY) as world:
        until = world.clock.now() + timedelta(minutes=1)
        await world.app.people.save(OwnershipRecord(PERSON, locked_until=until, locked_by="another/1"))
        with pytest.raises(RetryLaterError) as locked:
            await do(world, SetPhone(MOBILE, B))

        assert ("personLocked", 0) == (locked.value.code, world.writes)
        ((_, row),) = await recorded(world)
        assert (RowState.FAILED, "personLocked") == (row.state, row.code)
        assert until == (await world.app.people.get(PERSON)).locked_until
        decision = await world.app.single_calls.preview(SingleCall(PERSON, SetPhone(MOBILE, B), "a test"))
        assert RowState.UPDATED is decision.outcome


async def test_a_newer_export_does_not_stop_a_call() -> None:
    """Whoever calls means now."""
    async with world_with(READY) as world:
        later = world.clock.now() + timedelta(hours=1)
        await world.app.people.save(OwnershipRecord(PERSON, export_time=later, run="z"))

        assert RowState.UPDATED is (await do(world, SetPhone(MOBILE, B))).outcome.state
        assert later == (await world.app.people.get(PERSON)).export_time


@pytest.mark.parametrize("kind", ["commit-then-status", "commit-then-drop"])
async def test_a_write_that_was_done_in_spite_of_its_answer_is_reported_as_done(kind: str) -> None:
    """Doubt is settled by reading back before the caller is answered."""
    async with world_with(READY) as world:
        world.stand_in.faults.add(Fault(kind=kind, on="phoneMethods.update", status=500, count=1))  # type: ignore[arg-type]

        assert RowState.UPDATED is (await do(world, SetPhone(MOBILE, B))).outcome.state


async def test_an_old_value_right_after_a_write_without_an_answer_proves_nothing() -> None:
    """A late replica may show it: the answer says that nothing is known, the lock is free, the app goes on."""
    async with world_with(READY) as world:
        world.stand_in.faults.add(Fault(kind="status", on="phoneMethods.update", status=503))
        with pytest.raises(UnresolvedWriteError):
            await do(world, SetPhone(MOBILE, B))

        ((_, row),) = await recorded(world)
        assert (RowState.WRITING, "outcomeUnknown") == (row.state, row.code)
        assert (await world.app.people.get(PERSON)).locked_until is None


async def test_a_number_that_signs_somebody_else_in_is_stored_and_said_so() -> None:
    """Graph answers 409 and stores it all the same; only SMS sign-in is not registered."""
    holder = replace(READY, id=PERSON.replace("1", "2"), userPrincipalName="q@contoso.example", phones={"mobile": B})
    async with world_with(READY) as world:
        world.stand_in.tenant.put(holder)
        result = await do(world, SetPhone(MOBILE, B))

        assert (RowState.UPDATED, "phoneNumberNotUnique") == (result.outcome.state, result.sms_sign_in_state)
        assert "used by another account" in result.outcome.note


@pytest.mark.parametrize("for_ever", [True, False])
async def test_the_app_goes_on_with_what_cannot_be_settled(*, for_ever: bool) -> None:
    """Neither the write nor any read after it is answered: the app asks on, and says in the end what it has found."""
    async with world_with(READY, RESOLVE_SECONDS="3", MAX_FAILURES="2") as world:
        world.stand_in.faults.add(Fault(kind="drop", on="phoneMethods.list", skip=1))
        world.stand_in.faults.add(Fault(kind="commit-then-drop", on="phoneMethods.update"))
        with pytest.raises(UnresolvedWriteError) as unknown:
            await do(world, SetPhone(MOBILE, B))

        ((run, row),) = await recorded(world)
        assert ("outcomeUnknown", run.id) == (unknown.value.code, unknown.value.run)
        assert "repeat the call" in unknown.value.remedy
        assert (RunState.APPLYING, RowState.WRITING, "outcomeUnknown") == (run.state, row.state, row.code)
        assert (await world.app.people.get(PERSON)).locked_until is None

        if not for_ever:
            world.stand_in.faults.withdraw()
        await world.pump()

        ((run, row),) = await recorded(world)
        end = RowState.UNCONFIRMED if for_ever else RowState.UPDATED
        assert (RunState.FINISHED, end) == (run.state, row.state)
        held = (await world.app.people.get(PERSON)).slots[Slot.MOBILE]
        assert (B, None) == (value_to_json(held.written), (await world.app.people.get(PERSON)).locked_until)
        assert (held.confirmation is Confirmation.IN_DOUBT) is for_ever


async def test_an_unconfirmed_call_is_settled_by_its_repetition() -> None:
    """It was done after all; while no read proves it, the same is sent again, which changes nothing."""
    async with world_with(NOBODYS) as world:
        single_calls = world.app.single_calls
        lost = writing_to(single_calls, LostGraph(single_calls.writer.graph))
        with pytest.raises(UnresolvedWriteError):
            await lost.do(SingleCall(PERSON, CREATE, "a test", ID))

        assert RowState.CREATED is (await repeat(world)).outcome.state
        assert {"mobile": B} == world.stand_in.tenant.people[PERSON].methods


async def test_a_newer_call_wins_over_one_that_the_app_goes_on_with() -> None:
    """Whenever the older one is looked at again, it neither writes nor calls the newer value doubtful."""
    async with world_with(READY) as world:
        single_calls = world.app.single_calls
        with pytest.raises(UnresolvedWriteError):
            await writing_to(single_calls, LostGraph(single_calls.writer.graph)).do(
                SingleCall(PERSON, SetPhone(MOBILE, B), "a test", ID)
            )
        ((run, row),) = await recorded(world)
        await world.clock.sleep(1)
        assert RowState.UPDATED is (await do(world, SetPhone(MOBILE, C))).outcome.state
        newer = await world.app.people.get(PERSON)

        assert row.plan is not None
        await single_calls.writer.leave_in_doubt(run, row, row.plan)
        await world.pump()

        assert {"mobile": C} == world.stand_in.tenant.people[PERSON].methods
        assert newer.slots == (await world.app.people.get(PERSON)).slots
        ((run, row), _) = await recorded(world)
        assert (RunState.FINISHED, RowState.REFUSED, "newerExport") == (run.state, row.state, row.code)


@pytest.mark.parametrize("done", [True, False])
async def test_a_call_whose_process_died_wins_over_an_older_export(*, done: bool) -> None:
    """The export was uploaded before the call and reaches the person after it, before the app goes on with the call."""
    async with world_with(READY, ON_EXISTING="overwrite", APPROVAL="limits") as world:
        export = await world.drop("older.csv", csv("objectId,mobile", (PERSON, C)))
        world.clock.leap_to(world.clock.now() + timedelta(seconds=5))
        single_calls = world.app.single_calls
        with pytest.raises(DiedError):
            await writing_to(single_calls, DyingGraph(single_calls.writer.graph, done=done)).do(
                SingleCall(PERSON, SetPhone(MOBILE, B), "a test", ID)
            )
        await world.pump()
        assert RunState.FINISHED is (await world.stored(export)).state
        await world.app.sweep()
        await world.pump()

        ends = [(run.state, row.state) for run, row in await recorded(world) if run.is_single_call]
        assert [(RunState.FINISHED, RowState.UPDATED)] == ends
        assert {"mobile": B} == world.stand_in.tenant.people[PERSON].methods


@pytest.mark.parametrize(
    ("reads", "error", "code", "states"),
    [
        (True, UnresolvedWriteError, "outcomeUnknown", (RunState.APPLYING, RowState.WRITING)),
        (False, RetryLaterError, "graphUnavailable", (RunState.FINISHED, RowState.FAILED)),
    ],
)
async def test_a_caller_does_not_wait_for_ever(
    *, reads: bool, error: type[ExplainedError], code: str, states: tuple[RunState, RowState]
) -> None:
    """When the time is up a call that had begun to write is unknown, and one that had not has done nothing."""
    async with world_with(READY) as world:
        single_calls = world.app.single_calls
        call = SingleCall(PERSON, SetPhone(MOBILE, B), "a test")
        await single_calls.preview(call)  # from now on the wall is known
        with pytest.raises(error) as late:
            await replace(writing_to(single_calls, SilentGraph(reads=reads)), call_seconds=0.2).do(call)

        ((run, row),) = await recorded(world)
        assert (code, states) == (late.value.code, (run.state, row.state))
