"""Steps: a message takes a run as far as it goes without waiting, and no death on the way loses it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.core.run.messages import StepMessage, decode_step
from shared.core.run.run import Run
from shared.core.values.errors import RetryLaterError
from shared.core.values.slot import PhoneType
from shared.core.values.states import RunState
from shared.flows.pipeline import advance
from shared.flows.pipeline.advance import Advanced
from testing.in_memory import InMemory
from tests.flows.small_tenant import csv, person, tenant_of

PEOPLE = [person(1), person(2)]
EXPORT = csv("User principal name,Mobile", *([one.userPrincipalName, one.phones[PhoneType.MOBILE]] for one in PEOPLE))


class DiedError(Exception):
    """The process ends here."""


def steps_sent(world: InMemory, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The steps that are sent from now on, as they come."""
    queue, sent = world.storage.queue("run-steps"), list[int]()
    send = queue.send

    async def heard(body: str, *, delay: float = 0.0) -> None:
        sent.append(decode_step(body).n)
        await send(body, delay=delay)

    monkeypatch.setattr(queue, "send", heard)
    return sent


async def events_told(world: InMemory) -> list[str]:
    received = await world.storage.queue("run-events").receive(lease=1)
    return [json.loads(message.body or "")["event"] for message in received]


async def test_a_message_is_sent_only_where_a_run_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once for the people who are being planned: nothing else of a run without changes takes time."""
    async with tenant_of(PEOPLE) as world:
        sent = steps_sent(world, monkeypatch)
        run = await world.run_to_end("staff.csv", EXPORT)
        assert (run.state, run.step) == (RunState.FINISHED, 8)
        assert sent == [1, 3]


async def test_a_message_does_not_go_on_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while the next message goes on, and the run comes to the same end."""
    monkeypatch.setattr(advance, "MAX_MESSAGE_TIME", timedelta(0))
    async with tenant_of(PEOPLE) as world:
        sent = steps_sent(world, monkeypatch)
        run = await world.run_to_end("staff.csv", EXPORT)
        assert run.state is RunState.FINISHED
        assert sent == list(range(1, run.step))


async def test_a_process_that_dies_between_two_steps_of_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its message comes back, finds the latest step its own, and has the run go on; a mere duplicate does nothing."""

    async def dies(_run: Run) -> Advanced:
        raise DiedError

    async with tenant_of(PEOPLE) as world:
        sent = steps_sent(world, monkeypatch)
        identity = await world.drop("staff.csv", EXPORT)
        with monkeypatch.context() as last_hour:
            last_hour.setitem(vars(world.app), "advance_run", replace(world.app.advance_run, closing=dies))
            with pytest.raises(DiedError):
                await world.pump()
        current, last = await world.stored(identity), StepMessage(identity, sent[-1])
        assert not current.result_blob
        assert current.step > last.n + 1

        world.storage.queue("run-steps").messages.clear()
        await world.app.advance_run(last)
        assert sent[-1] == last.n
        await world.app.advance_run(last, redelivered=True)
        assert sent[-1] == current.step
        await world.pump()
        assert (await world.stored(identity)).result_blob


async def test_an_old_message_that_comes_back_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another has taken the latest step: a second chain beside it would do all work twice."""
    monkeypatch.setattr(advance, "MAX_MESSAGE_TIME", timedelta(0))
    async with tenant_of(PEOPLE) as world:
        sent = steps_sent(world, monkeypatch)
        identity = await world.drop("staff.csv", EXPORT)
        for number in (1, 2):
            await world.app.advance_run(StepMessage(identity, number))
        await world.app.advance_run(StepMessage(identity, 1), redelivered=True)
        assert sent == [1, 2, 3]


async def test_a_later_step_that_fails_is_taken_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bad weather between two steps of a message is as good as bad weather before the first."""
    async with tenant_of(PEOPLE) as world:
        closing, failures = world.app.advance_run.closing, 2

        async def fails_twice(run: Run) -> Advanced:
            nonlocal failures
            failures -= 1
            if failures >= 0:
                raise RetryLaterError("storageUnavailable", "the storage account does not answer", delay=1)
            return await closing(run)

        monkeypatch.setitem(vars(world.app), "advance_run", replace(world.app.advance_run, closing=fails_twice))
        assert (await world.run_to_end("staff.csv", EXPORT)).result_blob


async def test_a_cancel_between_two_steps_of_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """The step that comes too late is refused, and the cancel has the run explained, which is told once."""
    async with tenant_of(PEOPLE) as world:
        applying, refused = world.app.advance_run.applying, list[bool]()
        save = world.app.runs.save

        async def meets_a_cancel(run: Run) -> Advanced:
            await world.app.decisions.cancel(run.id, "somebody")
            return await applying(run)

        async def saves(run: Run) -> Run:
            refused.append(True)
            saved = await save(run)
            refused[-1] = False
            return saved

        monkeypatch.setitem(vars(world.app), "advance_run", replace(world.app.advance_run, applying=meets_a_cancel))
        monkeypatch.setattr(world.app.runs, "save", saves)
        run = await world.run_to_end("staff.csv", EXPORT)
        assert refused.count(True) == 1
        assert (run.state, bool(run.result_blob)) == (RunState.CANCELLED, True)
        assert await events_told(world) == ["cancelled"]


async def test_what_happened_is_told_although_the_queue_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that waits for a person waits in vain when nobody hears of it."""
    async with tenant_of(PEOPLE, APPROVAL="always") as world:
        events = world.storage.queue("run-events")
        send, failures = events.send, 1

        async def fails_once(body: str, *, delay: float = 0.0) -> None:
            nonlocal failures
            failures -= 1
            if failures >= 0:
                raise RetryLaterError("storageUnavailable", "the queue does not answer", delay=1)
            await send(body, delay=delay)

        monkeypatch.setattr(events, "send", fails_once)
        run = await world.run_to_end("staff.csv", EXPORT)
        assert run.state is RunState.HELD
        assert await events_told(world) == ["held"]
