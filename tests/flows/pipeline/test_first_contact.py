"""First contact is never silent: values that the app did not write wait for a person, and the others go on."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from sandbox.graph.person import Person
from sandbox.people import Staff
from shared.core.call import SetPhone, SingleCall
from shared.core.plan.question import QuestionReason
from shared.core.run.messages import RowMessage
from shared.core.run.row import Answer
from shared.core.run.run import Run
from shared.core.values.errors import PermanentError
from shared.core.values.slot import PhoneType
from shared.core.values.states import RowState, RunState, Source
from shared.telemetry.events import EventName
from testing.doubles import MemoryStorage
from testing.doubles.dying import Dying, Killed
from testing.in_memory import InMemory, in_memory
from testing.telemetry import events
from tests.adapters.workbook.results import sheets_of, values_of

OWN, NEW, OTHER = "+1 2025550101", "+1 2025550102", "+1 2025550103"


def user(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


@asynccontextmanager
async def world_of(*phones: dict[str, str], **settings: str) -> AsyncIterator[InMemory]:
    """People 1, 2, … with these phones, and with the default of MAX_UNMANAGED_REPLACED."""
    async with in_memory(Staff(()), {"MAX_UNMANAGED_REPLACED": "0", "MAX_SAME_MOBILE": "100", **settings}) as world:
        for number, own in enumerate(phones, 1):
            name = f"p{number}@contoso.example"
            world.stand_in.tenant.put(Person(id=user(number), userPrincipalName=name, phones=own))
        yield world


def export(*mobiles: str, name: str = "mobile") -> bytes:
    rows = "".join(f"{user(number)},{mobile}\n" for number, mobile in enumerate(mobiles, 1))
    return f"objectId,{name}\n{rows}".encode()


async def outcomes(world: InMemory, run: Run) -> list[tuple[RowState, str]]:
    return [(row.state, row.code) async for row in world.app.rows.in_order(run)]


APART = (RowState.KEPT, "awaitsDecision")
CREATED = (RowState.CREATED, "applied")


async def test_own_numbers_are_not_overwritten_by_a_small_file() -> None:
    """Three people with their own mobiles wait; the fourth, who has none, gets the number at once."""
    async with world_of({"mobile": OWN}, {"mobile": OWN}, {"mobile": OWN}, {}) as world:
        run = await world.run_to_end("a.csv", export(NEW, NEW, NEW, NEW))

        assert RunState.FINISHED is run.state, run.message
        assert [APART, APART, APART, CREATED] == await outcomes(world, run)
        assert [OWN, OWN, OWN, NEW] == [world.directory()[user(number)]["mobile"] for number in range(1, 5)]


@pytest.mark.parametrize(
    ("phones", "columns", "cells", "expected"),
    [
        ({"office": OTHER}, "mobile", (NEW,), "kept"),
        ({"mobile": OTHER}, "office", (NEW,), "kept"),
        ({"office": OTHER}, "mobile,office", (NEW, OTHER), "created"),
        ({"mobile": OTHER}, "mobile,alternateMobile", (OTHER, NEW), "created"),
        ({"mobile": OTHER}, "mobile", (OTHER,), "unchanged"),
        ({"mobile": OTHER}, "mobile,alternateMobile", (NEW, OTHER), "kept"),
    ],
)
async def test_a_phone_beside_an_unknown_one_waits(
    phones: dict[str, str], columns: str, cells: tuple[str, ...], expected: str
) -> None:
    """Unless the file names that phone too; a value that is adopted in the same row is named."""
    async with world_of(phones) as world:
        run = await world.run_to_end("a.csv", f"objectId,{columns}\n{user(1)},{','.join(cells)}\n".encode())
        assert expected == (await outcomes(world, run))[0][0]


@pytest.mark.parametrize("policy", ["merge", "overwrite", "owned", "keep"])
async def test_what_the_app_wrote_may_be_changed_by_the_next_file(policy: str) -> None:
    """Under every policy that changes it at all; a value that the person changed since waits under `overwrite`."""
    async with world_of({}, ON_EXISTING=policy, SMALL_SET="10") as world:
        assert [CREATED] == await outcomes(world, await world.run_to_end("a.csv", export(OWN)))
        second = await world.run_to_end("b.csv", export(NEW))
        assert ["kept" if policy == "keep" else "updated"] == [state for state, _ in await outcomes(world, second)]

        world.clock.leap_to(world.clock.now() + timedelta(minutes=3))  # past READ_LAG_SECONDS
        world.stand_in.tenant.put(Person(id=user(1), userPrincipalName="p1@contoso.example", phones={"mobile": OTHER}))
        third = await world.run_to_end("c.csv", export(OWN))
        codes = {"merge": "bothChanged", "owned": "bothChanged", "keep": "keptByPolicy", "overwrite": "awaitsDecision"}
        assert [(RowState.KEPT, codes[policy])] == await outcomes(world, third)
        assert OTHER == world.directory()[user(1)]["mobile"]


@pytest.mark.parametrize(
    ("asked", "others", "held"), [(20, 0, False), (21, 0, True), (21, 399, False), (21, 398, True)]
)
async def test_a_roll_out_is_held_as_a_whole(asked: int, others: int, held: bool) -> None:  # noqa: FBT001 - a value
    """More than 20 people who are also more than 5 % of the file: then its approval covers them."""
    phones = [*({"mobile": OWN} for _ in range(asked)), *({} for _ in range(others))]
    numbers = [f"+1 202555{line:04d}" for line in range(1000, 1000 + asked + others)]
    async with world_of(*phones, MAX_WRITES_UNAPPROVED="1000", MAX_CREATE_SHARE="1") as world:
        run = await world.run_to_end("a.csv", export(*numbers))
        if not held:
            assert {APART, CREATED} >= set(await outcomes(world, run)), run.message
            return
        plan = sheets_of(await world.app.results.read(f"{run.id}/plan.xlsx"))
        lines = values_of(plan["Questions"].iter_rows())[3:]
        replaced = [(line + 2, user(line + 1), OWN, numbers[line]) for line in range(asked)]
        assert replaced == [(line[7], line[8], *line[5:7]) for line in lines]
        assert (RunState.HELD, True) == (run.state, f"{asked} of {asked + others} people" in run.message)
        await world.app.decisions.approve(run.id, run.digest, "someone")
        await world.pump()
        assert numbers == [world.directory()[user(number)]["mobile"] for number in range(1, asked + others + 1)]
        assert [QuestionReason.UNMANAGED] * asked == await recorded(world, run.id)


async def recorded(world: InMemory, run: str) -> list[str]:
    """The reasons by which the run's changes.json marks first contacts."""
    changes = json.loads(await world.app.results.read(f"{run}/1/changes.json"))["changes"]
    return [slot["question"] for change in changes for slot in change["slots"] if "question" in slot]


async def test_a_call_does_not_wait_and_is_recorded_as_a_first_contact() -> None:
    """A value that the app did not write, and a phone beside one; what the app wrote itself is no first contact."""
    async with world_of({"mobile": OWN}, {"office": OWN}, {}) as world:

        async def put(person: int, slot: PhoneType, number: str) -> list[str]:
            done = await world.app.single_calls.do(SingleCall(user(person), SetPhone(slot, number), "x"))
            assert done.outcome.state in {RowState.CREATED, RowState.UPDATED}
            return await recorded(world, done.run)

        assert [QuestionReason.UNMANAGED] == await put(1, PhoneType.MOBILE, NEW)
        assert [] == await put(1, PhoneType.MOBILE, OTHER)
        assert [] == await put(1, PhoneType.OFFICE, NEW)
        assert [QuestionReason.BESIDE] == await put(2, PhoneType.MOBILE, NEW)
        assert [] == await put(3, PhoneType.MOBILE, NEW)
        world.clock.leap_to(world.clock.now() + timedelta(minutes=3))  # past READ_LAG_SECONDS
        world.stand_in.tenant.people[user(3)].methods[PhoneType.MOBILE] = OWN
        assert [QuestionReason.UNMANAGED] == await put(3, PhoneType.MOBILE, OTHER)


async def test_a_profile_that_people_edit_is_no_proof() -> None:
    """A changed property replaces no value in use, unless it is trusted; a first value is used as before."""
    for trusted, expected in (("", "awaitsDecision"), ("mobilePhone", "applied")):
        settings = {"DIRECTORY_SOURCE": "mobile=mobilePhone", **({"DIRECTORY_TRUSTED": trusted} if trusted else {})}
        async with world_of({}, **settings) as world:
            for number, code in ((OWN, "applied"), (NEW, expected)):
                world.stand_in.tenant.put(
                    Person(
                        id=user(1),
                        userPrincipalName="p1@contoso.example",
                        phones=world.directory().get(user(1), {}),
                        mobilePhone=number,
                    )
                )
                world.clock.leap_to(world.clock.now() + timedelta(seconds=1))  # so that one round is the later
                run = await world.app.directory()
                await world.pump()
                assert run is not None
                assert [code] == [code for _, code in await outcomes(world, await world.stored(run.id))]


async def questions(world: InMemory) -> list[Run]:
    """All runs of questions, in order."""
    return [run async for run in world.app.runs.all() if run.source is Source.QUESTIONS]


async def test_the_questions_are_one_held_run_and_are_answered_person_by_person(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """One is replaced, one is left and not asked about again, one has no answer and is asked about again."""
    caplog.set_level("INFO")
    async with world_of({"mobile": OWN}, {"mobile": OWN}, {"mobile": OWN}) as world:
        await world.run_to_end("a.csv", export(NEW, NEW, NEW))
        (held,) = await questions(world)
        assert (RunState.HELD, 3, True) == (held.state, held.total, bool(held.digest)), held.message

        answered = await world.app.answer_questions(
            held.id, held.digest, {2: Answer.REPLACE, 3: Answer.LEAVE}, "someone"
        )
        assert RunState.HELD is answered.state
        told = events(caplog.records, EventName.RUN_MOVED)[-1]
        assert (held.id, "held", "answered", "held") == (told["run"], told["from"], told["cause"], told["to"])
        journal = world.storage.container(world.app.settings.journal_container).blobs.values()
        assert any(b'"decision":"answered"' in blob.data for blob in journal)
        assert held.digest != answered.digest
        with pytest.raises(PermanentError, match="waits for a decision about plan"):
            await world.app.decisions.approve(held.id, held.digest, "someone")
        await world.app.decisions.approve(held.id, answered.digest, "someone")
        await world.pump()

        done = await world.stored(held.id)
        expected = [(RowState.UPDATED, "applied"), (RowState.KEPT, "leftAsDecided"), APART]
        assert (RunState.FINISHED, expected) == (done.state, await outcomes(world, done))
        assert [NEW, OWN, OWN] == [world.directory()[user(number)]["mobile"] for number in range(1, 4)]

        again = await world.run_to_end("b.csv", export(NEW, NEW, NEW))
        assert [(RowState.UNCHANGED, "alreadySet"), (RowState.KEPT, "leftAsDecided"), APART] == await outcomes(
            world, again
        )
        other = await world.run_to_end("c.csv", export(NEW, OTHER, NEW))
        assert [(RowState.UNCHANGED, "alreadySet"), APART, APART] == await outcomes(world, other)
        states = [run.state for run in await questions(world)]
        assert [RunState.FINISHED, RunState.REJECTED, RunState.HELD] == states


async def test_a_run_in_which_every_answer_is_leave_ends_by_itself() -> None:
    """Nothing is left that an approval could be about; attempt, decisions and changes are recorded as of any run."""
    async with world_of({"mobile": OWN}, {"mobile": OWN}) as world:
        await world.run_to_end("a.csv", export(NEW, NEW))
        (held,) = await questions(world)
        first = await world.app.answer_questions(held.id, held.digest, {2: Answer.LEAVE}, "someone")
        assert (RunState.HELD, True) == (first.state, "without an answer: 1" in first.message)
        last = await world.app.answer_questions(held.id, first.digest, {3: Answer.LEAVE}, "other")
        assert RunState.APPLYING is last.state
        await world.pump()

        done = await world.stored(held.id)
        assert (RunState.FINISHED, True) == (done.state, done.closed)
        assert "no value is to be replaced" in done.message
        assert [(RowState.KEPT, "leftAsDecided")] * 2 == await outcomes(world, done)
        assert [("answered", "someone"), ("answered", "other")] == [
            (one.kind, one.by) for one in done.attempt.decisions
        ]
        assert {RowState.KEPT: 2} == {state: count for state, count in done.attempt.counts.items() if count}
        assert done.attempt.result_blob
        summary = json.loads(await world.app.results.read(f"{held.id}/summary.json"))
        assert "finished" == summary["state"]
        with pytest.raises(PermanentError, match="only a held run"):
            await world.app.answer_questions(held.id, last.digest, {3: Answer.LEAVE}, "someone")
        again = await world.run_to_end("b.csv", export(NEW, NEW))
        assert [(RowState.KEPT, "leftAsDecided")] * 2 == await outcomes(world, again)
        assert [done.id] == [run.id for run in await questions(world)]
        assert (0, [OWN] * 2) == (world.writes, [world.directory()[user(number)]["mobile"] for number in (1, 2)])


async def test_no_crash_keeps_a_run_open_that_was_answered() -> None:
    """Killed at a request to storage while *leave* is recorded, it ends once that is given again, or by the sweep."""
    position = 0
    while True:
        position += 1
        dying = Dying()
        settings = {"MAX_UNMANAGED_REPLACED": "0"}
        async with in_memory(Staff(()), settings, storage=partial(MemoryStorage, on_operation=dying)) as world:
            person = Person(id=user(1), userPrincipalName="p1@contoso.example", phones={"mobile": OWN})
            world.stand_in.tenant.put(person)
            await world.run_to_end("a.csv", export(NEW))
            (held,) = await questions(world)
            dying.left = position
            with suppress(Killed):
                await world.app.answer_questions(held.id, held.digest, {2: Answer.LEAVE}, "someone")
            is_through = dying.left > 0
            dying.left = 0
            if RunState.HELD is (await world.stored(held.id)).state:
                await world.app.answer_questions(held.id, held.digest, {2: Answer.LEAVE}, "someone")
            world.clock.leap_to(world.clock.now() + timedelta(minutes=6))
            await world.app.sweep()
            await world.pump()
            done = await world.stored(held.id)
            assert (RunState.FINISHED, True) == (done.state, done.closed), position
            assert [(RowState.KEPT, "leftAsDecided")] == await outcomes(world, done), position
        if is_through:
            break
    assert position > 5


@pytest.mark.parametrize("chosen", [(1, 2), (1,)], ids=["all of them", "one of them"])
async def test_people_who_chose_the_wanted_number_need_no_answer(chosen: tuple[int, ...]) -> None:
    """They did so before the run of questions was planned; it ends once nobody is left to be asked about."""
    async with world_of({"mobile": OWN}, {"mobile": OWN}) as world:
        identity = await world.drop("a.csv", export(NEW, NEW))

        async def is_asked() -> bool:
            return bool(await questions(world))

        await world.pump(until=is_asked)
        for number in chosen:
            name = f"p{number}@contoso.example"
            world.stand_in.tenant.put(Person(id=user(number), userPrincipalName=name, phones={"mobile": NEW}))
        await world.pump()
        (asked,) = await questions(world)
        if len(chosen) == 1:
            assert (RunState.HELD, True) == (asked.state, "1 person waits for an answer" in asked.message)
            await world.app.answer_questions(asked.id, asked.digest, {3: Answer.LEAVE}, "someone")
            await world.pump()

        done = await world.stored(asked.id)
        assert (RunState.FINISHED, True) == (done.state, done.closed), done.message
        expected = [(RowState.UNCHANGED, "alreadySet"), (RowState.KEPT, "leftAsDecided")]
        assert [expected[0] if number in chosen else expected[1] for number in (1, 2)] == await outcomes(world, done)
        assert (0, RunState.FINISHED) == (world.writes, (await world.stored(identity)).state)


async def test_an_injected_message_writes_to_nobody_without_an_answer() -> None:
    """Who may write to the queue alone cannot have a person written to whom the approval does not cover."""
    async with world_of({"mobile": OWN}, {"mobile": OWN}) as world:
        await world.run_to_end("a.csv", export(NEW, NEW))
        (held,) = await questions(world)
        answered = await world.app.answer_questions(held.id, held.digest, {2: Answer.REPLACE}, "someone")
        approved = await world.app.decisions.approve(held.id, answered.digest, "someone")
        for _ in range(2):  # before the plan's digest is checked, and afterwards
            await world.app.apply_row(RowMessage.of(approved, 3))
            verified = approved.in_attempt(plan=replace(approved.attempt.plan, is_verified=True))
            approved = await world.app.runs.save(verified)
        await world.pump()
        assert [(RowState.UPDATED, "applied"), APART] == await outcomes(world, await world.stored(held.id))
        assert [NEW, OWN] == [world.directory()[user(number)]["mobile"] for number in (1, 2)]


async def test_approving_without_an_answer_writes_nothing() -> None:
    """Fail closed: an approval covers what was answered."""
    async with world_of({"mobile": OWN}) as world:
        await world.run_to_end("a.csv", export(NEW))
        (held,) = await questions(world)
        await world.app.decisions.approve(held.id, held.digest, "someone")
        await world.pump()
        assert ([APART], OWN) == (await outcomes(world, held), world.directory()[user(1)]["mobile"])


async def test_folders_have_questions_of_their_own() -> None:
    """The newer run of one folder replaces only the run of that folder."""
    async with world_of({"mobile": OWN}, EXPORT_FOLDERS="north") as world:
        for name in ("a.csv", "north/a.csv", "b.csv"):
            await world.run_to_end(name, export(NEW if name == "a.csv" else OTHER))
        states = [run.state for run in await questions(world)]
        assert [RunState.HELD, RunState.HELD, RunState.REJECTED] == sorted(states)


@pytest.mark.parametrize("refusal", ["a run that asks nothing", "a row that asks nothing"])
async def test_answers_that_do_not_fit_are_refused(refusal: str) -> None:
    async with world_of({"mobile": OWN}, {}) as world:
        run = await world.run_to_end("a.csv", export(NEW, NEW))
        held = (await questions(world))[0]
        if refusal == "a run that asks nothing":
            await world.app.decisions.cancel(held.id, "someone")
            held = run
        with pytest.raises(PermanentError) as refused:
            await world.app.answer_questions(held.id, held.digest, {99: Answer.REPLACE}, "someone")
        assert refused.value.code in {"answersNotUsable", "runNotHeld"}


@pytest.mark.parametrize("step", [9, pytest.param(1, marks=pytest.mark.long)])
async def test_no_crash_loses_or_repeats_a_question(step: int) -> None:
    """The process is killed at a request to storage, from the planned rows to the held questions, and goes on."""
    position = step
    while True:
        dying = Dying()
        settings = {"MAX_UNMANAGED_REPLACED": "0", "MAX_SAME_MOBILE": "100"}
        async with in_memory(Staff(()), settings, storage=partial(MemoryStorage, on_operation=dying)) as world:
            for number, own in ((1, {"mobile": OWN}), (2, {}), (3, {"mobile": OWN})):
                name = f"p{number}@contoso.example"
                world.stand_in.tenant.put(Person(id=user(number), userPrincipalName=name, phones=own))
            identity = await world.drop("a.csv", export(NEW, NEW, NEW))
            dying.left = position
            with suppress(Killed):
                await world.pump()
            if dying.left:
                break
            for _ in range(4):
                world.clock.leap_to(world.clock.now() + timedelta(minutes=6))
                await world.app.sweep()
                await world.pump()
            run, asked = await world.stored(identity), await questions(world)
            assert [APART, CREATED, APART] == await outcomes(world, run), position
            assert [(RunState.HELD, 2)] == [(one.state, one.total) for one in asked], position
            assert [RowState.PLANNED] * 2 == [state for state, _ in await outcomes(world, asked[0])], position
            position += step
    assert position > 20
