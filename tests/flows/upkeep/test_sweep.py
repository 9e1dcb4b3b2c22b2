"""The sweep restarts or closes every run that has stopped."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from sandbox.exports import write_export
from sandbox.people import Staff
from shared.core.call import SetPhone, SingleCall
from shared.core.person.account import Methods
from shared.core.plan.operations import Operation
from shared.core.run.messages import StepMessage
from shared.core.run.run import Run
from shared.core.run.run_ids import run_id
from shared.core.values.errors import ConcurrencyError
from shared.core.values.slot import PhoneType
from shared.core.values.states import RunState
from shared.core.values.storage import BlobInfo, ContainerPort
from testing.doubles import MemoryContainer, MemoryQueue
from testing.in_memory import InMemory, in_memory


class DiedError(Exception):
    """The process ends here."""


class DyingGraph:
    """Ends the process at every request."""

    async def methods(self, _user_id: str, *, email: bool = False, together: bool = False) -> Methods:  # noqa: ARG002 - the protocol's
        raise DiedError

    async def execute(self, _user_id: str, _operation: Operation) -> str:
        raise DiedError


class ReplacedMeanwhile(MemoryContainer):
    """A container whose blobs are replaced between the reading of properties and content."""

    def __init__(self, container: ContainerPort) -> None:
        super().__init__()
        self._container = container

    async def info(self, name: str) -> BlobInfo | None:
        return await self._container.info(name)

    async def read(self, name: str, *, if_match: str | None = None) -> bytes:
        await self._container.write(name, await self._container.read(name))
        return await self._container.read(name, if_match=if_match)


async def newest_run(world: InMemory) -> Run:
    return [run async for run in world.app.runs.all()][-1]


async def test_an_export_whose_event_was_lost_is_found(staff: Staff) -> None:
    """Ten minutes after the drop the sweep starts its run, and does so once."""
    async with in_memory(staff) as world:
        await world.app.exports.write("staff.xlsx", write_export(staff))
        await world.app.sweep()
        assert [] == [run async for run in world.app.runs.all()]

        world.clock.leap_to(world.clock.now() + timedelta(minutes=11))
        await world.app.sweep()
        await world.app.sweep()
        await world.pump()

        info = await world.app.exports.info("staff.xlsx")
        assert info is not None
        run = await world.stored(run_id(info.last_modified, "hr-exports", "staff.xlsx", info.etag))
        assert RunState.FINISHED is run.state


async def test_a_run_whose_step_message_was_lost_continues(staff: Staff) -> None:
    """The sweep sends the step again after two minutes."""
    async with in_memory(staff) as world:
        identity = await world.drop("staff.xlsx", write_export(staff))
        world.storage.queue("run-steps").messages.clear()
        await world.pump()
        assert RunState.PLANNING is (await world.stored(identity)).state

        world.clock.leap_to(world.clock.now() + timedelta(minutes=3))
        await world.app.sweep()
        await world.pump()

        assert RunState.FINISHED is (await world.stored(identity)).state


async def test_a_held_run_expires(staff: Staff) -> None:
    """After HELD_DAYS without an approval nothing is written, and every row says why."""
    async with in_memory(staff, {"MAX_WRITES_UNAPPROVED": "1", "HELD_DAYS": "2"}) as world:
        held = await world.run_to_end("staff.xlsx", write_export(staff))

        world.clock.leap_to(world.clock.now() + timedelta(days=2))
        await world.app.sweep()
        await world.pump()

        run = await world.stored(held.id)
        assert (RunState.REJECTED, "runExpired") == (run.state, run.code)
        summary = json.loads(await world.app.results.read(f"{run.id}/summary.json"))
        assert {"runExpired"} == set(summary["codes"]["unprocessed"])
        assert 0 == world.writes


async def test_a_call_whose_process_died_is_closed(staff: Staff) -> None:
    """After half an hour its row is unconfirmed and the run is failed and closed."""
    async with in_memory(staff) as world:
        user = next(person.id for person in staff.people if person.phones and not person.groups)
        desired_value = SingleCall(user, SetPhone(PhoneType.MOBILE, "+1 202 555 0142"), "key")
        single_calls = world.app.single_calls
        dying = replace(single_calls, writer=replace(single_calls.writer, graph=DyingGraph()))
        with pytest.raises(DiedError):
            await dying.do(desired_value)
        assert RunState.APPLYING is (await newest_run(world)).state

        world.clock.leap_to(world.clock.now() + timedelta(minutes=31))
        await world.app.sweep()

        run = await newest_run(world)
        row = await world.app.rows.get(run.id, 1)
        assert row is not None
        assert (RunState.FAILED, "unconfirmed") == (run.state, row.state)


async def test_a_run_whose_file_was_replaced_while_it_was_read_is_closed(staff: Staff) -> None:
    """The new file has a run of its own; the old run is failed."""
    async with in_memory(staff) as world:
        await world.app.exports.write("staff.xlsx", write_export(staff))
        with pytest.raises(ConcurrencyError):
            await replace(world.app.split, exports=ReplacedMeanwhile(world.app.exports))("staff.xlsx")
        old = await newest_run(world)

        world.clock.leap_to(world.clock.now() + timedelta(minutes=31))
        await world.app.sweep()
        await world.pump()

        assert RunState.FAILED is (await world.stored(old.id)).state
        assert [RunState.FINISHED] == [run.state async for run in world.app.runs.all() if run.id != old.id]


async def test_rows_whose_messages_were_lost_are_enqueued_again(staff: Staff) -> None:
    """After twenty minutes without progress, in planning or applying, the open rows get new messages."""
    async with in_memory(staff) as world:
        identity = await world.drop("staff.xlsx", write_export(staff))
        for name in ("plan-user", "apply-user"):
            lost = world.storage.queue(name)

            async def handed_out(lost: MemoryQueue = lost) -> bool:
                return len(lost.messages) > 20

            await world.pump(until=handed_out)
            lost.messages.clear()
            for _ in range(60):
                world.clock.leap_to(world.clock.now() + timedelta(seconds=30))
                await world.deliver_visible()
                await world.app.sweep()

        await world.pump()
        assert RunState.FINISHED is (await world.stored(identity)).state


async def test_a_step_that_died_before_it_sent_the_next_one_is_continued(staff: Staff) -> None:
    """Its redelivered message sends the missing step; a mere duplicate sends nothing."""
    async with in_memory(staff) as world:
        identity = await world.drop("staff.xlsx", write_export(staff))
        queue = world.storage.queue("run-steps")
        await world.app.advance_run(StepMessage(identity, 1))
        queue.messages.clear()
        await world.app.advance_run(StepMessage(identity, 1))
        assert {} == queue.messages

        await world.app.advance_run(StepMessage(identity, 1), redelivered=True)
        await world.pump()

        assert RunState.FINISHED is (await world.stored(identity)).state
