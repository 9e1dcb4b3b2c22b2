"""The clients of one process, from its environment: settings, storage, ledger, Graph.

Each is built on first use; nothing else builds a client. The files beside this one wire them into the verbs of `App`.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from shared.adapters.ledger.people import PeopleLedger
from shared.adapters.ledger.rows import RowsLedger
from shared.adapters.ledger.runs import RunsLedger
from shared.adapters.storage.connection import data_connection_name, resolve
from shared.adapters.storage.ports import ContainerPort, QueuePort, StoragePort
from shared.core.values.clock import Clock
from shared.core.values.errors import PermanentError

if TYPE_CHECKING:
    from azure.identity.aio import ManagedIdentityCredential

    from shared.adapters.graph.gateway import GraphGateway
    from shared.settings import Settings

VERSION = "0.1.0"


class SystemClock:
    """The real time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Clients:
    """Everything outside that the verbs need, wired from one environment."""

    def __init__(
        self, environment: Mapping[str, str], *, clock: Clock | None = None, storage: StoragePort | None = None
    ) -> None:
        self._environment = environment
        self._clock = clock or SystemClock()
        self._given_storage = storage

    @property
    def clock(self) -> Clock:
        return self._clock

    @cached_property
    def settings(self) -> Settings:
        """Raises PermanentError `invalidSettings` with every complaint."""
        from shared.settings import read_settings

        return read_settings(self._environment)

    @cached_property
    def _storage(self) -> StoragePort:
        return self._given_storage or resolve(data_connection_name(self._environment), self._environment)

    @cached_property
    def exports(self) -> ContainerPort:
        return self._storage.container(self.settings.exports_container)

    @cached_property
    def results(self) -> ContainerPort:
        return self._storage.container(self.settings.results_container)

    @cached_property
    def runs(self) -> RunsLedger:
        return RunsLedger(self._storage.table(self.settings.runs_table))

    @cached_property
    def rows(self) -> RowsLedger:
        return RowsLedger(self._storage.table(self.settings.rows_table))

    @cached_property
    def people(self) -> PeopleLedger:
        return PeopleLedger(self._storage.table(self.settings.people_table))

    @cached_property
    def _steps(self) -> QueuePort:
        return self._storage.queue(self.settings.steps_queue)

    @cached_property
    def _events(self) -> QueuePort:
        return self._storage.queue(self.settings.notify_queue)

    @cached_property
    def _credential(self) -> ManagedIdentityCredential:
        from azure.identity.aio import ManagedIdentityCredential

        return ManagedIdentityCredential(client_id=self.settings.azure_client_id or None)

    @cached_property
    def graph(self) -> GraphGateway:
        """Raises PermanentError `invalidSettings`."""
        from shared.adapters.graph import Pacing, open_gateway

        pace = Pacing(expected_workers=self.settings.expected_workers, max_concurrency=self.settings.max_concurrency)
        with complaints():
            return open_gateway(
                cloud=self.settings.graph_cloud,
                base_url=self.settings.graph_base_url or None,
                credential=self._credential,
                user_agent=f"phone-methods/{VERSION} process/{uuid.uuid4().hex[:8]}",
                pace=pace,
            )

    async def prepare_storage(self) -> None:
        """Create the containers, queues and tables; in Azure the infrastructure does this."""
        for container in self._containers():
            await self._storage.container(container).ensure()
        for queue in self._queues():
            await self._storage.queue(queue).ensure()
        for table in self._tables():
            await self._storage.table(table).ensure()

    def _containers(self) -> tuple[str, ...]:
        return self.settings.exports_container, self.settings.results_container, self.settings.quarantine_container

    def _queues(self) -> tuple[str, ...]:
        names = self.settings
        return names.plan_queue, names.apply_queue, names.steps_queue, names.notify_queue

    def _tables(self) -> tuple[str, ...]:
        return self.settings.runs_table, self.settings.rows_table, self.settings.people_table

    async def close(self) -> None:
        """Close every socket that was opened."""
        built = vars(self)
        if "graph" in built:
            await self.graph.close()
        if "_credential" in built:
            await self._credential.close()
        if "_storage" in built:
            await self._storage.close()


@contextmanager
def complaints() -> Iterator[None]:
    """What only the clients can judge of the settings, as the settings' own complaints."""
    try:
        yield
    except ValueError as error:
        raise PermanentError(
            "invalidSettings", f"Settings cannot be used: {error}", remedy="Correct them and restart the app."
        ) from None
