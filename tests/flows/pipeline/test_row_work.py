"""A step plans and applies its rows itself; one with which that does not do goes on with a message of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.graph.faults import Fault
from shared.core.run.messages import RowMessage, decode_row
from shared.core.run.row import Row
from shared.core.run.run import Run
from shared.flows.pipeline import row_work
from testing.in_memory import InMemory
from tests.flows.small_tenant import csv, number, outcomes, person, tenant_of

PEOPLE = [person(index) for index in range(1, 6)]
EXPORT = csv("employeeId,mobile", *((f"E{index}", number(index + 10)) for index in range(1, 6)))
UPDATED = ("updated", "applied")
VERBS = {"plan_row": "plan-user", "apply_row": "apply-user"}
"""With the queue of each."""
ROW = 4
"""Of the third person."""


def row_messages(world: InMemory, monkeypatch: pytest.MonkeyPatch, name: str) -> list[int]:
    """The rows whose messages are sent to the queue from now on."""
    queue, rows = world.storage.queue(name), list[int]()
    send = queue.send

    async def note(body: str, *, delay: float = 0.0) -> None:
        rows.append(decode_row(body).row)
        await send(body, delay=delay)

    monkeypatch.setattr(queue, "send", note)
    return rows


@dataclass
class Faulty:
    """Stands before a verb; its work on row 4 ends as `fails` says."""

    inner: Any
    fails: Callable[[], Awaitable[None]]
    times: int = 1

    async def __call__(self, message: RowMessage) -> None:
        await self.inner(message)

    async def plan(self, run: Run, row: Row, message: RowMessage) -> None:
        await self._fail_once(row)
        await self.inner.plan(run, row, message)

    async def apply(self, run: Run, row: Row, message: RowMessage) -> None:
        await self._fail_once(row)
        await self.inner.apply(run, row, message)

    async def _fail_once(self, row: Row) -> None:
        if row.number == ROW and self.times:
            self.times -= 1
            await self.fails()


class DiedError(BaseException):
    """The process ends here."""


async def breaks() -> None:
    raise ZeroDivisionError


async def hangs() -> None:
    await asyncio.Event().wait()


async def dies() -> None:
    raise DiedError


def with_fault(world: InMemory, verb: str, fails: Callable[[], Awaitable[None]], times: int = 1) -> None:
    vars(world.app)[verb] = Faulty(getattr(world.app, verb), fails, times)


async def test_a_run_sends_no_message_for_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    async with tenant_of(PEOPLE) as world:
        sent = [row_messages(world, monkeypatch, queue) for queue in VERBS.values()]
        run = await world.run_to_end("staff.csv", EXPORT)

        assert [UPDATED] * 5 == await outcomes(world, run)
        assert [[], []] == sent


@pytest.mark.parametrize("verb", VERBS)
async def test_a_row_that_fails_goes_on_with_a_message_alone(verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with tenant_of(PEOPLE) as world:
        with_fault(world, verb, breaks)
        sent = row_messages(world, monkeypatch, VERBS[verb])
        run = await world.run_to_end("staff.csv", EXPORT)

        assert [UPDATED] * 5 == await outcomes(world, run)
        assert [ROW] == sent
        assert not world.host.failures


@pytest.mark.parametrize("verb", VERBS)
async def test_a_row_that_hangs_goes_on_with_a_message(verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine others may take as long, which changes nothing."""
    monkeypatch.setattr(row_work, "SECONDS_PER_ROW", 2.0)
    async with tenant_of(PEOPLE) as world:
        with_fault(world, verb, hangs)
        sent = row_messages(world, monkeypatch, VERBS[verb])
        run = await world.run_to_end("staff.csv", EXPORT)

        assert [UPDATED] * 5 == await outcomes(world, run)
        assert ROW in sent


@pytest.mark.parametrize("verb", VERBS)
async def test_a_step_whose_process_died_of_a_row_sends_messages(verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a row that ends every process ends in the poison queue, and the others do not."""
    async with tenant_of(PEOPLE) as world:
        with_fault(world, verb, dies, times=2)
        sent = row_messages(world, monkeypatch, VERBS[verb])
        identity = await world.drop("staff.csv", EXPORT)
        while not (await world.stored(identity)).closed:
            with suppress(DiedError):
                await world.pump()

        assert [UPDATED] * 5 == await outcomes(world, await world.stored(identity))
        assert ROW in sent
        assert 5 == world.writes


@pytest.mark.parametrize("verb", VERBS)
async def test_a_step_without_a_token_pauses_its_run_and_fails_no_invocation(verb: str) -> None:
    async with tenant_of(PEOPLE) as world:

        async def rejects() -> None:
            world.stand_in.faults.add(Fault(kind="status", status=401))

        with_fault(world, verb, rejects)
        identity = await world.drop("staff.csv", EXPORT)

        async def is_paused() -> bool:
            return (await world.stored(identity)).pause is not None

        await world.pump(is_paused)
        world.stand_in.faults.withdraw()
        await world.pump()
        assert [UPDATED] * 5 == await outcomes(world, await world.stored(identity))
        assert not world.host.failures


async def test_messages_of_rows_are_worked_on_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """As after a version that sent one for each row."""
    async with tenant_of(PEOPLE) as world:
        world.work_by_messages()
        sent = [row_messages(world, monkeypatch, queue) for queue in VERBS.values()]
        run = await world.run_to_end("staff.csv", EXPORT)

        assert [UPDATED] * 5 == await outcomes(world, run)
        rows = list(range(run.first_row, run.last_row + 1))
        assert [rows, rows] == list(map(sorted, sent))
