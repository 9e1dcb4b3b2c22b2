"""What an undo has taken back is not silently done again: whatever asks for it waits for a person's decision."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.core.run.row import Answer
from shared.core.run.run import Run
from shared.core.values.slot import PhoneType
from shared.core.values.states import RunState, Source
from testing.in_memory import InMemory
from tests.flows.scheduled.test_undo import (
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
    rows_of,
    undone,
    world_of,
)

APART, LEFT, DONE = ("kept", "awaitsDecision"), ("kept", "leftAsDecided"), ("created", "applied")


async def open_questions(world: InMemory) -> Run:
    """The newest run of questions, which is held."""
    found = [run async for run in world.app.runs.newest_first(world.clock.now(), sources=(Source.QUESTIONS,))]
    assert RunState.HELD is found[0].state
    return found[0]


async def answered(world: InMemory, answer: Answer) -> None:
    questions = await open_questions(world)
    rows = dict.fromkeys([row.number for row in (await rows_of(world, questions)).values()], answer)
    after = await world.app.answer_questions(questions.id, questions.digest, rows, "approver")
    if after.state is RunState.HELD:
        await world.app.decisions.approve(after.id, after.digest, "approver")
    await world.pump()
    world.clock.leap_to(world.clock.now() + SETTLED)


async def test_next_month_s_file_is_asked_about_and_the_rest_goes_on() -> None:
    """Other bytes and another row; once a person has decided for the value, it is written and not asked about again."""
    async with world_of({HOLDER: {"mobile": OLD}, WITHOUT: {}, OTHER: {}}) as world:
        run = await applied(world, "a.csv", export(f"{HOLDER},{NEW}", f"{WITHOUT},{THIRD}"))
        await undone(world, run.id)
        lines = (f"{OTHER},+1 2025550131", f"{HOLDER},{NEW}", f"{WITHOUT},{THIRD}")

        again = await applied(world, "b.csv", export(*lines))
        assert {HOLDER: APART, WITHOUT: APART, OTHER: DONE} == await ends_of(world, again)
        assert {HOLDER: {"mobile": OLD}, OTHER: {"mobile": "+1 2025550131"}} == numbers(world)

        await answered(world, Answer.REPLACE)
        assert ({"mobile": NEW}, {"mobile": THIRD}) == (numbers(world)[HOLDER], numbers(world)[WITHOUT])
        last = await applied(world, "c.csv", export(f"{HOLDER},{OLD}", f"{WITHOUT},{THIRD}"))
        assert {HOLDER: ("updated", "applied"), WITHOUT: ("unchanged", "alreadySet")} == await ends_of(world, last)


async def test_a_value_that_is_left_is_not_asked_about_again() -> None:
    """*Leave* is remembered as for every question."""
    async with world_of({HOLDER: {"mobile": OLD}}) as world:
        run = await applied(world, "a.csv", export(f"{HOLDER},{NEW}"))
        await undone(world, run.id)
        await applied(world, "b.csv", export(f"{HOLDER},{NEW}"))
        await answered(world, Answer.LEAVE)

        last = await applied(world, "c.csv", export(f"{HOLDER},{NEW}", f"{WITHOUT},"))
        assert LEFT == (await ends_of(world, last))[HOLDER]
        assert {HOLDER: {"mobile": OLD}} == numbers(world)


async def test_however_many_they_are_the_others_go_on() -> None:
    """A whole run was undone; nobody has to approve the next file as a whole."""
    people = {f"00000000-0000-4000-8000-{number:012d}": {"mobile": f"+1 20255501{number}"} for number in range(10, 40)}
    async with world_of({**people, OTHER: {}}) as world:
        changed = [f"{user},+1 20255501{number}" for number, user in enumerate(people, 60)]
        run = await applied(world, "a.csv", export(*changed))
        await undone(world, run.id)

        again = await applied(world, "b.csv", export(*changed, f"{OTHER},{NEW}"))

        assert {**dict.fromkeys(people, APART), OTHER: DONE} == await ends_of(world, again)


@pytest.mark.parametrize("wanted", [OLD, THIRD])
async def test_another_value_ends_it(wanted: str) -> None:
    """The file has said something else in the meantime, so its change of mind is an ordinary one."""
    async with world_of({HOLDER: {"mobile": OLD}}) as world:
        run = await applied(world, "a.csv", export(f"{HOLDER},{NEW}"))
        await undone(world, run.id)
        await applied(world, "b.csv", export(f"{HOLDER},{wanted}"))

        last = await applied(world, "c.csv", export(f"{HOLDER},{NEW}"))
        assert {HOLDER: ("updated", "applied")} == await ends_of(world, last)


async def test_a_removal_is_remembered_too() -> None:
    """The word `remove` again is asked about."""
    async with world_of({HOLDER: {"mobile": OLD, "office": THIRD}}, ALLOW_REMOVALS="true") as world:
        run = await applied(world, "a.csv", export(f"{HOLDER},remove", columns="office"))
        await undone(world, run.id)
        assert {HOLDER: {"mobile": OLD, "office": THIRD}} == numbers(world)

        again = await applied(world, "b.csv", export(f"{HOLDER},remove", columns="office"))
        assert {HOLDER: APART} == await ends_of(world, again)

        await answered(world, Answer.LEAVE)
        last = await applied(world, "c.csv", export(f"{HOLDER}, remove", columns="office"))
        assert {HOLDER: LEFT} == await ends_of(world, last)
        assert {HOLDER: {"mobile": OLD, "office": THIRD}} == numbers(world)


@pytest.mark.parametrize("answer", Answer)
async def test_a_switch_of_sms_sign_in_is_remembered_too(answer: Answer) -> None:
    """Only the switch was undone; it is asked about, alone or beside another number, until a person decides for it."""
    async with world_of({}, SMS_SIGN_IN="column") as world:
        world.stand_in.tenant.put(person(HOLDER, {"mobile": OLD}, "notEnabled"))

        async def state() -> str | None:
            return (await world.app.clients.graph.methods(HOLDER, email=False)).sms_sign_in_state

        async def dropped(name: str, mobile: str, sms: str = "yes") -> tuple[str, str]:
            run = await applied(world, name, export(f"{HOLDER},{mobile},{sms}", columns="mobile,smsSignIn"))
            return (await ends_of(world, run))[HOLDER]

        assert ("updated", "applied") == await dropped("a.csv", OLD)
        assert "ready" == await state()
        run = next(iter([one async for one in world.app.runs.newest_first(world.clock.now())]))
        await undone(world, run.id)
        assert "notEnabled" == await state()

        assert APART == await dropped("b.csv", f" {OLD}")
        assert APART == await dropped("c.csv", NEW)
        assert ("notEnabled", {HOLDER: {"mobile": OLD}}) == (await state(), numbers(world))
        if answer is not Answer.NONE:
            await answered(world, answer)
        is_decided = answer is Answer.REPLACE
        expected = {Answer.REPLACE: ("unchanged", "alreadySet"), Answer.LEAVE: LEFT, Answer.NONE: APART}[answer]
        assert expected == await dropped("d.csv", NEW, "YES")
        assert ("ready" if is_decided else "notEnabled") == await state()


async def test_a_switch_that_is_left_is_not_asked_about_again() -> None:
    """Until a file asks for another mobile or another switch; an undo of that gives the decision back."""
    async with world_of({}, SMS_SIGN_IN="column", ALLOW_REMOVALS="true") as world:
        world.stand_in.tenant.put(person(HOLDER, {"mobile": OLD}, "notEnabled"))

        async def dropped(name: str, mobile: str, sms: str) -> tuple[Run, tuple[str, str], str | None]:
            run = await applied(world, name, export(f"{HOLDER},{mobile},{sms}", columns="mobile,smsSignIn"))
            state = (await world.app.clients.graph.methods(HOLDER, email=False)).sms_sign_in_state
            return run, (await ends_of(world, run))[HOLDER], state

        run, _, _ = await dropped("a.csv", OLD, "yes")
        await undone(world, run.id)
        assert (APART, "notEnabled") == (await dropped("b.csv", "", "yes"))[1:]
        await answered(world, Answer.LEAVE)
        assert (LEFT, "notEnabled") == (await dropped("c.csv", f" {OLD}", "yes"))[1:]
        assert (APART, "notEnabled") == (await dropped("d.csv", NEW, "yes"))[1:]
        run, end, _ = await dropped("e.csv", OLD, "no")
        assert ("unchanged", "alreadySet") == end
        await undone(world, run.id)
        assert (LEFT, "notEnabled") == (await dropped("f.csv", OLD, "YES"))[1:]
        await dropped("g.csv", OLD, "no")
        assert (("updated", "applied"), "ready") == (await dropped("h.csv", OLD, "yes "))[1:]


async def test_a_repair_is_not_repeated() -> None:
    """The export still wants the value; the reconcile asks, and the answer is carried out."""
    settings = {"RECONCILE_MODE": "repair", "ON_EXISTING": "overwrite"}
    async with world_of({HOLDER: {"mobile": OLD}}, **settings) as world:
        await applied(world, "a.csv", export(f"{HOLDER},{NEW}"))

        async def repaired() -> Run:
            world.clock.leap_to(world.clock.now() + timedelta(hours=2))
            run = await world.app.reconcile("timer")
            await world.pump()
            world.clock.leap_to(world.clock.now() + SETTLED)
            return await world.stored(run.id)

        world.stand_in.tenant.people[HOLDER].methods[PhoneType.MOBILE] = THIRD
        repair = await repaired()
        assert ({HOLDER: {"mobile": NEW}}, RunState.FINISHED) == (numbers(world), repair.state)
        await undone(world, repair.id)
        assert {HOLDER: {"mobile": THIRD}} == numbers(world)

        again = await repaired()
        assert {HOLDER: APART} == await ends_of(world, again)
        assert {HOLDER: {"mobile": THIRD}} == numbers(world)
        await answered(world, Answer.REPLACE)
        assert {HOLDER: {"mobile": NEW}} == numbers(world)
