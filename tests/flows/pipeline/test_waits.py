"""A run that waits says so at once, in its message, in the log and to the doctor, and takes it back when it goes on."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Never

import pytest

from sandbox.people import Staff
from shared.adapters.graph.token import token_rejected
from shared.core.person.account import AccountWithMethods, PersonKey
from shared.core.run.run import Run
from shared.core.values.errors import GraphUnavailableError, RetryLaterError, StorageUnavailableError, ThrottledError
from shared.core.values.said import Said
from shared.core.values.states import RunState
from shared.doctor.findings import DoctorCheck, Finding
from shared.flows.person.preconditions import Patience
from shared.flows.pipeline.advance import Advanced
from shared.telemetry.events import EventName
from testing.doubles import MemoryStorage
from testing.in_memory import InMemory, in_memory
from testing.telemetry import events
from tests.flows.small_tenant import csv, number, person, tenant_of

PEOPLE = [person(index) for index in (1, 2)]
EXPORT = csv("userPrincipalName,mobile", *((one.userPrincipalName, number(50 + i)) for i, one in enumerate(PEOPLE)))


@dataclass
class Directory:
    """Refuses the first look-ups with this error."""

    world: InMemory
    error: RetryLaterError
    left: int = 12

    async def look_up_with_methods(self, key: PersonKey, *, email: bool) -> AccountWithMethods:
        self.left -= 1
        if self.left >= 0:
            raise self.error
        return await self.world.app.clients.graph.look_up_with_methods(key, email=email)


async def standing(world: InMemory) -> Finding:
    return next(one for one in await world.app.doctor() if one.check is DoctorCheck.OPEN_RUN)


@pytest.mark.parametrize(
    "error",
    [
        GraphUnavailableError("graphUnavailable", "Graph answered 503", delay=20.0),
        ThrottledError("throttled", "Graph asks for a pause", delay=90.0),
        GraphUnavailableError("answerUnreadable", "the list cannot be read yet", delay=20.0),
    ],
)
async def test_a_run_says_what_it_waits_for(error: RetryLaterError, caplog: pytest.LogCaptureFixture) -> None:
    """From its first step on, until Graph answers; the log has a line for the wait, not for each row."""
    caplog.set_level(logging.INFO)
    async with tenant_of(PEOPLE) as world:
        vars(world.app)["plan_row"] = replace(world.app.plan_row, directory=Directory(world, error))  # type: ignore[arg-type]
        identity = await world.drop("staff.csv", EXPORT)

        async def has_said() -> bool:
            return bool((await world.stored(identity)).message)

        await world.pump(has_said)
        run = await world.stored(identity)
        assert (RunState.PLANNING, f"Waiting since 2026-11-21 08:00 UTC: {error.message}") == (run.state, run.message)
        assert f"{identity}: {run.message}" in (await standing(world)).sentence
        await world.pump()
        done = await world.stored(identity)
        assert (RunState.FINISHED, "") == (done.state, done.message)
        wait = {"run": identity, "code": error.code, "message": error.message}
        assert [wait] == events(caplog.records, EventName.RUN_WAITS)
        assert [{"run": identity}] == events(caplog.records, EventName.RUN_GOES_ON)


@dataclass
class Outage:
    """While `of` names a kind of request to storage, each of them fails as the real account does."""

    of: str = ""

    def __call__(self, operation: str, /) -> None:
        if self.of and operation.startswith(self.of):
            raise StorageUnavailableError("The account cannot be reached (503 ServerBusy).", delay=5.0)


@pytest.mark.parametrize(
    ("of", "check"),
    [("table.", DoctorCheck.TABLES), ("blob.", DoctorCheck.OPEN_RUN), ("queue.send", None)],
)
async def test_a_run_says_that_it_waits_for_storage(
    of: str, check: DoctorCheck | None, caplog: pytest.LogCaptureFixture
) -> None:
    """In the log once, and to the doctor; in its message, unless that cannot be stored or the run is over."""
    caplog.set_level(logging.INFO)
    outage = Outage()
    async with in_memory(Staff(()), storage=lambda now: MemoryStorage(now, outage)) as world:
        world.stand_in.tenant.put(PEOPLE[0])
        identity = await world.drop(
            "staff.csv", csv("userPrincipalName,mobile", (PEOPLE[0].userPrincipalName, number(50)))
        )
        outage.of = of
        for _ in range(3):
            assert await world.deliver_visible()
            world.clock.leap_to(world.clock.now() + timedelta(seconds=30))
        findings = {one.check: one for one in await world.app.doctor()}
        outage.of = ""
        told = [(fields["run"], fields["code"]) for fields in events(caplog.records, EventName.RUN_WAITS)]
        assert [(identity, "storageUnavailable")] == told
        assert check is None or "cannot be reached (503 ServerBusy)" in findings[check].sentence
        await world.pump()
        done = await world.stored(identity)
        assert (RunState.FINISHED, "") == (done.state, done.message)
        assert [{"run": identity}] == events(caplog.records, EventName.RUN_GOES_ON)


async def test_what_the_app_itself_makes_a_row_wait_for_is_not_told() -> None:
    """A person whom another run writes to is free in a moment."""
    async with tenant_of(PEOPLE) as world:
        error = RetryLaterError("personLocked", "another run or call is acting on this person", delay=1.0)
        vars(world.app)["plan_row"] = replace(world.app.plan_row, directory=Directory(world, error))  # type: ignore[arg-type]
        identity = await world.drop("staff.csv", EXPORT)
        messages = set[str]()

        async def look() -> bool:
            messages.add((await world.stored(identity)).message)
            return False

        await world.pump(look)
        assert {""} == messages


async def test_a_step_that_comes_back_as_a_whole_says_why() -> None:
    """As the reading of a reconcile; the redelivered message takes the step."""
    async with tenant_of(PEOPLE) as world:
        run = await world.app.reconcile()

        async def fails(*_: object) -> Advanced:
            raise GraphUnavailableError("graphUnavailable", "Graph answered 503", delay=20.0)

        advance = world.app.advance_run
        vars(world.app)["advance_run"] = replace(advance, step=fails)
        assert await world.deliver_visible()
        vars(world.app)["advance_run"] = advance
        assert "Waiting since 2026-11-21 08:00 UTC: Graph answered 503" == (await world.stored(run.id)).message
        world.clock.leap_to(world.clock.now() + timedelta(minutes=2))
        await world.pump()
        done = await world.stored(run.id)
        assert (RunState.FINISHED, "0 of 0 people drifted.") == (done.state, done.message)


async def test_a_step_without_a_token_waits_once(caplog: pytest.LogCaptureFixture) -> None:
    """However often a token is tried; the wait is over when Graph accepts one."""
    caplog.set_level(logging.INFO)
    async with tenant_of(PEOPLE) as world:
        run, works = await world.app.reconcile(), world.app.run_parts.token_pauses

        async def rejected(*_: object) -> Never:
            raise token_rejected("")

        async def goes_on(run: Run) -> Advanced:
            return Advanced(run)

        for pauses, stage in ((works, rejected), (replace(works, check_token=rejected), goes_on), (works, goes_on)):
            run = (await pauses.step(run, stage)).run
            world.clock.leap_to(world.clock.now() + timedelta(hours=1))
        assert [run.id] == [fields["run"] for fields in events(caplog.records, EventName.RUN_WAITS)]
        assert [{"run": run.id}] == events(caplog.records, EventName.RUN_GOES_ON)


async def test_a_run_that_is_throttled_says_so_until_it_is_not() -> None:
    """It goes on; what a run says that waits for a person stays."""
    async with tenant_of(PEOPLE) as world:
        said = ["at most 2 writes a second"]
        waits = replace(world.app.run_parts.waits, throttle=lambda: said[-1])
        run = await world.app.reconcile()

        async def goes_on(run: Run) -> Advanced:
            return Advanced(run)

        slower = (await waits.step(run, goes_on)).run
        assert "Slower: at most 2 writes a second" == slower.message
        said.append("")
        assert "" == (await waits.step(slower, goes_on)).run.message
        said.pop()
        held = replace(run, state=RunState.HELD, message=Said("Held: look at it."))
        waits.note(run.id, ThrottledError("throttled", "Graph asks for a pause", delay=90.0))
        assert held == (await waits.step(held, goes_on)).run


async def test_a_wait_for_a_list_names_the_list() -> None:
    async with tenant_of(PEOPLE) as world:
        patience = Patience(world.clock, "unreadable", Said("the list of protected accounts"))

        async def fails() -> None:
            raise GraphUnavailableError("graphUnavailable", "Graph answered 503", delay=7.0)

        with pytest.raises(GraphUnavailableError, match="the list of protected accounts cannot be read yet") as met:
            await patience.wait_for("listed", fails)
        assert ("graphUnavailable", 7.0) == (met.value.code, met.value.delay)
