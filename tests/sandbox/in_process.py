"""Uses the host as a library: run by test_functions_host_process.py in a process of its own, prints facts as JSON."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from datetime import UTC, datetime, timedelta

import aiohttp

from sandbox.functions_host.clock import ManualClock
from sandbox.functions_host.host import FunctionsHost
from tests.sandbox.sample_host import APP, eventually


async def main() -> dict[str, object]:
    settings = json.loads(sys.stdin.read())
    clock = ManualClock(datetime(2026, 3, 2, 2, 59, tzinfo=UTC))
    facts: dict[str, object] = {}
    async with FunctionsHost(APP, settings, clock=clock) as host:
        facts["functions"] = sorted(host.functions)
        facts["timer"] = host.metadata()["tick"]
        facts["inside"] = os.environ["WORK_QUEUE"] == settings["WORK_QUEUE"]
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{host.url}/api/people/7", headers={"x-functions-key": host.function_key}) as answer,
        ):
            facts["status"] = answer.status
        await host.fire("tick", past_due=True)
        due = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
        await eventually(lambda: due in clock.awaited)
        clock.advance(timedelta(minutes=1))
        await eventually(lambda: due not in clock.awaited)
    facts["outside"] = "WORK_QUEUE" in os.environ
    return facts


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(main())))
