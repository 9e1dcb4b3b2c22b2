"""Which settings lead to which storage account, and what is said when they do not."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest

from shared.adapters.storage.connection import EXPORTS_SERVICES, resolve, unused_accounts
from shared.adapters.storage.connection_names import data_connection_name, exports_connection_name
from shared.core.values.errors import PermanentError

SECRET = "c2VjcmV0"  # noqa: S105 - made up, to see that it stays hidden
CONNECTION_STRING = f"DefaultEndpointsProtocol=https;AccountName=contoso;AccountKey={SECRET}"
URIS = {
    "PhoneData__blobServiceUri": "https://contoso.blob.core.windows.net",
    "PhoneData__queueServiceUri": "https://contoso.queue.core.windows.net",
    "PhoneData__tableServiceUri": "https://contoso.table.core.windows.net",
}
IDENTITY = {"PhoneData__credential": "managedidentity", "PhoneData__clientId": "11111111-2222-3333-4444-555555555555"}


@pytest.mark.parametrize(
    ("env", "name"),
    [
        ({}, "AzureWebJobsStorage"),
        ({"AzureWebJobsStorage": CONNECTION_STRING, "PHONEDATA": "x"}, "AzureWebJobsStorage"),
        ({"AzureWebJobsStorage": CONNECTION_STRING, "PhoneData": CONNECTION_STRING}, "PhoneData"),
        ({"PhoneData__credential": "managedidentity"}, "PhoneData"),
        ({"PhoneDataOther": "x"}, "AzureWebJobsStorage"),
    ],
)
def test_data_connection_name(env: dict[str, str], name: str) -> None:
    """HR data has its own account as soon as any setting says so, else it shares the host's."""
    assert data_connection_name(env) == name


@pytest.mark.parametrize(
    ("env", "name"),
    [
        ({}, "AzureWebJobsStorage"),
        ({"PhoneData": CONNECTION_STRING}, "PhoneData"),
        ({"PhoneData": CONNECTION_STRING, "PhoneExports__credential": "managedidentity"}, "PhoneExports"),
        ({"PhoneExports": CONNECTION_STRING}, "PhoneExports"),
        ({"PhoneData": CONNECTION_STRING, "PhoneExport": CONNECTION_STRING}, "PhoneData"),
    ],
)
def test_exports_connection_name(env: dict[str, str], name: str) -> None:
    """Exports have their own account as soon as any setting says so, else they are with the other HR data."""
    assert exports_connection_name(env) == name


def test_the_account_of_exports_needs_no_tables() -> None:
    """An account for SFTP has blobs, and a queue for what the host gave up."""
    uris = {"PhoneExports__blobServiceUri": "https://a.example", "PhoneExports__queueServiceUri": "https://b.example"}
    assert {"blob", "queue"} == resolve("PhoneExports", uris, services=EXPORTS_SERVICES).uris.keys()
    with pytest.raises(PermanentError, match="or PhoneExports__queueServiceUri to"):
        resolve("PhoneExports", {"PhoneExports__blobServiceUri": "https://a.example"}, services=EXPORTS_SERVICES)


def test_accounts_that_nobody_reads() -> None:
    """A misspelt name is reported; those of the host and of the app, and other settings, are nobody's mistake."""
    read = {"AzureWebJobsStorage__accountName": "a", "PhoneData__queueServiceUri": "b", "PhoneData__clientId": "c"}
    read |= {"PhoneExports__blobServiceUri": "d", "PhoneJournal__blobServiceUri": "e"}
    misspelt = {"PhoneDate__blobServiceUri": "d", "phonedata__accountName": "e", "PhoneJournals__accountName": "f"}
    assert unused_accounts(read | misspelt | {"GRAPH_CLOUD": "global"}) == tuple(sorted(misspelt))


def test_a_connection_string_wins() -> None:
    """A connection string is taken as it is, and the key in it is never shown."""
    connection = resolve("PhoneData", {"PhoneData": CONNECTION_STRING, **URIS})

    assert CONNECTION_STRING == connection.connection_string
    assert SECRET not in repr(connection)


@pytest.mark.parametrize("identity", [IDENTITY, {}], ids=["user-assigned", "system-assigned"])
def test_addresses_and_identity(identity: dict[str, str]) -> None:
    """Addresses go with the managed identity; without a client id with the system-assigned one."""
    connection = resolve("PhoneData", URIS | identity)

    assert connection.uris == {
        service: URIS[f"PhoneData__{service}ServiceUri"] for service in ("blob", "queue", "table")
    }
    assert connection.client_id == identity.get("PhoneData__clientId", "")


def test_an_account_name_gives_the_missing_addresses() -> None:
    """The host's short form stands for the addresses in the public cloud; an address given wins."""
    connection = resolve(
        "AzureWebJobsStorage",
        {
            "AzureWebJobsStorage__accountName": "contoso",
            "AzureWebJobsStorage__tableServiceUri": "https://contoso.table.core.usgovcloudapi.net",
        },
    )

    assert {
        "blob": "https://contoso.blob.core.windows.net",
        "queue": "https://contoso.queue.core.windows.net",
        "table": "https://contoso.table.core.usgovcloudapi.net",
    } == connection.uris


@pytest.mark.parametrize(
    ("env", "complaint"),
    [
        (
            {},
            f"Set PhoneData to a connection string, or {', '.join(URIS)} to https:// URLs.",
        ),
        (
            {name: uri for name, uri in URIS.items() if "table" not in name} | IDENTITY,
            "Set PhoneData to a connection string, or PhoneData__tableServiceUri to https:// URLs.",
        ),
        (
            URIS | {"PhoneData__blobServiceUri": "http://contoso.blob.core.windows.net"},
            "Set PhoneData to a connection string, or PhoneData__blobServiceUri to https:// URLs.",
        ),
        (
            URIS | {"PhoneData__credential": "workloadidentity"},
            "PhoneData__credential is 'workloadidentity'; only 'managedidentity' is known.",
        ),
    ],
    ids=["nothing set", "one address missing", "address without https", "another credential"],
)
def test_complaints_name_the_setting(env: dict[str, str], complaint: str) -> None:
    """What is missing or wrong is named as the administrator has to type it."""
    with pytest.raises(PermanentError) as refused:
        resolve("PhoneData", env)

    assert refused.value.message == complaint


async def test_clients_by_identity() -> None:
    """With addresses, clients are built for them without a request, and closing leaves nothing open."""
    connection = resolve("PhoneData", URIS | IDENTITY)

    names = [connection.table("Rows").name, connection.queue("plan-user").name, connection.container("results").name]
    await connection.close()

    assert ["Rows", "plan-user", "results"] == names


async def test_a_bad_table_name_is_refused() -> None:
    """A table name with a dash is a mistake found when the client is built."""
    connection = resolve("PhoneData", {"PhoneData": CONNECTION_STRING})

    with pytest.raises(ValueError, match="letters and digits"):
        connection.table("run-steps")

    await connection.close()


async def test_services_share_what_they_can(azurite: str) -> None:
    """Whatever is built from one connection counts into one place and closes together, more than once if need be."""
    operations: list[str] = []
    connection = resolve("PhoneData", {"PhoneData": azurite}, operations.append)

    await connection.table("Shared").ensure()
    await connection.queue("shared").ensure()
    await connection.container("shared").ensure()
    await connection.close()
    await connection.close()

    assert ["table.ensure", "queue.ensure", "blob.ensure"] == operations


async def test_each_operation_told_is_one_request(azurite: str, caplog: pytest.LogCaptureFixture) -> None:
    """What is counted is what goes over the wire, by the SDK's own log of requests."""
    operations: list[str] = []
    connection = resolve("PhoneData", {"PhoneData": azurite}, operations.append)
    table, queue, container = connection.table("Told"), connection.queue("told"), connection.container("told")

    with caplog.at_level(logging.INFO, "azure.core.pipeline.policies.http_logging_policy"):
        for each in (table, queue, container):
            await each.ensure()
        etag = await table.insert("p", "k", {"a": "1"})
        await table.merge("p", "k", {"a": "2"}, etag=etag)
        await table.upsert("p", "k2", {})
        await table.get("p", "k")
        await table.insert_missing("p", {"k": {}, "k3": {}})
        await table.delete_partition("p")
        await queue.send_many(["a", "b", "c"])
        for received in await queue.receive(lease=30):
            await queue.delete(received)
        await queue.receive(lease=30)
        await queue.depth()
        await container.write("a", b"data")
        await container.read("a")
        await container.info("a")
        assert ["a"] == [info.name async for info in container.list()]
        await container.delete("a")
    await connection.close()

    requests = [record for record in caplog.records if record.getMessage().startswith("Request URL")]
    assert len(requests) == len(operations)


def test_importing_costs_nothing() -> None:
    """The heavy libraries are not loaded before a client is built."""
    probe = "import sys, shared.adapters.storage.connection as c; c.resolve('X', {'X': 'y'}); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True).stdout  # noqa: S603 - our own interpreter and text

    assert set() == {name.split(".")[0] for name in loaded.split()} & {"azure", "aiohttp"}
