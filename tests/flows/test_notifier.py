"""Every cause makes one notification, whose id stays the same, and none names a person."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.core.run.notifications import ABOUT, NotificationKind
from shared.core.values.states import RunState
from testing.in_memory import InMemory
from tests.flows.small_tenant import csv, notified, number, person, tenant_of

EXPORT = csv("User principal name,Mobile", ("person1@contoso.example", number(51)))
PEOPLE = [person(1)]


def later(world: InMemory, **span: float) -> None:
    world.clock.leap_to(world.clock.now() + timedelta(**span))


def test_every_kind_says_what_happened_and_what_to_do() -> None:
    """One table, without gaps."""
    assert set(NotificationKind) == set(ABOUT)
    assert all(about.meaning.endswith(".") and about.remedy.endswith(".") for about in ABOUT.values())


async def test_a_held_and_an_expired_run_are_told_once_each() -> None:
    """The people who decide hear of it, and those who waited hear that it is too late."""
    async with tenant_of(PEOPLE, APPROVAL="always", HELD_DAYS="2") as world:
        run = await world.run_to_end("staff.csv", EXPORT)
        for _ in range(3):
            later(world, days=1)
            await world.app.sweep()
            await world.pump()
        assert RunState.REJECTED is (await world.stored(run.id)).state
        assert [("held", run.id), ("expired", run.id)] == [(one["event"], one["run"]) for one in await notified(world)]


async def test_a_notification_that_no_program_reads_expires() -> None:
    """The queue is for programs of the tenant; without one, it must not grow for ever. Work never expires."""
    async with tenant_of(PEOPLE, APPROVAL="always") as world:
        await world.run_to_end("staff.csv", EXPORT)
        await world.storage.queue("run-events").send("work")
        later(world, days=7)
        assert ["work"] == [one.body for one in await world.storage.queue("run-events").receive(lease=1)]


async def test_what_is_told_carries_the_head_of_the_journal() -> None:
    """Whoever keeps it can show later which chain there was."""
    async with tenant_of(PEOPLE, APPROVAL="always") as world:
        await world.run_to_end("staff.csv", EXPORT)
        stored = await world.app.journal.journal.store.head()
        assert stored is not None
        (held,) = await notified(world)
        assert {"sequence": stored.head.sequence, "hash": stored.head.hash} == held["journal"]
        assert stored.head.sequence > 0


async def test_a_redelivered_step_tells_nothing_twice() -> None:
    """The host delivers every message twice; ids are unique."""
    async with tenant_of(PEOPLE) as world:
        world.host.twice = True
        await world.run_to_end("staff.csv", EXPORT)
        assert ["finished"] == [one["event"] for one in await notified(world)]


async def test_a_crash_before_the_run_is_saved_repeats_the_id(monkeypatch: pytest.MonkeyPatch) -> None:
    """The step is taken again, and whoever hears of it twice can tell by the id."""

    class DiedError(Exception):
        pass

    async def died(_: object) -> None:
        raise DiedError

    async with tenant_of(PEOPLE, APPROVAL="always") as world:
        identity = await world.drop("staff.csv", EXPORT)
        with monkeypatch.context() as crash:
            crash.setattr(world.app.clients.notifications, "remember", died)
            with pytest.raises(DiedError):
                await world.pump()
        later(world, hours=1)
        await world.pump()
        assert RunState.HELD is (await world.stored(identity)).state
        first, second = await notified(world)
        assert first["id"] == second["id"]


async def test_a_run_that_stands_is_told_once_for_each_point() -> None:
    """The sweep looks every five minutes, and people need to know once."""
    async with tenant_of(PEOPLE) as world:
        await world.drop("staff.csv", EXPORT)
        for _ in range(4):
            world.storage.queue("run-steps").messages.clear()
            later(world, minutes=5)
            await world.app.sweep()
        assert ["stalled"] == [one["event"] for one in await notified(world)]


async def test_a_call_that_was_abandoned_is_told_as_failed() -> None:
    """Its caller got no answer, so somebody has to look."""
    async with tenant_of(PEOPLE) as world:
        run = await world.run_to_end("staff.csv", EXPORT)
        open_again = replace(run, closed=False, state=RunState.APPLYING, state_history=(), step=0)
        await world.app.runs.save(open_again)
        later(world, hours=1)
        await world.app.sweep()
        assert ["finished", "failed"] == [one["event"] for one in await notified(world)]


async def test_a_decision_does_not_say_who_decided() -> None:
    """The name of a caller is for those who may read the run."""
    async with tenant_of(PEOPLE, APPROVAL="always") as world:
        run = await world.run_to_end("staff.csv", EXPORT)
        await world.app.decisions.reject(run.id, "local:somebody")
        await world.pump()
        assert "somebody" not in json.dumps(await notified(world))


async def test_a_rejected_run_that_stands_does_not_say_why(caplog: pytest.LogCaptureFixture) -> None:
    """Its message has the words of a person, who may name another one."""
    caplog.set_level(logging.INFO)
    async with tenant_of(PEOPLE, APPROVAL="always") as world:
        run = await world.run_to_end("staff.csv", EXPORT)
        await world.app.decisions.reject(run.id, "local:somebody", "person1 has another number")
        world.storage.queue("run-steps").messages.clear()
        later(world, minutes=5)
        await world.app.sweep()
        events = await notified(world)
        assert ["held", "stalled"] == [one["event"] for one in events]
        assert not any(word in f"{events} {caplog.text}" for word in ("somebody", "person1"))


@pytest.mark.parametrize(("threshold", "expected"), [(1, ["finished", "finished", "drift"]), (2, ["finished"] * 2)])
async def test_drift_is_told_from_the_threshold_on(threshold: int, expected: list[str]) -> None:
    """At the threshold, and not below it."""
    async with tenant_of(PEOPLE, NOTIFY_DRIFT=str(threshold), READ_LAG_SECONDS="1") as world:
        await world.run_to_end("staff.csv", EXPORT)
        user = next(iter(world.stand_in.tenant.people.values()))
        user.methods.clear()
        later(world, hours=1)
        await world.app.reconcile()
        await world.pump()
        assert expected == [one["event"] for one in await notified(world)]
