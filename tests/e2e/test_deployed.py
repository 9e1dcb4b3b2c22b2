"""The app with exactly the settings and the storage of a committed deployment, signed in by its identity."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path

import httpx
import pytest

from sandbox.exports import write_export
from sandbox.functions_host.host import Listeners
from sandbox.people import PersonKind, Staff, make_staff
from shared.api.roles import CallerRole
from shared.core.run.run import Run, run_id
from shared.core.values.states import RunState
from tests.api.caller import principal
from tests.conformance.checker import needs_checker
from tests.e2e.deployed import BLOBS_KEY, IDS, Deployment, deployed
from tests.payloads import payload

EACH = [Listeners.SANDBOX, pytest.param(Listeners.MICROSOFT, marks=needs_checker)]
STAFF = Staff(tuple(one for one in make_staff(40).members if one.kind is not PersonKind.UNKNOWN_USER))
"""Nobody for whom the app would wait a minute, whether an account appears."""
COUNTS = Counter("kept" if state == "updated" else state for state in Counter(STAFF.expected_counts).elements())
"""The deployment replaces no number of which nobody has decided."""
FILE = "staff.xlsx"
RUN_SECONDS = 120


async def dropped(deployment: Deployment, url: str) -> str:
    """Write an export as HR does, and tell the app as Event Grid does; the run's id."""
    exports, container = deployment.app.exports, deployment.settings["EXPORTS_CONTAINER"]
    await exports.write(FILE, write_export(STAFF))
    info = await exports.info(FILE)
    assert info is not None
    (event,) = payload("event-grid-blob-created")
    event["data"] |= {"eTag": info.etag.strip('"'), "url": f"https://storage.example/{container}/{FILE}"}
    async with httpx.AsyncClient() as http:
        query = {"functionName": "Host.Functions.split_export", "code": BLOBS_KEY}
        headers = {"aeg-event-type": "Notification"}
        answer = await http.post(f"{url}/runtime/webhooks/blobs", params=query, headers=headers, json=[event])
        assert 202 == answer.status_code
    return run_id(info.last_modified, container, info.name, info.etag)


async def closed(deployment: Deployment, run: str) -> Run:
    async with asyncio.timeout(RUN_SECONDS):
        while True:
            found = await deployment.app.runs.get(run)
            if found is not None and found.closed:
                return found
            await asyncio.sleep(0.25)


@pytest.mark.parametrize("listeners", EACH)
async def test_an_export_is_applied_with_the_settings_of_the_deployment(tmp_path: Path, listeners: Listeners) -> None:
    """From the event to the result, and behind the sign-in of the API."""
    async with deployed("flex-sftp", tmp_path, STAFF) as deployment:
        host = deployment.host(listeners, deployment.settings)
        await host.start()
        try:
            run = await closed(deployment, await dropped(deployment, host.url))
            summary = json.loads(await deployment.app.results.read(f"{run.id}/summary.json"))
            assert RunState.FINISHED is run.state
            assert COUNTS == summary["counts"]
            async with httpx.AsyncClient(base_url=f"{host.url}/api/v1") as api:
                assert 401 == (await api.get(f"/runs/{run.id}")).status_code
                seen = await api.get(f"/runs/{run.id}", headers=principal(*CallerRole, tid=IDS.tenant_id))
                assert COUNTS == seen.json()["counts"]
        finally:
            await host.stop()
