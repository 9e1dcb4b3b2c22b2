"""The look-up brings the methods along; they count only while they are no older than what the app remembers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from shared.core.person.account import AccountWithMethods, PersonKey
from shared.core.run.messages import decode_row
from shared.core.values.slot import PhoneType
from shared.core.values.storage import Received
from shared.flows.graph_ports import DirectoryPort
from shared.flows.pipeline.plan_row import PlanRow
from testing.in_memory import InMemory
from tests.flows.small_tenant import csv, number, outcomes, person, tenant_of

ANNE = person(1)


def export(mobile: str) -> bytes:
    return csv("objectId,mobile", [ANNE.id, mobile])


@dataclass
class Interrupted:
    """A directory that lets another run's message be worked on between its answer and what is made of it."""

    inner: DirectoryPort
    world: InMemory
    message: Received

    async def look_up_with_methods(self, key: PersonKey, *, email: bool) -> AccountWithMethods:
        found = await self.inner.look_up_with_methods(key, email=email)
        await self.world.app.apply_row(decode_row(self.message.body or ""))
        return found


async def apply_message(world: InMemory) -> Received:
    """The next message to apply, taken out of the host's hands."""
    queue = world.storage.queue(world.app.settings.apply_queue)

    async def is_there() -> bool:
        return bool(queue.messages)

    await world.pump(is_there)
    (message,) = await queue.receive(lease=timedelta(hours=1).total_seconds())
    return message


async def test_what_another_run_wrote_in_between_is_seen() -> None:
    """An older run sets another number while a newer one plans: no row says that the number is there already."""
    async with tenant_of([ANNE]) as world:
        world.work_by_messages()
        await world.drop("older.csv", export(number(2)))
        message = await apply_message(world)
        world.clock.leap_to(world.clock.now() + timedelta(minutes=5))
        plan: PlanRow = world.app.plan_row
        vars(world.app)["plan_row"] = replace(plan, directory=Interrupted(plan.directory, world, message))  # type: ignore[arg-type] # plan only finds
        run = await world.run_to_end("newer.csv", export(number(1)))

        assert [("updated", "applied")] == await outcomes(world, run)
        assert number(1) == world.stand_in.tenant.people[ANNE.id].methods[PhoneType.MOBILE]


async def test_methods_are_read_again_only_where_the_record_is_fresh() -> None:
    async with tenant_of([ANNE]) as world:
        lists = partial(world.stand_in.stats.requests.__getitem__, "phoneMethods.list")
        for minutes, asked in ((0, 1), (0, 2), (5, 1)):
            world.clock.leap_to(world.clock.now() + timedelta(minutes=minutes))
            before = lists()
            run = await world.run_to_end(f"{before}.csv", export(number(1)))
            assert [("unchanged", "alreadySet")] == await outcomes(world, run)
            assert asked == lists() - before
