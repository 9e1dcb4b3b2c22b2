"""Application Insights' own exporter against an ingestion endpoint on this machine, set up as the app does it."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from sandbox.receiver import local_server
from shared.core.run.run import Run
from shared.telemetry import signals
from shared.telemetry.fields import FIELDS
from shared.telemetry.sdk import begin, providers
from shared.telemetry.table import SPANS, SpanName
from tests.flows.small_tenant import csv, number, person, tenant_of
from tests.telemetry.test_trace import METHOD
from trials.made_up import made_up

PEOPLE = [person(index) for index in range(1, 4)]
EXPORT = csv("userPrincipalName,mobile", *((one.userPrincipalName, number(50 + i)) for i, one in enumerate(PEOPLE)))
OF_THE_EXPORTER = {FIELDS[name].key for name in ("server", "method", "status")}
"""It makes target, name and result code of these."""
KEY = "00000000-0000-0000-0000-000000000023"


@dataclass
class Ingestion:
    """Answers nothing until it is `released`."""

    status: int = 200
    url: str = ""
    bodies: list[bytes] = field(default_factory=list)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    answered: int = 0

    async def take(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.read())
        await self.released.wait()
        self.answered += 1
        accepted = len(items_of(self.bodies[-1])) if self.status == 200 else 0
        answer = {"itemsReceived": accepted, "itemsAccepted": accepted, "errors": []}
        return web.json_response(answer, status=self.status)

    def items(self) -> dict[str, list[dict[str, Any]]]:
        """What was sent, by its type."""
        found = defaultdict(list)
        for item in (one for body in self.bodies for one in items_of(body)):
            found[item["data"]["baseType"]].append(item["data"]["baseData"])
        return found


def items_of(body: bytes) -> list[dict[str, Any]]:
    text = (gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body).decode()
    items: list[dict[str, Any]] = json.loads(text)
    return items


@asynccontextmanager
async def ingestion(status: int = 200) -> AsyncIterator[Ingestion]:
    endpoint = Ingestion(status)
    async with local_server(endpoint.take) as endpoint.url:
        try:
            yield endpoint
        finally:
            endpoint.released.set()


async def run_while_exporting(endpoint: Ingestion) -> Run:
    """A run that is over before the endpoint answers anything; afterwards the endpoint answers, and all is sent."""
    parts = providers(f"InstrumentationKey={KEY};IngestionEndpoint={endpoint.url}/", "phones")
    handler = begin(*parts)
    try:
        async with tenant_of(PEOPLE) as world:
            run = await world.run_to_end("staff.csv", EXPORT)
        assert 0 == endpoint.answered
    finally:
        logging.getLogger().removeHandler(handler)
        signals.use(None)
        endpoint.released.set()
        for part in parts:
            await asyncio.to_thread(part.shutdown)
    return run


def all_files(folder: Path) -> str:
    return "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file())


@pytest.fixture(autouse=True)
def quiet_exporter(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It calls no other address than its endpoint, as the templates set it, and not once more when the tests end."""
    monkeypatch.setenv("APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL", "true")
    monkeypatch.setenv("APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED", "true")
    monkeypatch.setenv("APPLICATIONINSIGHTS_SDKSTATS_DISABLED", "true")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


async def test_all_three_signals_arrive_and_no_run_waits_for_them(caplog: pytest.LogCaptureFixture) -> None:
    """Every line of the log, spans with their run, and metrics; nothing personal in what is sent, whatever its form."""
    caplog.set_level("INFO")
    async with ingestion() as endpoint:
        run = await run_while_exporting(endpoint)

    assert {"updated": 3} == {state.value: count for state, count in run.counts.items() if count}
    sent = endpoint.items()
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("shared")]
    logged = [one for one in sent["MessageData"] if one["message"].split()[0] in {line.split()[0] for line in lines}]
    assert sorted(lines) == sorted(one["message"] for one in logged)
    assert [] == [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    writes = [one for one in sent["RemoteDependencyData"] if one["name"].startswith("PATCH ")]
    assert [(METHOD, run.id, "204")] * 3 == [
        (one["properties"]["path"], one["properties"]["run"], one["resultCode"]) for one in writes
    ]
    for one in writes:
        assert OF_THE_EXPORTER | set(one["properties"]) == {FIELDS[name].key for name in SPANS[SpanName.GRAPH].fields}
    assert run.id in {one["properties"].get("run") for one in sent["RequestData"]}
    assert {"rows", "graph.requests"} <= {metric["name"] for one in sent["MetricData"] for metric in one["metrics"]}
    assert not made_up().found(json.dumps(sent))


async def test_an_endpoint_that_refuses_costs_no_run_and_no_line(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """The exporter keeps what was refused in a file, and sends it later; the file holds nothing personal either."""
    caplog.set_level("INFO")
    async with ingestion(403) as endpoint:
        run = await run_while_exporting(endpoint)

    assert {"updated": 3} == {state.value: count for state, count in run.counts.items() if count}
    kept = all_files(tmp_path)
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("shared")]
    assert lines
    assert [] == [line for line in lines if json.dumps(line)[1:-1] not in kept]
    assert not made_up().found(kept)
