"""The app as Azure has it: the settings and the storage of a committed deployment, with Azurite, the stand-in and TLS.

Used by test_deployed and test_variants. Nothing is set that the deployment or the platform does not set; of the
deployment's values only what Azure evaluates is replaced: addresses, and ids of identities and of the tenant.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.azurite import Azurite
from sandbox.certificate import Certificate
from sandbox.functions_host.host import Listeners
from sandbox.graph.options import Options
from sandbox.people import Staff
from sandbox.processes import ChildProcess
from shared.adapters.graph.permissions import roles_to_grant
from shared.adapters.storage.connection import StorageConnection
from shared.app import App
from shared.read_settings import read_settings
from shared.wiring.features import features_of
from tests.infra.snapshots import of_type, resolved, site_settings

ROOT = Path(__file__).parents[2]
BLOBS_KEY = "blobs-key"
ACCOUNTS = "Microsoft.Storage/storageAccounts"
_ADDRESS = re.compile(r"\[format\('https://\{0\}\.(blob|queue|table)\.\{1\}', '(\w+)', .*\]")
IDS = Options()
"""The ids of the identity and of the tenant, and the header of the identity endpoint."""


@dataclass
class Deployment:
    """What a variant deploys, on this machine."""

    settings: Mapping[str, str]
    """Of the site, with what the platform adds."""
    folder: Path
    app: App
    """The app in this process, with the keys of the accounts: to look at what the deployed one has done."""

    def host(self, listeners: Listeners, settings: Mapping[str, str]) -> ChildProcess:
        arguments = ["sandbox.functions_host", str(ROOT), "--listeners", listeners]
        return ChildProcess("The Functions host", arguments, settings, self.folder / "host.log")


Address = Callable[[str, str], str]
"""The address of a service, such as `blob`, of an account."""


def site(variant: str, address: Address, url_of_graph: str) -> dict[str, str]:
    """The site's settings, and what the platform adds to the environment."""
    platform = {
        "WEBSITE_AUTH_ENABLED": "True",
        "IDENTITY_ENDPOINT": f"{url_of_graph}/msi/token",
        "IDENTITY_HEADER": IDS.identity_header,
        "GRAPH_BASE_URL": f"{url_of_graph}/v1.0",
        "HOST_BLOBS_KEY": BLOBS_KEY,
    }
    return {name: _known(value, address) for name, value in site_settings(variant).items()} | platform


def granted(variant: str) -> list[str]:
    """What `scripts/grant_permissions.py` grants for the variant's features."""
    settings = {name: resolved(value) for name, value in site_settings(variant).items() if not value.startswith("[")}
    return [role.name for role in roles_to_grant(features_of(read_settings(settings)), narrow_exists=True)]


def _known(value: str, address: Address) -> str:
    """A value as Azure would evaluate it."""
    if not value.startswith("["):
        return resolved(value)
    if found := _ADDRESS.fullmatch(value):
        return address(found[1], found[2])
    if value.endswith(".clientId]"):
        return IDS.app_id
    return IDS.tenant_id if value == "[tenant().tenantId]" else ""


def _keyed(variant: str, azurite: Azurite) -> dict[str, str]:
    """The site's connections, with keys instead of the identity."""
    addresses = ((name, _ADDRESS.fullmatch(value)) for name, value in site_settings(variant).items())
    return {name.partition("__")[0]: azurite.connection_string_of(of[2]) for name, of in addresses if of}


async def _make_storage(variant: str, azurite: Azurite) -> None:
    """Containers, queues and tables as the deployment makes them, and no others."""
    for account in (one["name"] for one in of_type(variant, ACCOUNTS)):
        storage = StorageConnection(azurite.connection_string_of(account))
        async with AsyncExitStack() as undo:
            undo.push_async_callback(storage.close)
            for kind, open_ in (
                ("blobServices/containers", storage.container),
                ("queueServices/queues", storage.queue),
                ("tableServices/tables", storage.table),
            ):
                for name in (one["name"] for one in of_type(variant, f"{ACCOUNTS}/{kind}")):
                    of, _, own = name.split("/")
                    if of == account:
                        await open_(own).ensure()


@asynccontextmanager
async def deployed(variant: str, folder: Path, staff: Staff) -> AsyncIterator[Deployment]:
    certificate = Certificate.make(folder)
    certificate.trust_here()
    seed = {**staff.as_tenant(), "options": {"is_user_assigned": True, "roles": granted(variant)}}
    (folder / "people.json").write_text(json.dumps(seed), encoding="utf-8")
    async with AsyncExitStack() as undo:
        accounts = [one["name"] for one in of_type(variant, ACCOUNTS)]
        azurite = Azurite(folder / "azurite", certificate=certificate, accounts=accounts)
        await undo.enter_async_context(azurite)
        arguments = ["sandbox.graph", "--port", "0", "--seed-file", str(folder / "people.json")]
        graph = ChildProcess("The Graph stand-in", arguments, {}, folder / "graph.log")
        await graph.start()
        undo.push_async_callback(graph.stop)
        await _make_storage(variant, azurite)
        settings = site(variant, azurite.address, graph.url) | certificate.environment
        app = App({**settings, **_keyed(variant, azurite)})
        undo.push_async_callback(app.close)
        yield Deployment(settings, folder, app)
