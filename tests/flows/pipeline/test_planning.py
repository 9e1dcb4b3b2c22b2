"""A step plans its rows itself; one that cannot be planned there goes to the plan queue, and holds up no other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from sandbox.graph.faults import Fault
from shared.core.person.account import AccountWithMethods, PersonKey
from shared.core.run.messages import RowMessage, decode_row
from shared.core.values.states import RunState
from shared.flows.pipeline import planning
from shared.flows.ports import DirectoryPort
from testing.in_memory import InMemory
from tests.flows.small_tenant import csv, number, outcomes, person, tenant_of

PEOPLE = [person(index) for index in range(1, 6)]
EXPORT = csv("employeeId,mobile", *((f"E{index}", number(index + 10)) for index in range(1, 6)))
UPDATED = ("updated", "applied")


def plan_messages(world: InMemory, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The rows whose messages are sent to the plan queue from now on."""
    queue, rows = world.storage.queue("plan-user"), list[int]()
    send = queue.send

    async def note(body: str, *, delay: float = 0.0) -> None:
        rows.append(decode_row(body).row)
        await send(body, delay=delay)

    monkeypatch.setattr(queue, "send", note)
    return rows


@dataclass
class Directory:
    """A directory in which looking up E3 fails as `fails` says, `times` times."""

    inner: DirectoryPort
    fails: Callable[[], Any]
    times: int

    async def look_up_with_methods(self, key: PersonKey, *, email: bool) -> AccountWithMethods:
        if key.value == "E3" and self.times:
            self.times -= 1
            await self.fails()
        return await self.inner.look_up_with_methods(key, email=email)


def with_fault(world: InMemory, fails: Callable[[], Any], times: int) -> None:
    plan = world.app.plan_row
    vars(world.app)["plan_row"] = replace(plan, directory=Directory(plan.directory, fails, times))  # type: ignore[arg-type] # plan only finds


async def breaks() -> None:
    raise ZeroDivisionError


async def hangs() -> None:
    await asyncio.Event().wait()


async def test_rows_are_planned_without_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    async with tenant_of(PEOPLE) as world:
        sent = plan_messages(world, monkeypatch)
        run = await world.run_to_end("staff.csv", EXPORT)

        assert [UPDATED] * 5 == await outcomes(world, run)
        assert [] == sent


@pytest.mark.parametrize("fails", [breaks, hangs])
async def test_a_row_that_fails_or_hangs_goes_to_the_queue_alone(
    fails: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "SECONDS_PER_ROW", 1.0)
    async with tenant_of(PEOPLE) as world:
        with_fault(world, fails, times=1)
        sent = plan_messages(world, monkeypatch)
        run = await world.run_to_end("staff.csv", EXPORT)

        assert [UPDATED] * 5 == await outcomes(world, run)
        assert [run.first_row + 2] == sent


async def test_a_row_of_which_the_process_dies_fails_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The step that is delivered again sends a message for each row, and the last delivery of one goes to poison."""

    class DiedError(BaseException):
        """The process ends here."""

    async def dies() -> None:
        raise DiedError

    async with tenant_of(PEOPLE) as world:
        with_fault(world, dies, times=1)
        sent = plan_messages(world, monkeypatch)
        identity = await world.drop("staff.csv", EXPORT)
        with pytest.raises(DiedError):
            await world.pump()
        await world.pump()

        run = await world.stored(identity)
        assert [UPDATED] * 5 == await outcomes(world, run)
        assert run.first_row + 2 in sent


async def test_a_step_without_a_token_pauses_its_run_and_fails_no_invocation() -> None:
    async with tenant_of(PEOPLE) as world:
        world.stand_in.faults.add(Fault(kind="status", status=401))
        identity = await world.drop("staff.csv", EXPORT)

        async def is_paused() -> bool:
            return (await world.stored(identity)).pause is not None

        await world.pump(is_paused)
        world.stand_in.faults.withdraw()
        assert RunState.PLANNING is (await world.stored(identity)).state
        await world.pump()
        assert [UPDATED] * 5 == await outcomes(world, await world.stored(identity))
        assert not world.host.failures


async def test_a_message_of_a_row_plans_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """As after a version that sent one for each row."""
    async with tenant_of(PEOPLE) as world:
        advance = world.app.advance_run
        vars(world.app)["advance_run"] = replace(advance, planning=advance.planning_again)
        sent = plan_messages(world, monkeypatch)
        run = await world.run_to_end("staff.csv", EXPORT)

        assert [UPDATED] * 5 == await outcomes(world, run)
        assert [RowMessage.of(run, row).row for row in range(run.first_row, run.last_row + 1)] == sorted(sent)
