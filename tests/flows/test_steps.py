"""Steps: a message takes a run as far as it goes without waiting, and no death on the way loses it."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from datetime import timedelta

import pytest

from sandbox.in_memory import InMemory
from shared.core.messages import StepMessage, decode_step
from shared.core.phone import PhoneType
from shared.core.run import Run
from shared.core.states import RunState
from shared.flows import steps
from shared.flows.steps import Moved
from tests.flows.small_tenant import csv, person, tenant_of

PEOPLE = [person(1), person(2)]
EXPORT = csv("User principal name,Mobile", *([one.userPrincipalName, one.phones[PhoneType.MOBILE]] for one in PEOPLE))


class DiedError(Exception):
    """The process ends here."""


def steps_sent(world: InMemory, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The steps that are sent from now on, as they come."""
    queue, sent = world.storage.queue("run-steps"), list[int]()
    put = queue.put

    def heard(text: str, *, delay: float = 0.0) -> None:
        sent.append(decode_step(b64decode(text).decode()).n)
        put(text, delay=delay)

    monkeypatch.setattr(queue, "put", heard)
    return sent


async def test_a_message_is_sent_only_where_a_run_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once for the people who are being planned: nothing else of a run without changes takes time."""
    async with tenant_of(PEOPLE) as world:
        sent = steps_sent(world, monkeypatch)
        run = await world.run_to_end("staff.csv", EXPORT)
        assert (run.state, run.step) == (RunState.FINISHED, 8)
        assert sent == [1, 3]


async def test_a_message_does_not_go_on_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while the next message goes on, and the run comes to the same end."""
    monkeypatch.setattr(steps, "LONGEST", timedelta(0))
    async with tenant_of(PEOPLE) as world:
        sent = steps_sent(world, monkeypatch)
        run = await world.run_to_end("staff.csv", EXPORT)
        assert run.state is RunState.FINISHED
        assert sent == list(range(1, run.step))


async def test_a_process_that_dies_between_two_steps_of_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its message comes back, finds the run further on, and has it go on from there; a mere duplicate does nothing."""

    async def dies(_run: Run) -> Moved:
        raise DiedError

    async with tenant_of(PEOPLE) as world:
        sent = steps_sent(world, monkeypatch)
        identity = await world.drop("staff.csv", EXPORT)
        with monkeypatch.context() as last_hour:
            last_hour.setitem(vars(world.app), "move_on", replace(world.app.move_on, closing=dies))
            with pytest.raises(DiedError):
                await world.pump()
        there, last = await world.stored(identity), StepMessage(identity, sent[-1])
        assert not there.result_blob
        assert there.step > last.n + 1

        world.storage.queue("run-steps").messages.clear()
        await world.app.move_on(last)
        assert sent[-1] == last.n
        await world.app.move_on(last, redelivered=True)
        assert sent[-1] == there.step
        await world.pump()
        assert (await world.stored(identity)).result_blob
