"""Prints the files of `shared` on four paths and the stack depth at the Graph request: `python -m tools.paths`.

cell: the files that one phone number passes through, from the cell of an export to Graph and to the result workbook.
approve, reconcile, put: all files that run when a held run is approved over HTTP, when a reconcile runs from its timer
to its end, and when one phone method is set over HTTP.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from io import BytesIO

import httpx
from openpyxl import Workbook

from sandbox.graph.person import Person
from sandbox.people import Staff
from shared.api.app import build
from shared.api.asgi import ROOT
from testing.in_memory import InMemory, in_memory
from tools.trace import Trace, traced

BUDGETS = {"cell": 32, "approve": 15, "reconcile": 30, "put": 40}
"""Files at most."""
DEEPEST = {"cell": 9, "put": 14}
"""Frames within `shared` at a Graph request at most."""
NUMBER, OTHER = "+1 202 555 0142", "+1 202 555 0151"
DIGITS = "2025550142"
_SETTINGS = {"ON_EXISTING": "overwrite", "MAX_UPDATE_SHARE": "1", "MAX_REFUSED_SHARE": "1", "AUTH_MODE": "key"}


async def cell() -> Trace:
    async with _world() as world:
        with traced(DIGITS) as trace:
            await world.run_to_end("staff.xlsx", _export())
    return trace


async def approve() -> Trace:
    async with _world(APPROVAL="always") as world, _client(world) as http:
        run = await world.run_to_end("staff.xlsx", _export())
        etag = (await http.get(f"/runs/{run.id}")).headers["ETag"]
        with traced() as trace:
            (await http.post(f"/runs/{run.id}/approve", headers={"If-Match": etag})).raise_for_status()
    return trace


async def reconcile() -> Trace:
    async with _world() as world:
        await world.run_to_end("staff.xlsx", _export())
        world.stand_in.tenant.put(_person(1, OTHER))
        with traced() as trace:
            await world.app.reconcile()
            await world.pump()
    return trace


async def put() -> Trace:
    async with _world() as world, _client(world) as http:
        with traced() as trace:
            path = f"/users/{_person(1).id}/phoneMethods/mobile"
            (await http.put(path, json={"phoneNumber": NUMBER})).raise_for_status()
    return trace


PATHS: Mapping[str, Callable[[], Awaitable[Trace]]] = {
    "cell": cell,
    "approve": approve,
    "reconcile": reconcile,
    "put": put,
}


async def files_and_depth(path: str) -> tuple[list[str], int]:
    """The files of a path, and the most frames within `shared` at a Graph request.

    The path runs once before it is traced, so that caches and first imports leave no mark.
    """
    await PATHS[path]()
    trace = await PATHS[path]()
    files = trace.files_with_number if path == "cell" else trace.files
    return sorted(files), max((depth for depths in trace.depths.values() for depth in depths), default=0)


async def main() -> None:
    for path in PATHS:
        files, depth = await files_and_depth(path)
        frames = f"; at most {depth} frames at a Graph request (budget {DEEPEST[path]})" if path in DEEPEST else ""
        print(f"{path}: {len(files)} files (budget {BUDGETS[path]}){frames}")
        print("".join(f"  shared/{name}\n" for name in files))


@asynccontextmanager
async def _world(**settings: str) -> AsyncIterator[InMemory]:
    async with in_memory(Staff(()), {**_SETTINGS, **settings}) as world:
        for person in (_person(1), _person(2, NUMBER[:-2] + "02"), _person(3, OTHER)):
            world.stand_in.tenant.put(person)
        yield world


@asynccontextmanager
async def _client(world: InMemory) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(build(world.app), root_path=ROOT)
    async with httpx.AsyncClient(
        transport=transport, base_url=f"http://app{ROOT}", headers={"x-functions-key": "any"}
    ) as http:
        yield http


def _person(index: int, mobile: str = "") -> Person:
    phones = {"mobile": mobile.replace(" ", "").replace("+1", "+1 ")} if mobile else {}
    return Person(
        id=f"00000000-0000-4000-8000-{index:012}", userPrincipalName=f"person{index}@contoso.example", phones=phones
    )


def _export() -> bytes:
    """One number to create, one to update, one unchanged, one that is refused."""
    workbook, content = Workbook(write_only=True), BytesIO()
    sheet = workbook.create_sheet()
    rows = (("userPrincipalName", "mobile"), (1, NUMBER), (2, NUMBER[:-2] + "43"), (3, OTHER), (4, "unknown"))
    for name, mobile in rows:
        key = name if isinstance(name, str) else f"person{name}@contoso.example"
        sheet.append((key, mobile))
    workbook.save(content)
    return content.getvalue()


if __name__ == "__main__":
    asyncio.run(main())
