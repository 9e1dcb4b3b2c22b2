"""Loads a snapshot into storage for the present app: into the in-memory doubles, or into Azurite.

Azurite sets its own ETags and times; `into_azurite` adapts what uses them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from azure.core.exceptions import ResourceExistsError
from azure.data.tables.aio import TableServiceClient
from azure.storage.blob import ContentSettings
from azure.storage.blob.aio import BlobServiceClient
from azure.storage.queue.aio import QueueServiceClient

from sandbox.azurite import Azurite
from sandbox.graph.stand_in import StandIn
from shared.adapters.storage.connection import StorageConnection
from shared.app import App
from shared.core.values.storage import BlobInfo, Entity
from testing.doubles import MemoryStorage
from testing.doubles.container import Blob
from testing.doubles.queue import Message
from testing.host_in_memory import HOST, verbs_of
from testing.in_memory import InMemory, app_beside
from testing.virtual_time import VirtualClock
from tools.snapshot.edm import for_sdk, from_json
from tools.snapshot.stored import Json, Snapshot
from tools.snapshot.world import GRAPH, opened, stand_in_for


@asynccontextmanager
async def reopened(snapshot: Snapshot, **settings: str) -> AsyncIterator[InMemory]:
    """The present app where the snapshot was taken: its storage, tenant, settings and time."""

    def fill(storage: MemoryStorage, graph: str) -> None:
        into_memory(snapshot, storage, graph)

    now = datetime.fromisoformat(snapshot.about["taken"])
    async with opened(snapshot.tenant, {**snapshot.settings, **settings}, now, fill) as world:
        yield world


@dataclass(frozen=True)
class InAzurite:
    """The app on a real storage service; the test delivers its messages."""

    app: App
    stand_in: StandIn
    storage: StorageConnection

    async def pump(self, until: Callable[[], Awaitable[bool]], *, within: float) -> None:
        """Deliver messages until `until` returns True; TimeoutError after `within` seconds."""
        async with asyncio.timeout(within):
            while not await until():
                for name, verb in verbs_of(self.app).items():
                    queue = self.storage.queue(name)
                    for message in await queue.receive(HOST.queues.batch_size, lease=within):
                        await verb(message)
                        await queue.delete(message)


@asynccontextmanager
async def reopened_in_azurite(snapshot: Snapshot) -> AsyncIterator[InAzurite]:
    """The present app on a new account that holds the snapshot."""
    clock = VirtualClock(datetime.fromisoformat(snapshot.about["taken"]))
    stand_in = stand_in_for(snapshot.tenant, clock)
    async with Azurite() as azurite:
        storage = StorageConnection(connection_string=azurite.connection_string)
        async with app_beside(stand_in, snapshot.settings, clock, storage) as (app, of_world):
            await into_azurite(snapshot, azurite.connection_string, of_world["GRAPH_BASE_URL"])
            yield InAzurite(app, stand_in, storage)


def into_memory(snapshot: Snapshot, storage: MemoryStorage, graph: str) -> None:
    numbers = count(1)
    for name, entities in snapshot.tables.items():
        partitions = storage.table(name).partitions
        for entity in entities:
            partition, key = str(entity["PartitionKey"]), str(entity["RowKey"])
            values = from_json(_with_graph(entity, graph))
            stored_at = datetime.fromisoformat(entity["Timestamp"])
            etag = _kept_apart(str(entity["etag"]))
            if "recordEtag" in values:
                values["recordEtag"] = _kept_apart(str(values["recordEtag"]))
            partitions.setdefault(partition, {})[key] = Entity(partition, key, values, etag, stored_at)
    for name, messages in snapshot.queues.items():
        for message in messages:
            identity, visible_at = f"snapshot-{next(numbers)}", datetime.fromisoformat(message["visibleAt"])
            storage.queue(name).messages[identity] = Message(
                identity, message["text"], visible_at, dequeue_count=message["dequeueCount"]
            )
    for name, blobs in snapshot.containers.items():
        for blob in blobs:
            of = blob.properties
            modified = datetime.fromisoformat(of["lastModified"])
            info = BlobInfo(of["name"], of["etag"], modified, len(blob.data), dict(of["metadata"]))
            storage.container(name).blobs[of["name"]] = Blob(info, blob.data, of["contentType"])


async def into_azurite(snapshot: Snapshot, secret: str, graph: str) -> None:
    """Load into an account whose stores are empty or missing, by Azure's SDKs alone; all messages are visible at once.

    People come first: plans name the ETag of the person's ownership record, and here they get its new ETag.
    """
    etags = {"": ""}
    async with TableServiceClient.from_connection_string(secret) as tables:
        for name in sorted(snapshot.tables, key=lambda name: (name != "People", name)):
            table = await tables.create_table_if_not_exists(name)
            for entity in snapshot.tables[name]:
                content = for_sdk(_with_graph(entity, graph))
                if "recordEtag" in content:
                    content["recordEtag"] = etags.get(str(content["recordEtag"]), "older")
                written = await table.create_entity(content)
                if name == "People":
                    etags[str(entity["etag"])] = str(written["etag"])
    async with QueueServiceClient.from_connection_string(secret) as queues:
        for name, messages in snapshot.queues.items():
            queue = queues.get_queue_client(name)
            with suppress(ResourceExistsError):
                await queue.create_queue()
            for message in messages:
                await queue.send_message(message["text"], time_to_live=-1)
    async with BlobServiceClient.from_connection_string(secret) as blobs:
        for name, stored in snapshot.containers.items():
            container = blobs.get_container_client(name)
            with suppress(ResourceExistsError):
                await container.create_container()
            for blob in stored:
                of = blob.properties
                settings = ContentSettings(content_type=of["contentType"])
                await container.upload_blob(of["name"], blob.data, metadata=of["metadata"], content_settings=settings)


def _with_graph(entity: Json, graph: str) -> Json:
    return {name: value.replace(GRAPH, graph) if isinstance(value, str) else value for name, value in entity.items()}


def _kept_apart(etag: str) -> str:
    """An ETag that the doubles do not give to later writes."""
    return etag.replace('W/"', 'W/"snapshot-')
