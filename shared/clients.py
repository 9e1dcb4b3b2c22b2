"""The clients of one process, built from its environment variables: settings, storage, ledger, Graph.

Each client is built on first use and lives as long as the process, on the event loop of the Functions worker.
`shared.app` and `shared.wiring` build the flows from them.
"""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from shared.adapters.ledger.call_quotas import CallQuotaStore
from shared.adapters.ledger.journal import JournalStore
from shared.adapters.ledger.layouts import LayoutStore
from shared.adapters.ledger.notifications import NotificationStore
from shared.adapters.ledger.people import PeopleStore
from shared.adapters.ledger.protection import ProtectionStore
from shared.adapters.ledger.quotas import QuotaStore
from shared.adapters.ledger.rows import RowStore
from shared.adapters.ledger.runs import RunStore
from shared.adapters.ledger.times import TimeStore
from shared.adapters.ledger.value_index import ValueIndex
from shared.adapters.storage.connection import EXPORTS_SERVICES, resolve, unused_accounts
from shared.adapters.storage.connection_names import (
    EXPORTS_CONNECTION,
    HOST_CONNECTION,
    JOURNAL_CONNECTION,
    data_connection_name,
    is_set,
)
from shared.adapters.storage.made_once import made_once
from shared.adapters.storage.traced_queue import with_trace
from shared.core.run.value_index import ValueKey
from shared.core.values.clock import Clock
from shared.core.values.errors import PermanentError
from shared.core.values.storage import ContainerPort, QueuePort, StoragePort, TablePort
from shared.shared_reads import Cache
from shared.system_clock import SystemClock

if TYPE_CHECKING:
    from azure.identity.aio import ManagedIdentityCredential

    from shared.adapters.graph import Cloud
    from shared.adapters.graph.gateway import GraphGateway
    from shared.settings import Settings

VERSION = "0.1.0"
_IN_AZURE = "WEBSITE_SITE_NAME"
"""An environment variable that App Service sets."""
_SECRETS = "phone-methods-secrets"


class Clients:
    """Tests pass `storage` and `clock` to replace the real ones."""

    def __init__(
        self, environment: Mapping[str, str], *, clock: Clock | None = None, storage: StoragePort | None = None
    ) -> None:
        self.clock = clock or SystemClock()
        self._environment = environment
        self._given_storage = storage
        self._value_keys = Cache[None, ValueKey | None](self._read_value_key, time.monotonic, math.inf)

    @cached_property
    def settings(self) -> Settings:
        """Raises PermanentError `invalidSettings`."""
        from shared.read_settings import read_settings

        return read_settings(self._environment)

    @cached_property
    def exports(self) -> ContainerPort:
        return self.exports_storage.container(self.settings.exports_container)

    @cached_property
    def results(self) -> ContainerPort:
        return self.storage.container(self.settings.results_container)

    @cached_property
    def returns(self) -> ContainerPort:
        return self.exports_storage.container(self.settings.returns_container)

    @cached_property
    def done(self) -> ContainerPort:
        return self.exports_storage.container(self.settings.done_container)

    @cached_property
    def quarantine(self) -> ContainerPort:
        return self.storage.container(self.settings.quarantine_container)

    @cached_property
    def journal_container(self) -> ContainerPort:
        return self.journal_storage.container(self.settings.journal_container)

    @cached_property
    def journal(self) -> JournalStore:
        return JournalStore(self.runs_table)

    @cached_property
    def plan_queue(self) -> QueuePort:
        return with_trace(self.storage.queue(self.settings.plan_queue))

    @cached_property
    def apply_queue(self) -> QueuePort:
        return with_trace(self.storage.queue(self.settings.apply_queue))

    @cached_property
    def steps(self) -> QueuePort:
        return with_trace(self.storage.queue(self.settings.steps_queue))

    @cached_property
    def events(self) -> QueuePort:
        return self.storage.queue(self.settings.notify_queue)

    @cached_property
    def runs_table(self) -> TablePort:
        return self.storage.table(self.settings.runs_table)

    @cached_property
    def runs(self) -> RunStore:
        return RunStore(self.runs_table)

    @cached_property
    def quotas(self) -> QuotaStore:
        return QuotaStore(self.runs_table)

    @cached_property
    def call_quotas(self) -> CallQuotaStore:
        return CallQuotaStore(self.runs_table)

    @cached_property
    def times(self) -> TimeStore:
        return TimeStore(self.runs_table)

    @cached_property
    def notifications(self) -> NotificationStore:
        return NotificationStore(self.runs_table, has_receivers=bool(self.settings.notify_urls))

    @cached_property
    def protection(self) -> ProtectionStore:
        return ProtectionStore(self.runs_table)

    @cached_property
    def value_index(self) -> ValueIndex:
        return ValueIndex(self.runs_table)

    async def value_key(self) -> ValueKey | None:
        """The secret of the index of values; None = the app runs in Azure, and VALUE_INDEX_KEY is not set.

        Outside of Azure, a secret that is not set is made once, and stored in the account of the Functions host.
        """
        return await self._value_keys.get(None)

    async def _read_value_key(self, _: None) -> ValueKey | None:
        secret = self.settings.value_index_key
        if not secret and _IN_AZURE not in self._environment:
            secret = await made_once(self._host_storage.container(_SECRETS), "value-index-key")
        return ValueKey(secret.encode()) if secret else None

    @cached_property
    def _host_storage(self) -> StoragePort:
        if self._given_storage or data_connection_name(self._environment) == HOST_CONNECTION:
            return self.storage
        return resolve(HOST_CONNECTION, self._environment)

    @cached_property
    def rows(self) -> RowStore:
        return RowStore(self.storage.table(self.settings.rows_table))

    @cached_property
    def layouts(self) -> LayoutStore:
        return LayoutStore(self.storage.table(self.settings.layouts_table))

    @cached_property
    def people(self) -> PeopleStore:
        return PeopleStore(self.storage.table(self.settings.people_table))

    @cached_property
    def storage(self) -> StoragePort:
        return self._given_storage or resolve(data_connection_name(self._environment), self._environment)

    @cached_property
    def exports_storage(self) -> StoragePort:
        """The account with the containers of HR, and with the host's poison queue of their blobs."""
        return self._account_of(EXPORTS_CONNECTION, EXPORTS_SERVICES)

    @cached_property
    def journal_storage(self) -> StoragePort:
        return self._account_of(JOURNAL_CONNECTION, ("blob",))

    def _account_of(self, connection: str, services: Sequence[str]) -> StoragePort:
        """The account of the connection if it is set, otherwise that of HR data."""
        if self._given_storage or not is_set(connection, self._environment):
            return self.storage
        return resolve(connection, self._environment, services=services)

    @cached_property
    def cloud(self) -> Cloud:
        from shared.adapters.graph import CLOUDS

        return CLOUDS[self.settings.graph_cloud]

    @cached_property
    def graph(self) -> GraphGateway:
        """Raises PermanentError `invalidSettings`."""
        from shared.adapters.graph import Pacing
        from shared.adapters.graph.opening import open_gateway

        settings = self.settings
        with explained_as_settings():
            return open_gateway(
                cloud=settings.graph_cloud,
                base_url=settings.graph_base_url or None,
                credential=self._credential,
                user_agent=f"phone-methods/{VERSION} process/{uuid.uuid4().hex[:8]}",
                pace=Pacing(expected_workers=settings.expected_workers, max_concurrency=settings.max_concurrency),
            )

    @cached_property
    def urgent_graph(self) -> GraphGateway:
        """Graph for callers who wait for an answer; their requests are sent before those of runs."""
        from shared.adapters.graph import Priority

        return self.graph.with_priority(Priority.HIGH)

    @cached_property
    def _credential(self) -> ManagedIdentityCredential:
        from azure.identity.aio import ManagedIdentityCredential

        return ManagedIdentityCredential(client_id=self.settings.azure_client_id or None)

    async def prepare_storage(self) -> None:
        """Create the containers, queues and tables; in Azure the infrastructure does this."""
        stores: list[ContainerPort | QueuePort | TablePort] = [*self.containers(), *self.queues(), *self.tables()]
        for store in stores:
            await store.ensure()

    def containers(self) -> list[ContainerPort]:
        return [self.exports, self.returns, self.done, self.results, self.quarantine, self.journal_container]

    def queues(self) -> list[QueuePort]:
        return [self.plan_queue, self.apply_queue, self.steps, self.events]

    def tables(self) -> list[TablePort]:
        names = self.settings
        tables = (names.runs_table, names.rows_table, names.people_table, names.layouts_table)
        return [self.storage.table(name) for name in tables]

    def names_unknown_to_host(self) -> tuple[str, ...]:
        """Names in the triggers for which Azure's Functions host finds no setting; then the functions do not start."""
        from shared.read_settings import READ_BY_HOST

        if _IN_AZURE not in self._environment:
            return ()
        return tuple(name for name in READ_BY_HOST if not self._environment.get(name))

    @property
    def versions(self) -> Mapping[str, str]:
        return {"app": VERSION, "graph": (self.settings.graph_base_url or "v1.0").rstrip("/").rpartition("/")[2]}

    def unused_storage_settings(self) -> tuple[str, ...]:
        """Names of settings that look as if they described a storage account, and are not read."""
        return unused_accounts(self._environment)

    async def close(self) -> None:
        """Close every socket that was opened."""
        built = vars(self)
        if "graph" in built:
            await self.graph.close()
        if "_credential" in built:
            await self._credential.close()
        for storage in ("_host_storage", "exports_storage", "journal_storage", "storage"):
            if storage in built:
                await built[storage].close()


@contextmanager
def explained_as_settings() -> Iterator[None]:
    """Turns a ValueError into PermanentError `invalidSettings`, because only the clients can check some settings."""
    try:
        yield
    except ValueError as error:
        raise PermanentError(
            "invalidSettings", f"Settings cannot be used: {error}", remedy="Correct them and restart the app."
        ) from None
