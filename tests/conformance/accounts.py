"""The storage of scenarios: by connection string, or by identity as in Azure."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.azurite import ACCOUNT, Azurite
from sandbox.certificate import Certificate
from sandbox.functions_host.storage import Storage
from sandbox.graph.options import Options
from sandbox.processes import ChildProcess


@dataclass(frozen=True)
class Accounts:
    """The storage of a world: as its hosts reach it, and by key, as scenarios look at it."""

    settings: Mapping[str, str]
    """Of the connections, and as STORAGE the name of the one with the functions' queues and blobs."""
    keyed: Storage

    @property
    def data(self) -> str:
        return self.settings["STORAGE"]


@asynccontextmanager
async def by_string(connection: str) -> AsyncIterator[Accounts]:
    """One account for everything."""
    settings = {"AzureWebJobsStorage": connection}
    async with Storage(settings) as keyed:
        yield Accounts({**settings, "STORAGE": "AzureWebJobsStorage"}, keyed)


@asynccontextmanager
async def by_identity(folder: Path) -> AsyncIterator[Accounts]:
    """An account for the host and one for data, both by a user-assigned identity, as in Azure."""
    certificate, ids = Certificate.make(folder), Options()
    certificate.trust_here()
    seed = folder / "nobody.json"
    seed.write_text(json.dumps({"people": [], "groups": [], "options": {"is_user_assigned": True}}), encoding="utf-8")
    identity = ChildProcess(
        "The identity endpoint", ["sandbox.graph", "--port", "0", "--seed-file", str(seed)], {}, folder / "identity.log"
    )
    names = {"AzureWebJobsStorage": ACCOUNT, "Data": "data"}
    async with AsyncExitStack() as undo:
        azurite = Azurite(folder / "azurite", certificate=certificate, accounts=list(names.values()))
        await undo.enter_async_context(azurite)
        await identity.start()
        undo.push_async_callback(identity.stop)
        keyed = await undo.enter_async_context(
            Storage({name: azurite.connection_string_of(account) for name, account in names.items()})
        )
        settings = {"STORAGE": "Data", "IDENTITY_ENDPOINT": f"{identity.url}/msi/token"}
        settings |= {"IDENTITY_HEADER": ids.identity_header, **certificate.environment}
        for name, account in names.items():
            settings |= {f"{name}__{one}ServiceUri": azurite.address(one, account) for one in ("blob", "queue")}
            settings |= {f"{name}__credential": "managedidentity", f"{name}__clientId": ids.app_id}
        yield Accounts(settings, keyed)
