"""Which storage account each client of the app uses."""

from __future__ import annotations

import pytest

from shared.adapters.storage.connection import StorageConnection
from shared.clients import Clients

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
