"""Reads the content of storage for a snapshot: the real adapters write it into Azurite, and Azure's SDKs read it.

Values that the service sets (ETags, times, deliveries) come from memory, because they depend on the world's time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from azure.data.tables.aio import TableServiceClient
from azure.storage.blob.aio import BlobServiceClient
from azure.storage.queue.aio import QueueServiceClient

from sandbox.azurite import Azurite
from shared.adapters.storage.connection import StorageConnection
from testing.doubles import MemoryQueue, MemoryStorage
from tools.snapshot.edm import to_json
from tools.snapshot.stored import Json, StoredBlob

type Stores = tuple[dict[str, list[Json]], dict[str, list[Json]], dict[str, list[StoredBlob]]]


async def dumped(storage: MemoryStorage, graph: str, instead: str) -> Stores:
    """Tables, queues and containers; `instead` takes the place of Graph's URL."""
    async with Azurite() as azurite:
        connection = StorageConnection(connection_string=azurite.connection_string)
        try:
            await _copy(storage, connection)
        finally:
            await connection.close()
        secret = azurite.connection_string
        return (
            await _tables(storage, secret, graph, instead),
            await _queues(storage, secret),
            await _containers(storage, secret),
        )


async def _copy(storage: MemoryStorage, connection: StorageConnection) -> None:
    for name, table in storage.tables.items():
        await connection.table(name).ensure()
        for partition, entities in table.partitions.items():
            for key, entity in entities.items():
                await connection.table(name).insert(partition, key, entity.values)
    for name, queue in storage.queues.items():
        received = await _bodies(queue)
        await connection.queue(name).ensure()
        for body in received:
            await connection.queue(name).send(body)
    for name, container in storage.containers.items():
        await connection.container(name).ensure()
        for blob in container.blobs.values():
            await connection.container(name).write(
                blob.info.name, blob.data, metadata=blob.info.metadata, content_type=blob.content_type
            )


async def _bodies(queue: MemoryQueue) -> list[str]:
    """The messages that the app has sent, in order; the queue does not change."""
    copy = MemoryQueue(queue.name)
    for message in queue.messages.values():
        copy.put(message.text)
    bodies: list[str] = []
    while received := await copy.receive(lease=3600):
        bodies += [message.body for message in received if message.body is not None]
    return bodies


async def _tables(storage: MemoryStorage, secret: str, graph: str, instead: str) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = {}
    async with TableServiceClient.from_connection_string(secret) as service:
        async for table in service.list_tables():
            client = service.get_table_client(table.name)
            found[table.name] = [
                _entity(dict(entity), storage, table.name, graph, instead) async for entity in client.list_entities()
            ]
    return {name: sorted(found[name], key=lambda one: (one["PartitionKey"], one["RowKey"])) for name in sorted(found)}


def _entity(found: Json, storage: MemoryStorage, table: str, graph: str, instead: str) -> Json:
    keys = {name: found.pop(name) for name in ("PartitionKey", "RowKey")}
    in_memory = storage.table(table).partitions[keys["PartitionKey"]][keys["RowKey"]]
    entity: Json = {**keys, "etag": in_memory.etag, "Timestamp": _time(in_memory.stored_at)}
    for name, value in found.items():
        entity |= to_json(name, value.replace(graph, instead) if isinstance(value, str) else value)
    return entity


async def _queues(storage: MemoryStorage, secret: str) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = {}
    async with QueueServiceClient.from_connection_string(secret) as service:
        async for queue in service.list_queues():
            client = service.get_queue_client(queue.name)
            texts = [message.content async for message in client.receive_messages(visibility_timeout=3600)]
            found[queue.name] = _messages(texts, storage.queue(queue.name))
    return dict(sorted(found.items()))


def _messages(texts: Sequence[str], queue: MemoryQueue) -> list[Json]:
    """The messages in the order of sending, which the service does not guarantee, so each text is searched for."""
    left = list(texts)
    messages = []
    for message in queue.messages.values():
        left.remove(message.text)
        messages.append(
            {
                "text": message.text,
                "visibleAt": _time(message.visible_at),
                "dequeueCount": message.dequeue_count,
            }
        )
    if left:
        raise ValueError(f"{queue.name}: {len(left)} messages came from nowhere")
    return messages


async def _containers(storage: MemoryStorage, secret: str) -> dict[str, list[StoredBlob]]:
    found: dict[str, list[StoredBlob]] = {}
    async with BlobServiceClient.from_connection_string(secret) as service:
        async for container in service.list_containers():
            client = service.get_container_client(container.name)
            blobs = []
            async for blob in client.list_blobs(include=["metadata"]):
                data = await (await client.download_blob(blob.name)).readall()
                in_memory = storage.container(container.name).blobs[blob.name].info
                properties = {
                    "name": blob.name,
                    "contentType": blob.content_settings.content_type,
                    "metadata": dict(blob.metadata or {}),
                    "etag": in_memory.etag,
                    "lastModified": _time(in_memory.last_modified),
                }
                blobs.append(StoredBlob(properties, data))
            found[container.name] = blobs
    return dict(sorted(found.items()))


def _time(time: datetime | None) -> str:
    if time is None:
        raise ValueError("the in-memory doubles note when everything was stored")
    return time.astimezone(UTC).isoformat()
