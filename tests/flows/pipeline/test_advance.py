"""A step message takes a run as far as it gets without waiting, and no crash on the way loses the run."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.core.run.messages import StepMessage, decode_step
from shared.core.run.run import Run
from shared.core.values.errors import RetryLaterError
from shared.core.values.slot import PhoneType
from shared.core.values.states import RowState, RunState
from shared.flows.pipeline.advance import Advanced
from testing.in_memory import InMemory
from tests.flows.small_tenant import csv, notified, person, tenant_of

PEOPLE = [person(1), person(2)]
EXPORT = csv("User principal name,Mobile", *([one.userPrincipalName, one.phones[PhoneType.MOBILE]] for one in PEOPLE))
EACH_STEP_ITS_MESSAGE = timedelta(0)


class DiedError(Exception):
    """The process ends here."""


class FailsAtFirst:
    """Stands before a stage or a queue's send; its first calls fail with a transient fault."""

    def __init__(self, inner: Any, failures: int) -> None:
        self._inner, self._failures = inner, failures

    async def __call__(self, *args: Any, **options: Any) -> Any:
        self._failures -= 1
        if self._failures >= 0:
            raise RetryLaterError("storageUnavailable", "the storage account does not answer", delay=1)
        return await self._inner(*args, **options)


def change(world: InMemory, **parts: Any) -> None:
    """Replace parts of the verb that advances runs."""
    vars(world.app)["advance_run"] = replace(world.app.advance_run, **parts)


def step_messages(world: InMemory, monkeypatch: pytest.MonkeyPatch) -> list[StepMessage]:
    """The step messages that are sent from now on."""
    queue, sent = world.storage.queue("run-steps"), list[StepMessage]()
    send = queue.send

    async def note(body: str, *, delay: float = 0.0) -> None:
        sent.append(decode_step(body))
        await send(body, delay=delay)

    monkeypatch.setattr(queue, "send", note)
    return sent


async def events(world: InMemory) -> list[str]:
    return [body["event"] for body in await notified(world)]


async def test_a_run_without_changes_takes_one_step_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """It waits for nothing, so no further message costs time."""
    async with tenant_of(PEOPLE) as world:
        sent = step_messages(world, monkeypatch)
        run = await world.run_to_end("staff.csv", EXPORT)
        assert (RunState.FINISHED, True) == (run.state, run.closed)
        assert 1 == len(sent)


async def test_a_message_begins_no_step_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next message continues, and the run comes to the same end."""
    async with tenant_of(PEOPLE) as world:
        change(world, max_message_time=EACH_STEP_ITS_MESSAGE)
        sent = step_messages(world, monkeypatch)
        run = await world.run_to_end("staff.csv", EXPORT)
        assert (RunState.FINISHED, True) == (run.state, run.closed)
        assert {RowState.UNCHANGED: len(PEOPLE)} == run.counts
        assert len(sent) > 2


async def test_a_process_that_dies_between_two_steps_of_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """The redelivered message lets the run continue; a mere duplicate of it does not."""

    async def dies(_run: Run) -> Advanced:
        raise DiedError

    async with tenant_of(PEOPLE) as world:
        closing = world.app.advance_run.closing
        sent = step_messages(world, monkeypatch)
        identity = await world.drop("staff.csv", EXPORT)
        change(world, closing=dies)
        with pytest.raises(DiedError):
            await world.pump()
        change(world, closing=closing)
        world.storage.queue("run-steps").messages.clear()
        last = sent[-1]

        await world.app.advance_run(last)
        await world.pump()
        assert not (await world.stored(identity)).closed

        await world.app.advance_run(last, redelivered=True)
        await world.pump()
        assert (await world.stored(identity)).closed


async def test_an_old_message_that_is_redelivered_starts_no_second_chain() -> None:
    """Another message took the run's latest step; a second chain beside it would repeat all work."""
    async with tenant_of(PEOPLE) as world:
        change(world, max_message_time=EACH_STEP_ITS_MESSAGE)
        identity = await world.drop("staff.csv", EXPORT)
        for number in (1, 2):
            await world.app.advance_run(StepMessage(identity, number))
        waiting = set(world.storage.queue("run-steps").messages)
        await world.app.advance_run(StepMessage(identity, 1), redelivered=True)
        assert waiting == set(world.storage.queue("run-steps").messages)


async def test_a_later_step_of_a_message_that_fails_is_repeated() -> None:
    """A transient fault between two steps of a message costs no more than one before the first step."""
    async with tenant_of(PEOPLE) as world:
        change(world, closing=FailsAtFirst(world.app.advance_run.closing, 2))
        assert (await world.run_to_end("staff.csv", EXPORT)).closed


async def test_a_run_that_is_cancelled_between_two_steps_of_a_message() -> None:
    """The cancellation stays, the run is closed, and one event tells of it."""
    async with tenant_of(PEOPLE) as world:
        applying = world.app.advance_run.applying

        async def cancelled_meanwhile(run: Run) -> Advanced:
            await world.app.decisions.cancel(run.id, "approver")
            return await applying(run)

        change(world, applying=cancelled_meanwhile)
        run = await world.run_to_end("staff.csv", EXPORT)
        assert (RunState.CANCELLED, True) == (run.state, run.closed)
        assert ["cancelled"] == await events(world)
        assert 0 == world.writes


async def test_the_event_of_a_held_run_is_sent_although_the_queue_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A held run would wait in vain if its approver never heard of it."""
    async with tenant_of(PEOPLE, APPROVAL="always") as world:
        queue = world.storage.queue("run-events")
        monkeypatch.setattr(queue, "send", FailsAtFirst(queue.send, 1))
        run = await world.run_to_end("staff.csv", EXPORT)
        assert RunState.HELD is run.state
        assert ["held"] == await events(world)
