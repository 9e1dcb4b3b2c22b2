"""What timers do at a start, after a time without any host, and with two hosts."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.conformance.worlds import World, until

AT_ONCE = ("at_start", "overdue", "missed")


async def timers(world: World) -> Any:
    """One run at a start; one for times that were missed, however many; none after a change of the schedule."""

    async def ran() -> bool:
        return all(world.given(name) for name in AT_ONCE)

    await until(ran)
    return {name: world.given(name) for name in (*AT_ONCE, "changed")}


async def every_minute(world: World) -> Any:
    async def twice() -> bool:
        return len(world.given("minute")) >= 2

    await until(twice, within=200)
    return {"given": world.given("minute")[:2], "kept": world.plain(await world.kept_status("minute"))}


async def timers_of_two_hosts(world: World) -> Any:
    """Only one of two hosts runs a timer."""
    await world.start()
    before = len(world.given("minute"))
    await asyncio.sleep(130)
    return {"at_start": len(world.given("at_start")), "minute": len(world.given("minute")) - before}
