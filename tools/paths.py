"""`python -m tools.paths`: prints the files of `shared` on four paths, and how deeply calls to Graph are nested.

* cell: an export is dropped and its run ends. A file is listed when an argument, a local variable or a returned value
  in it held one person's number; the files of the whole run are counted too.
* approve, put: an HTTP trigger of `function_app` approves a held run or sets one phone method. The first call of a
  process is listed, which also builds clients and verbs; the second call is counted too.
* reconcile: the timer's verb runs in report mode until its run has ended.

Every path runs once before it is traced, and `function_app` is imported and its functions are indexed before its first
call, so that neither imports nor decorators are counted. The app is the real one on storage in memory.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import math
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import azure.functions as func
from openpyxl import Workbook

from sandbox.graph.person import Person
from sandbox.people import Staff
from shared.api.app import ROOT
from shared.app import App
from shared.flows.person.single_call import SingleCalls
from shared.wiring.person import PersonParts
from testing.in_memory import InMemory, in_memory
from tools.figures import BUDGETS, MOST_LINES, Measured
from tools.trace import Trace, forget_caches, traced

APP = f"{App.__module__}.{App.__qualname__}"
SETTINGS = {"AUTH_MODE": "key", "MAX_UPDATE_SHARE": "1", "MAX_REFUSED_SHARE": "1"}
"""Without these settings, the safety limits would hold a run of four people of whom one is refused."""

_ANSWER_SECONDS = 600.0
"""How long a traced call may take; it runs many times slower than one for which a person waits."""

type Trigger = Callable[..., Awaitable[func.HttpResponse]]
type HttpCall = Callable[[str, str, Mapping[str, str], bytes], Awaitable[None]]
"""Method, path after the API's root, headers, body. Raises RuntimeError when the answer is no success."""


def number(last: int) -> str:
    """A number reserved for fiction, as Graph spells it."""
    return f"+1 20255501{last:02}"


CREATED, UPDATED, SAME, DRIFTED = number(41), number(42), number(43), number(44)
WITH_A_LETTER = "+1 202 555 O145"


async def cell() -> Measured:
    async with _world() as world:
        with traced(_digits(UPDATED)) as trace:
            await world.run_to_end("staff.xlsx", _export())
    found = Measured()
    found.count("cell: files that a number passes", sorted(trace.files_with_number))
    found.count("cell: files of the whole run", sorted(trace.files))
    return _with_frames(found, "cell", trace)


async def approve() -> Measured:
    traces = []
    async with _world(APPROVAL="always") as world, _new_process(world) as call:
        for name in ("first.xlsx", "second.xlsx"):
            held = await world.run_to_end(name, _export())
            with traced() as trace:
                await call("POST", f"/runs/{held.id}/approve", {"If-Match": f'"{held.digest}"'}, b"")
            traces.append(trace)
            await world.pump()
    return _of_calls("approve", traces)


async def reconcile() -> Measured:
    async with _world() as world:
        await world.run_to_end("staff.xlsx", _export())
        world.stand_in.tenant.put(_person(1, DRIFTED))
        with traced() as trace:
            await world.app.reconcile()
            await world.pump()
    found = Measured()
    found.count("reconcile: files", sorted(trace.files))
    return _with_frames(found, "reconcile", trace)


async def put() -> Measured:
    traces = []
    async with _world() as world, _new_process(world) as call:
        for index in (2, 3):
            body = json.dumps({"phoneNumber": UPDATED}).encode()
            headers = {"Content-Type": "application/json"}
            with traced(_digits(UPDATED)) as trace:
                await call("PUT", f"/users/{_person(index).id}/phoneMethods/mobile", headers, body)
            traces.append(trace)
    found = _of_calls("put", traces)
    found.count("put: files that a number passes", sorted(traces[0].files_with_number))
    return _with_frames(found, "put", traces[0])


PATHS: Mapping[str, Callable[[], Awaitable[Measured]]] = {
    "cell": cell,
    "approve": approve,
    "reconcile": reconcile,
    "put": put,
}
LISTED = (
    "cell: files that a number passes",
    "cell: files of the whole run",
    "approve: files",
    "reconcile: files",
    "put: files",
)


async def measured(path: str) -> Measured:
    """The figures of one of PATHS, once everything that it uses is imported."""
    await PATHS[path]()
    return await PATHS[path]()


def _of_calls(path: str, traces: list[Trace]) -> Measured:
    found = Measured()
    for name, trace in zip(("files", "files of the second call"), traces, strict=True):
        found.count(f"{path}: {name}", sorted(trace.files))
    return found


def _with_frames(found: Measured, path: str, trace: Trace) -> Measured:
    """A path without such requests has no figure."""
    as_one_stack = ("write as one stack", trace.writes_as_one_stack)
    for kind, frames in (("read", trace.reads), ("write", trace.writes), as_one_stack):
        if frames:
            found.numbers[f"{path}: most frames to a {kind}"] = max(frames)
            found.numbers[f"{path}: fewest frames to a {kind}"] = min(frames)
    return found


@asynccontextmanager
async def _world(**settings: str) -> AsyncIterator[InMemory]:
    async with in_memory(Staff(()), {**SETTINGS, **settings}) as world:
        for person in (_person(1), _person(2, number(2)), _person(3, SAME), _person(4)):
            world.stand_in.tenant.put(person)
        yield world


@asynccontextmanager
async def _new_process(world: InMemory) -> AsyncIterator[HttpCall]:
    """The HTTP triggers of a new process, on the storage and the clock of this world."""
    forget_caches()
    sys.modules.pop("function_app", None)
    apps: list[App] = []
    indexed = importlib.import_module("function_app").app.get_functions()
    triggers: dict[str, Trigger] = {one.get_function_name(): one.get_user_function() for one in indexed}

    def app_on_this_storage(environment: Mapping[str, str]) -> App:
        apps.append(App(environment, clock=world.clock, storage=world.storage))
        return apps[-1]

    async def call(method: str, path: str, headers: Mapping[str, str], body: bytes) -> None:
        request = func.HttpRequest(method, f"https://app.example{ROOT}{path}", headers=headers, body=body)
        answer = await triggers[path.split("/")[1]](request, SimpleNamespace(invocation_id="1"))
        if not HTTPStatus(answer.status_code).is_success:
            raise RuntimeError(f"{method} {path} was answered with {answer.status_code}")

    new_single_calls = PersonParts.new_single_calls

    def traced_single_calls(parts: PersonParts) -> SingleCalls:
        return replace(new_single_calls(parts), answer_seconds=_ANSWER_SECONDS)

    with patch(APP, app_on_this_storage), patch.object(PersonParts, "new_single_calls", traced_single_calls):
        try:
            yield call
        finally:
            for app in apps:
                await app.close()
            forget_caches()
            sys.modules.pop("function_app", None)


def _person(index: int, mobile: str = "") -> Person:
    return Person(
        id=f"00000000-0000-4000-8000-{index:012}",
        userPrincipalName=f"person{index}@contoso.example",
        phones={"mobile": mobile} if mobile else {},
    )


def _export() -> bytes:
    """A workbook with a number to create, one to update, one that is there, and one that is refused."""
    workbook, content = Workbook(write_only=True), BytesIO()
    sheet = workbook.create_sheet()
    sheet.append(("userPrincipalName", "mobile"))
    for index, mobile in enumerate((CREATED, UPDATED, SAME, WITH_A_LETTER), start=1):
        sheet.append((_person(index).userPrincipalName, mobile))
    workbook.save(content)
    return content.getvalue()


def fewest_files(lines: Mapping[str, int]) -> int:
    """How many files would hold the same lines if modules were joined within their package only, and every file had
    MOST_LINES; `lines` maps each file to its lines."""
    of_package: Counter[str] = Counter()
    for file, count in lines.items():
        of_package[str(Path(file).parent)] += count
    return sum(math.ceil(count / MOST_LINES) for count in of_package.values())


def _lines(files: Iterable[str]) -> dict[str, int]:
    return {file: len(Path(file).read_text(encoding="utf-8").splitlines()) for file in files}


def _digits(spelled: str) -> str:
    """The digits without the country code, which is a separate field."""
    return spelled.partition(" ")[2]


def shown(found: Measured) -> str:
    """Every figure with its budget, the files behind those that are listed, and how few could hold their lines."""
    lines = []
    for name, value in found.numbers.items():
        budget = f" (budget {BUDGETS[name]})" if name in BUDGETS else ""
        lines.append(f"{name}: {value}{budget}")
        if name in LISTED:
            lines += [f"    {file}" for file in found.lists[name]]
            of_files = _lines(found.lists[name])
            lines.append(
                f"    {sum(of_files.values())} lines; joined within each package to files of {MOST_LINES} lines, "
                f"{fewest_files(of_files)} files"
            )
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.paths", description="Measure four paths through shared.")
    parser.add_argument("paths", nargs="*", default=list(PATHS), help=f"which of {', '.join(PATHS)}; all by default")
    parser.add_argument("--json", type=Path, metavar="FILE", help="store the figures in this file, beside others")
    asked = parser.parse_args(arguments)
    for path in asked.paths:
        found = asyncio.run(measured(path))
        print(shown(found), end="\n\n")
        if asked.json:
            found.add_to(asked.json)


if __name__ == "__main__":
    main()
