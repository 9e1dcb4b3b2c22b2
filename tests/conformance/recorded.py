"""`python -m tests.conformance.recorded`: what Microsoft's listeners give to functions, written to tests/payloads.

Ids, times, receipts and addresses are replaced by made-up ones, so that each recording has the same bytes. What Event
Grid itself sends is not recorded: no program here sends it.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sandbox.azurite import Azurite
from sandbox.functions_host.host import Listeners
from tests.conformance.accounts import by_string
from tests.conformance.blob_scenarios import created
from tests.conformance.queue_scenarios import encoded
from tests.conformance.worlds import EVENTS, World, until
from tests.payloads import FOLDER

ROW = b'{"v": 2, "run": "20261121T080000Z-0123456789", "row": 17, "failures": 1}'
"""A message of the app; the scenario app fails for it, so that it is delivered twice."""
_MADE_UP = (
    (re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "0e0e0e0e-0000-4000-8000-000000000001"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?"), "2026-11-21T08:00:00"),
    (re.compile(r"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d"), "11/21/2026 08:00:00"),
    (re.compile(r"0x[0-9A-F]{10,}"), "0x8D4BCC2E4835CD0"),
    (re.compile(r"http://127\.0\.0\.1:\d+/devstoreaccount1"), "https://numbers.blob.core.windows.net"),
)
_RECEIPT = "AgAAAAMAAAAAAAAAh6Kk6nBi2gE="


def _made_up(value: Any, world: World, name: str = "") -> Any:
    match value:
        case dict():
            return {key: _made_up(item, world, key) for key, item in value.items()}
        case str() if value.startswith("0001-"):  # .NET's beginning of time, for what has not happened yet
            return value
        case str():
            text = _RECEIPT if name == "PopReceipt" else value.replace(world.name("evented"), "hr-exports")
            for pattern, instead in _MADE_UP:
                text = pattern.sub(instead, text)
            return text.replace(world.mark, "host")
        case _:
            return value


async def recorded(world: World) -> dict[str, Any]:
    """The payloads by the names of their files."""
    evented, staff = world.name("evented"), "in/staff.txt"
    work, before = world.name("work"), len(world.raw("work"))
    await world.send(work, encoded(ROW))
    await until(lambda: world.emptied(work))
    for blob, function in ((staff, "event"), ("in/fail.txt", "event"), (staff, "reference")):
        event = created(evented, blob, await world.put(evented, blob, blob.encode()))
        await world.event_grid([event], function=f"Host.Functions.{function}")
        await world.control_queue_emptied()
    second = world.raw("work")[before + 1]
    opened = next(one for one in world.raw("event") if one["metadata"]["BlobTrigger"] == f"{evented}/{staff}")
    (notice,) = [one for one in await world.raw_poison_notices(evented) if one["BlobName"] == "in/fail.txt"]
    payloads = {
        "queue-message": {"body": second["value"], "metadata": second["metadata"]},
        "timer": world.raw("at_start")[0]["value"],
        "blob": {"metadata": opened["metadata"]},
        "blob-reference": world.raw("reference")[-1]["value"],
        "blob-poison-notice": notice,
    }
    return {name: _made_up(payload, world) for name, payload in payloads.items()}


async def _record() -> None:
    with TemporaryDirectory(prefix="recorded-") as folder:
        async with Azurite() as azurite, by_string(azurite.connection_string) as accounts:
            world = World(Listeners.MICROSOFT, EVENTS, accounts, Path(folder))
            await world.prepare()
            try:
                await world.start()
                for name, payload in (await recorded(world)).items():
                    text = json.dumps(payload, indent=2, ensure_ascii=False) + "\n"
                    (FOLDER / f"{name}.json").write_text(text, encoding="utf-8")
            finally:
                await world.kill()


if __name__ == "__main__":
    sys.exit(asyncio.run(_record()))
