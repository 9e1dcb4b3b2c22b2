"""Every committed deployment: the host finds all that its triggers need, and the app accepts all of its settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.functions_host.app import LoadedApp
from sandbox.functions_host.blobs import blob_triggers
from sandbox.functions_host.clock import SystemHostClock
from sandbox.functions_host.config import ConfigurationError, HostConfig
from sandbox.functions_host.host import Listeners
from sandbox.functions_host.queues import queue_listeners
from sandbox.functions_host.runtime import Function
from sandbox.functions_host.sign_in import COLLEAGUES
from sandbox.functions_host.storage import Storage
from sandbox.functions_host.timers import timer_listeners
from shared.app import App
from tests.e2e.deployed import ROOT, deployed, site
from tests.e2e.test_deployed import PREVIEWED, READ_BY_HOST, STAFF, altered, smoke_test
from tests.infra.snapshots import DEPLOYMENTS
from tests.test_app_files import complaints, indexed

ONLY_COMPLAINT = {"flex": "Graph answered that there is nothing in the list: the registration that API_CLIENT_ID names"}
"""The stand-in starts without the registration whose id is in the snapshot."""

SHORT_FORM = {"flex-sftp", "premium"}
"""One of each plan; the SFTP variant has a connection more than the others."""


async def listen(functions: list[Function], settings: dict[str, str]) -> set[str]:
    """The functions for which the sandbox's host makes a listener. Raises ConfigurationError."""
    async with Storage(settings) as storage:
        app = LoadedApp(
            functions={function.name: function for function in functions},
            settings=settings,
            config=HostConfig.read(ROOT),
            storage=storage,
            clock=SystemHostClock(),
            lease=1,
            poll=1,
        )
        app.check()
        queue_listeners(app)
        return {*blob_triggers(app), *timer_listeners(app)}


@pytest.mark.parametrize(
    "variant", [pytest.param(one, marks=() if one in SHORT_FORM else pytest.mark.long) for one in DEPLOYMENTS]
)
async def test_the_host_finds_what_the_triggers_need(variant: str) -> None:
    """Indexed under exactly these settings; another letter in a name that a listener reads is an error."""
    settings = site(variant, lambda service, account: f"https://{account}.{service}.example", "https://graph.example")
    functions = indexed(ROOT, settings)
    assert [] == complaints(functions, settings)
    assert await listen(functions, settings)
    await App(settings).close()
    for name in READ_BY_HOST & settings.keys():
        if not name.endswith("__clientId"):  # known by its first token only
            with pytest.raises(ConfigurationError):
                await listen(functions, altered(settings, [name]))


@pytest.mark.long
@pytest.mark.parametrize("variant", DEPLOYMENTS)
async def test_the_app_starts_and_passes_the_smoke_test(variant: str, tmp_path: Path) -> None:
    """With the storage of the deployment, reached by its identity, and the permissions that its features need."""
    (administrator,) = (one for one in COLLEAGUES if one.does == "administrator")
    async with deployed(variant, tmp_path, STAFF) as deployment:
        host = deployment.host(Listeners.SANDBOX, deployment.settings)
        await host.start()
        try:
            done = await smoke_test(host.url, tmp_path, administrator)
        finally:
            await host.stop()
    assert 0 == done.returncode, done.stderr
    assert PREVIEWED in done.stdout, done.stdout
    assert ONLY_COMPLAINT.get(variant, "The app is ready") in done.stdout, done.stdout
