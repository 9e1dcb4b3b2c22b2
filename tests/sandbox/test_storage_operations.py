"""Counting storage requests: Azurite's log and the in-memory doubles agree on names and numbers."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sandbox.azurite import Azurite
from sandbox.exports import write_export
from sandbox.people import make_staff
from shared.adapters.storage.connection import resolve
from shared.adapters.storage.connection_names import HOST_CONNECTION
from shared.core.values.storage import StoragePort
from testing.doubles import MemoryStorage
from testing.in_memory import in_memory
from testing.storage_operations import StorageOperations, requests_at_azurite, work


async def ask_everything(storage: StoragePort) -> None:
    """Every kind of request, some of them several times."""
    table, queue, container = storage.table("Rows"), storage.queue("plan-user"), storage.container("results")
    for store in (table, queue, container):
        await store.ensure()
    await table.insert("p", "1", {"a": "x"})
    await table.get("p", "1")
    await table.get("p", "nobody")
    await table.merge("p", "1", {"a": "y"})
    await table.insert_missing("p", {f"{key}": {"a": "z"} for key in range(2, 150)})
    _ = [entity async for entity in table.query("p")]
    await queue.send("hello")
    (received,) = await queue.receive(lease=5)
    await queue.delete(received)
    await container.write("a/b.txt", b"x")
    await container.read("a/b.txt")
    await container.info("a/b.txt")
    _ = [blob async for blob in container.list()]
    await container.delete("a/b.txt")


async def test_azurite_s_log_counts_what_the_adapters_tell(tmp_path: Path) -> None:
    """The adapters, the doubles and the service see the same requests."""
    at_adapters, at_doubles = StorageOperations(), StorageOperations()
    azurite = Azurite(tmp_path, log_requests=True)
    await azurite.start()
    storage = resolve(HOST_CONNECTION, {HOST_CONNECTION: azurite.connection_string}, at_adapters)
    await ask_everything(storage)
    await storage.close()
    await azurite.stop()
    await ask_everything(MemoryStorage(lambda: datetime.now(UTC), at_doubles))

    at_service = requests_at_azurite(azurite.log)
    ensured = Counter({"store.ensure": at_service.pop("store.ensure")})
    asked = Counter({name: count for name, count in at_adapters.counts.items() if not name.endswith(".ensure")})
    assert Counter({"store.ensure": 3}) == ensured
    assert asked == at_service
    assert at_adapters.counts == at_doubles.counts
    assert at_service.total() - 2 == work(at_service)


async def test_a_whole_run_is_counted() -> None:
    """Every request of the pipeline in memory is reported by name."""
    staff, operations = make_staff(20), StorageOperations()
    async with in_memory(staff, storage=partial(MemoryStorage, on_operation=operations)) as world:
        await world.run_to_end("staff.xlsx", write_export(staff))

    assert operations.counts["queue.send"]  # the steps of the run; rows need no message of their own
    assert 0 < work(operations.counts) < operations.counts.total()
