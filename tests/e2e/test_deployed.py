"""The app with exactly the settings and the storage of a committed deployment, signed in by its identity."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path
from subprocess import CompletedProcess

import httpx
import pytest

from sandbox.exports import write_export
from sandbox.functions_host.host import Listeners
from sandbox.functions_host.sign_in import COLLEAGUES, Colleague
from sandbox.people import PersonKind, Staff, make_staff
from sandbox.processes import PartError
from shared.api.roles import CallerRole
from shared.core.run.run import Run
from shared.core.run.run_ids import run_id
from shared.core.values.states import RunState
from tests.api.caller import principal
from tests.conformance.checker import needs_checker
from tests.e2e.deployed import BLOBS_KEY, IDS, Deployment, deployed
from tests.infra.test_settings import CONNECTION, NAMED_IN_BINDINGS
from tests.payloads import payload
from tests.scripts.recorder import AzureCli
from tests.scripts.test_after_deploy import CREATE, ENVIRONMENT, TOPICS

EACH = [Listeners.SANDBOX, pytest.param(Listeners.MICROSOFT, marks=needs_checker)]
STAFF = Staff(tuple(one for one in make_staff(40).members if one.kind is not PersonKind.UNKNOWN_USER))
"""Nobody for whom the app would wait a minute, whether an account appears."""
COUNTS = Counter("kept" if state == "updated" else state for state in Counter(STAFF.expected_counts).elements())
"""The deployment replaces no number of which nobody has decided."""
FILE = "staff.xlsx"
READ_BY_HOST = NAMED_IN_BINDINGS | {
    "AzureWebJobsStorage__blobServiceUri",
    "AzureWebJobsStorage__queueServiceUri",
    "AzureWebJobsStorage__clientId",
    "PhoneData__queueServiceUri",
    "PhoneData__clientId",
    "PhoneExports__blobServiceUri",
    "PhoneExports__queueServiceUri",
}
"""Of the settings of connections; what is not here is read by the app, or later: the identity of PhoneExports is asked
for at the first event, and without `__credential` the real host finds the same identity. tests/infra compares all."""
RUN_SECONDS = 120


async def dropped(deployment: Deployment, url: str) -> str:
    """Write an export as HR does, and tell the app as Event Grid does; the run's id."""
    exports, container = deployment.app.exports, deployment.settings["EXPORTS_CONTAINER"]
    await exports.write(FILE, write_export(STAFF))
    info = await exports.info(FILE)
    assert info is not None
    (event,) = payload("event-grid-blob-created")
    event["data"] |= {"eTag": info.etag.strip('"'), "url": f"https://storage.example/{container}/{FILE}"}
    async with httpx.AsyncClient(timeout=RUN_SECONDS) as http:
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
    """From the event to the result, behind the sign-in of the API; and the smoke test finds all of it, by role."""
    async with deployed("flex-sftp", tmp_path, STAFF) as deployment:
        host = deployment.host(listeners, deployment.settings)
        await host.start()
        try:
            run = await closed(deployment, await dropped(deployment, host.url))
            summary = json.loads(await deployment.app.results.read(f"{run.id}/summary.json"))
            assert RunState.FINISHED is run.state
            assert COUNTS == summary["counts"]
            async with httpx.AsyncClient(base_url=f"{host.url}/api/v1", timeout=RUN_SECONDS) as api:
                assert 401 == (await api.get(f"/runs/{run.id}")).status_code
                seen = await api.get(f"/runs/{run.id}", headers=principal(*CallerRole, tid=IDS.tenant_id))
                assert COUNTS == seen.json()["counts"]
            colleagues = [one for one in COLLEAGUES if one.does in SEES]
            tested = await asyncio.gather(*(smoke_test(host.url, tmp_path, one) for one in colleagues))
            for colleague, done in zip(colleagues, tested, strict=True):
                assert 0 == done.returncode, done.stderr
                assert SEES[colleague.does] == {words for words in SAID if words in done.stdout}, done.stdout
        finally:
            await host.stop()


PASSED, DOCTOR, PREVIEW = "The doctor: ", "doctor was not asked. You need", "template was not asked. You need"
PREVIEWED = "The app has read its template and previewed it"
SAID = (PASSED, DOCTOR, PREVIEW, PREVIEWED)
SEES = {"HR": {DOCTOR, PREVIEWED}, "auditor": {PASSED, PREVIEW}, "administrator": {PASSED, PREVIEWED}}


async def smoke_test(url: str, folder: Path, colleague: Colleague) -> CompletedProcess[str]:
    """The hook after a deployment, run by a colleague who is signed in to the Azure CLI."""
    cli = AzureCli.at(
        folder / colleague.does,
        {TOPICS: [], CREATE: {}, "account get-access-token": {"accessToken": colleague.object_id}},
    )
    environment = {**ENVIRONMENT, "SIGN_IN_CLIENT_ID": "an-id", "APP_URL": f"{url}/api/v1", "PAUSE_SECONDS": "1"}
    return await asyncio.to_thread(cli.run, "after_deploy", **environment)


def altered(settings: Mapping[str, str], names: Collection[str]) -> dict[str, str]:
    """The settings with another letter somewhere in each of the names."""
    changed = dict(settings)
    for name in names:
        at = random.Random(name).randrange(len(name))
        changed[f"{name[:at]}{'x' if name[at] not in 'xX' else 'y'}{name[at + 1 :]}"] = changed.pop(name)
    return changed


@pytest.mark.long
@pytest.mark.parametrize("listeners", EACH)
async def test_one_wrong_letter_in_a_name_that_the_host_reads_ends_the_start(
    tmp_path: Path, listeners: Listeners
) -> None:
    """As it would in Azure, where the functions never run; wrong letters elsewhere leave the host running."""
    async with deployed("flex-sftp", tmp_path, STAFF) as deployment:
        started = []
        for name in sorted(READ_BY_HOST):
            host = deployment.host(listeners, altered(deployment.settings, [name]))
            try:
                await host.start()
            except PartError:
                continue
            started.append(name)
            await host.kill()
        assert [] == started
        others = [name for name in deployment.settings if CONNECTION.fullmatch(name) and name not in READ_BY_HOST]
        if listeners is Listeners.SANDBOX:  # it asks for a token of every identity at its start
            others.remove("PhoneExports__clientId")
        host = deployment.host(listeners, altered(deployment.settings, others))
        await host.start()
        await host.stop()
