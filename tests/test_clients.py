"""Which storage account each client of the app uses, and the secret that it makes for itself."""

from __future__ import annotations

import asyncio

import pytest

from shared.adapters.storage.connection import StorageConnection
from shared.clients import Clients
from shared.system_clock import SystemClock
from testing.doubles import MemoryStorage
from testing.storage_operations import StorageOperations

HOST, DATA, EXPORTS = (
    f"DefaultEndpointsProtocol=https;AccountName={name};AccountKey=c2VjcmV0;EndpointSuffix=core.example"
    for name in ("host", "data", "exports")
)


@pytest.mark.parametrize(
    ("environment", "data", "exports"),
    [
        ({"AzureWebJobsStorage": HOST}, HOST, HOST),
        ({"AzureWebJobsStorage": HOST, "PhoneData": DATA}, DATA, DATA),
        ({"AzureWebJobsStorage": HOST, "PhoneData": DATA, "PhoneExports": EXPORTS}, DATA, EXPORTS),
        ({"AzureWebJobsStorage": HOST, "PhoneExports": EXPORTS}, HOST, EXPORTS),
    ],
)
def test_the_account_of_data_and_of_exports(environment: dict[str, str], data: str, exports: str) -> None:
    """Uploads may be apart from everything else; each defaults to the wider one."""
    clients = Clients(environment)
    used = [clients.storage, clients.exports_storage]
    assert [data, exports] == [one.connection_string for one in used if isinstance(one, StorageConnection)]
    assert (exports == data) is (clients.exports_storage is clients.storage)


async def test_callers_at_once_make_one_secret() -> None:
    """Hundreds of messages ask for it at the same moment, before the first of them has it."""
    operations = StorageOperations()
    clients = Clients({}, storage=MemoryStorage(SystemClock().now, operations))

    keys = await asyncio.gather(*(clients.value_key() for _ in range(20)))

    assert 1 == len({key.id for key in keys if key})
    assert {"blob.ensure": 1, "blob.read": 2, "blob.write": 1} == operations.counts
