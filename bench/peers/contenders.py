"""The contenders that run in a separate process: `python -m bench.peers.contenders` reads a job from standard input.

Two are typical bulk scripts on Microsoft's SDK; the third is this app's gateway and flows on in-memory storage. Each
prints one line of JSON per phase.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx

from bench.peers.job import (
    DONE,
    FAILED,
    Job,
    Measurement,
    Stopwatch,
    export_is_due,
    exports_of,
    main_number,
    sign_in_name,
    staff_of,
)
from bench.sdk import put_number, sdk_client
from sandbox.exports import HEADINGS, write_export
from sandbox.people import Staff, StaffMember
from shared.adapters.storage.gathering import GATHER_SECONDS
from shared.app import App
from shared.core.run.run import Run
from shared.core.values.states import NEEDS_NO_WORK, RunState
from shared.system_clock import SystemClock
from testing.doubles import MemoryStorage
from testing.host_in_memory import HostInMemory
from testing.storage_operations import StorageOperations, work

FIFTY = 50
FIRST_ROW = len(HEADINGS) + 2
RUN_SECONDS = 1_800.0
POLL_SECONDS = 0.02
OUR_SETTINGS = {
    "EXPECTED_WORKERS": "1",
    "MAX_WRITES_UNAPPROVED": "1000000",
    "MAX_UPDATE_SHARE": "1",
    "MAX_CREATE_SHARE": "1",
    "IDENTITY_HEADER": "sandbox",
}
"""One process holds the whole write budget of the app, and no approval is needed."""

type Contender = Callable[[Job, httpx.AsyncClient], AsyncIterator[Measurement]]


async def sequential(job: Job, control: httpx.AsyncClient) -> AsyncIterator[Measurement]:
    """(a) One person after the other; after a 429 the script waits for its Retry-After."""
    async for measurement in _script(job, control, at_once=1):
        yield measurement


async def fifty_at_a_time(job: Job, control: httpx.AsyncClient) -> AsyncIterator[Measurement]:
    """(b) Fifty people at a time; the SDK does the retries."""
    async for measurement in _script(job, control, at_once=FIFTY):
        yield measurement


async def _script(job: Job, control: httpx.AsyncClient, at_once: int) -> AsyncIterator[Measurement]:
    from kiota_abstractions.api_error import APIError

    async with sdk_client(f"{job.url}/v1.0") as client:
        for phase, export in exports_of(staff_of(job.people)).items():
            if phase not in job.phases:
                continue
            watch, said = Stopwatch(job, phase, export, control), dict[str, str]()

            async def one(member: StaffMember) -> str:
                kind, number = main_number(member)
                while True:
                    try:
                        await put_number(client, sign_in_name(member), kind.value, number.spelled_for_graph())
                    except APIError as error:
                        if error.response_status_code != httpx.codes.TOO_MANY_REQUESTS or at_once > 1:
                            return FAILED
                        await asyncio.sleep(float((error.response_headers or {}).get("retry-after", 10)))
                    except httpx.HTTPError:
                        return FAILED
                    else:
                        return DONE

            await export_is_due(phase)
            await watch.start()
            await _in_flight(export, at_once, one, said)
            watch.stop()
            yield await watch.measurement(said)


async def _in_flight(
    export: Staff, limit: int, one: Callable[[StaffMember], Awaitable[str]], said: dict[str, str]
) -> None:
    waiting = iter(export.members)

    async def worker() -> None:
        for member in waiting:
            said[sign_in_name(member)] = await one(member)

    await asyncio.gather(*(worker() for _ in range(limit)))


async def flows_alone(job: Job, control: httpx.AsyncClient) -> AsyncIterator[Measurement]:
    """(d) This app's verbs on storage in memory, called as the host calls them."""
    operations = StorageOperations()
    async with _app_in_memory(job, operations) as host:
        for count, (phase, export) in enumerate(exports_of(staff_of(job.people)).items(), start=1):
            if phase not in job.phases:
                continue
            data, watch = write_export(export), Stopwatch(job, phase, export, control)
            await export_is_due(phase)
            operations.counts.clear()
            await watch.start()
            await host.drop(f"staff-{count}.xlsx", data)
            runs = await host.runs_over(count, within=RUN_SECONDS)
            watch.stop()
            storage, polls = work(operations.counts), operations.counts.total() - work(operations.counts)
            said = await outcomes(host.app, runs[-1], export)
            yield await watch.measurement(said, storage=storage, polls=polls, flow_seconds=_flow_seconds(runs[-1]))


@asynccontextmanager
async def _app_in_memory(job: Job, operations: StorageOperations) -> AsyncIterator[HostInMemory]:
    settings = {
        **OUR_SETTINGS,
        "GRAPH_BASE_URL": f"{job.url}/v1.0",
        "IDENTITY_ENDPOINT": os.environ["IDENTITY_ENDPOINT"],
        "DEFAULT_REGION": "US",
    }
    clock = SystemClock()
    storage = MemoryStorage(clock.now, operations, GATHER_SECONDS)
    app = App(settings, clock=clock, storage=storage)
    await app.prepare_storage()
    app.clients.graph  # noqa: B018 # the scripts' client is imported and built before their time begins, too
    try:
        async with HostInMemory(app, storage, clock, poll=POLL_SECONDS) as host:
            yield host
    finally:
        await app.close()


def _flow_seconds(run: Run) -> float:
    """From the moment when all rows were in the ledger until each had its outcome."""
    state_history = dict(run.state_history)
    return (state_history[RunState.FINISHED] - state_history[RunState.PLANNING]).total_seconds()


async def outcomes(app: App, run: Run, export: Staff) -> dict[str, str]:
    """The outcome that the run reports for each person."""
    return {
        sign_in_name(export.members[row.number - FIRST_ROW]): DONE if row.state in NEEDS_NO_WORK else FAILED
        async for row in app.rows.in_order(run)
    }


CONTENDERS: dict[str, Contender] = {
    contender.__name__: contender for contender in (sequential, fifty_at_a_time, flows_alone)
}


async def _main() -> None:
    given = json.loads(sys.stdin.read())
    job = Job(**{**given, "phases": tuple(given["phases"])})
    async with httpx.AsyncClient(timeout=120) as control:
        async for measurement in CONTENDERS[job.contender](job, control):
            print(json.dumps(measurement.to_json()), flush=True)


if __name__ == "__main__":
    asyncio.run(_main())
