"""The contract of a blob container, kept by Azurite and by the double in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from azure.core.exceptions import ResourceNotFoundError

from shared.adapters.storage.blobs import AzureContainer
from shared.adapters.storage.connection import StorageConnection
from shared.core.values.errors import AlreadyExistsError, BlobNotFoundError, ConcurrencyError
from shared.core.values.storage import BlobInfo
from testing.doubles import MemoryContainer

AnyContainer = AzureContainer | MemoryContainer
NAME = "preview/Größe #1 100% (new)?.xlsx"


@pytest.fixture
def operations() -> list[str]:
    return []


@pytest.fixture(params=["azurite", "memory"])
async def container(request: pytest.FixtureRequest, azurite: str, operations: list[str]) -> AsyncIterator[AnyContainer]:
    if request.param == "memory":
        yield MemoryContainer("contract", operations.append)
        return
    connection = StorageConnection(azurite, on_operation=operations.append)
    try:
        real = connection.container(f"contract-{uuid4().hex}")
        await real.ensure()
        operations.clear()
        yield real
        await real.close()
    finally:
        await connection.close()


async def listed(container: AnyContainer, prefix: str = "") -> list[BlobInfo]:
    return [info async for info in container.list(prefix)]


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", bytes(range(256)) * 10_000], ids=["empty", "small", "2.5 MB"])
async def test_what_is_written_is_read(container: AnyContainer, data: bytes) -> None:
    """Content comes back byte for byte, with and without its ETag, whatever the name."""
    await container.write(NAME, data)

    info = await container.info(NAME)
    assert info is not None
    assert (info.name, info.size) == (NAME, len(data))
    assert await container.read(NAME) == data
    assert await container.read(NAME, if_match=info.etag) == data


async def test_a_blob_may_be_written_only_once(container: AnyContainer) -> None:
    """The second writer gets an error, and changes nothing."""
    await container.write(NAME, b"first", overwrite=False)
    with pytest.raises(AlreadyExistsError):
        await container.write(NAME, b"second", overwrite=False)
    assert b"first" == await container.read(NAME)


async def test_an_append_needs_its_position(container: AnyContainer) -> None:
    """The blob is made by the first append; the second writer at a position gets an error, and changes nothing."""
    await container.append(NAME, b"one", at=0)
    await container.append(NAME, b"two", at=3)
    for at in (0, 3, 7):
        with pytest.raises(ConcurrencyError):
            await container.append(NAME, b"lost", at=at)

    assert b"onetwo" == await container.read(NAME)
    assert [b"onetwo", b"two", b"", b""] == [await container.read_from(NAME, start) for start in (0, 3, 6, 99)]
    assert b"" == await container.read_from("none", 0)


async def test_info(container: AnyContainer) -> None:
    """Properties are the same from a look at one blob and from a list; the time is UTC in whole seconds."""
    await container.write(NAME, b"data", metadata={"Approval": "always"}, content_type="text/plain")

    info = await container.info(NAME)

    assert info is not None
    assert [info] == await listed(container)
    assert {"approval": "always"} == info.metadata
    assert '"' not in info.etag
    assert (UTC, 0) == (info.last_modified.tzinfo, info.last_modified.microsecond)
    assert abs(datetime.now(UTC) - info.last_modified) < timedelta(minutes=1)


async def test_nothing_there(container: AnyContainer) -> None:
    """A name without a blob has no properties, cannot be read, and may be deleted."""
    assert await container.info("nothing") is None
    with pytest.raises(BlobNotFoundError):
        await container.read("nothing")
    with pytest.raises(BlobNotFoundError):
        await container.read("nothing", if_match="0x1")
    await container.delete("nothing")


async def test_a_stale_etag(container: AnyContainer) -> None:
    """Content written over the version asked for is not mistaken for it."""
    await container.write("a", b"first")
    first = await container.info("a")
    await container.write("a", b"second")
    second = await container.info("a")

    assert first is not None
    assert second is not None
    with pytest.raises(ConcurrencyError):
        await container.read("a", if_match=first.etag)
    assert b"second" == await container.read("a", if_match=second.etag)


async def test_a_write_replaces_all(container: AnyContainer) -> None:
    """Nothing of the older version stays, its metadata included."""
    await container.write("a", b"a long first version", metadata={"approval": "always"})
    await container.write("a", b"short")

    [info] = await listed(container)
    assert (5, {}) == (info.size, info.metadata)


async def test_list(container: AnyContainer) -> None:
    """Names come in order, and with a prefix only those that begin so."""
    for name in ("full/b", "a", "full/a", "fuller", "preview/a"):
        await container.write(name, b"")

    assert ["a", "full/a", "full/b", "fuller", "preview/a"] == [info.name for info in await listed(container)]
    assert ["full/a", "full/b"] == [info.name for info in await listed(container, "full/")]
    assert [] == await listed(container, "none/")


async def test_delete(container: AnyContainer) -> None:
    """What is deleted is gone, and deleting it again is fine."""
    await container.write("a", b"")

    await container.delete("a")
    await container.delete("a")

    assert await container.info("a") is None


async def test_only_the_version_that_was_meant_is_deleted(container: AnyContainer) -> None:
    """A blob that was overwritten since stays."""
    await container.write("a", b"first")
    first = await container.info("a")
    await container.write("a", b"second")
    second = await container.info("a")
    assert first is not None
    assert second is not None
    with pytest.raises(ConcurrencyError):
        await container.delete("a", if_match=first.etag)
    assert b"second" == await container.read("a")
    await container.delete("a", if_match=second.etag)
    assert await container.info("a") is None


async def test_requests_are_counted(container: AnyContainer, operations: list[str]) -> None:
    """Each call tells its one request."""
    await container.write("a", b"")
    await container.info("a")
    await container.read("a")
    await listed(container)
    await container.delete("a")
    await container.ensure()

    assert ["blob.write", "blob.info", "blob.read", "blob.list", "blob.delete", "blob.ensure"] == operations


async def test_an_absent_container_is_not_an_empty_one(azurite: str) -> None:
    """A container that was never created fails; it does not look as if no file had come."""
    connection = StorageConnection(azurite)
    absent = connection.container("never-created")

    for call in (absent.info("a"), absent.read("a"), absent.delete("a"), listed(absent)):
        with pytest.raises(ResourceNotFoundError):
            await call

    await connection.close()


async def test_snapshots_are_listed_and_deleted(azurite: str) -> None:
    """Alone, and with their blob, which the service refuses to delete without them."""
    async with AsyncExitStack() as closing:
        connection = StorageConnection(azurite)
        closing.push_async_callback(connection.close)
        real = connection.container(f"contract-{uuid4().hex}")
        closing.push_async_callback(real.close)
        await real.ensure()
        await real.write(NAME, b"x")
        client = vars(real)["_client"].get_blob_client(NAME)
        for _ in range(2):
            await client.create_snapshot()

        assert [""] == [info.copy async for info in real.list()]
        blob, first, second = sorted([info.copy async for info in real.list(copies=True)])
        assert ("", True, True) == (blob, first.startswith("snapshot="), second.startswith("snapshot="))
        await real.delete(NAME, copy=first)
        assert {second, ""} == {info.copy async for info in real.list(copies=True)}
        await real.delete(NAME)
        assert [] == [info async for info in real.list(copies=True)]
