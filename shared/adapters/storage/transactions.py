"""The body of an entity group transaction, and what its answer says. `tables` sends it through the SDK's pipeline.

The SDK builds and parses each write as an e-mail part and an object, which costs many times the CPU of the rest
(decision 57). Source: "Performing entity group transactions" (learn.microsoft.com/rest/api/storageservices).
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, assert_never
from urllib.parse import quote

from shared.adapters.storage.entities import LONG_FROM
from shared.adapters.storage.limits import checked_key, checked_values
from shared.adapters.storage.ports import Delete, Insert, Merge, PropertyValue, Replace, Values, Write

if TYPE_CHECKING:
    from azure.core.rest import HttpRequest

_ANY = "*"
_STATUS = re.compile(rb"^HTTP/1\.1 (\d{3})", re.MULTILINE)
_ETAG = re.compile(rb"^ETag: *(.+?)\r?$", re.MULTILINE | re.IGNORECASE)
_CODE = re.compile(rb'"code" *: *"(\w+)"')


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was written. `code` is the service's, of the write that it refused or of the request; "" = none."""

    status: int
    code: str


def request_of(service: str, version: str, table: str, partition: str, writes: Sequence[Write]) -> HttpRequest:
    """The request that makes all writes. Raises PermanentError when a key or a value cannot be stored.

    `service` is the address of the table service, without a query.
    """
    from azure.core.rest import HttpRequest

    batch, changes = f"batch_{uuid.uuid4()}", f"changeset_{uuid.uuid4()}"
    parts = "".join(f"--{changes}\r\n{_part(f'{service}/{table}', partition, write)}" for write in writes)
    inner = f"--{batch}\r\nContent-Type: multipart/mixed; boundary={changes}\r\n\r\n{parts}--{changes}--\r\n"
    headers = {
        "Accept": "application/json",
        "Content-Type": f"multipart/mixed; boundary={batch}",
        "DataServiceVersion": "3.0",
        "MaxDataServiceVersion": "3.0;NetFx",
        "x-ms-version": version,
    }
    return HttpRequest("POST", f"{service}/$batch", headers=headers, content=f"{inner}--{batch}--\r\n".encode())


def answer_of(status: int, body: bytes, writes: Sequence[Write]) -> list[str] | Refused:
    """The new ETag of each write, "" after a delete; or why nothing was written."""
    statuses = [int(found) for found in _STATUS.findall(body)]
    failed = next((found for found in (status, *statuses) if not 200 <= found < 300), None)  # noqa: PLR2004 - success
    if failed is not None:
        code = _CODE.search(body)
        return Refused(failed, code[1].decode() if code else "")
    etags = [found.decode() for found in _ETAG.findall(body)]
    if len(statuses) != len(writes) or len(etags) != sum(not isinstance(write, Delete) for write in writes):
        return Refused(status, "UnreadableAnswer")
    given = iter(etags)
    return ["" if isinstance(write, Delete) else next(given) for write in writes]


def _part(table: str, partition: str, write: Write) -> str:
    head = "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    match write:
        case Insert(key, values):
            headers = ("Prefer: return-no-content",)
            return f"{head}POST {table} HTTP/1.1\r\n{_content(headers, _document(partition, key, values))}"
        case Merge(key, values, etag):
            document = _document(partition, key, values)
            return f"{head}PATCH {_address(table, partition, key)} HTTP/1.1\r\n{_content(_if(etag), document)}"
        case Replace(key, values, etag):
            document = _document(partition, key, values)
            return f"{head}PUT {_address(table, partition, key)} HTTP/1.1\r\n{_content(_if(etag), document)}"
        case Delete(key):
            return f"{head}DELETE {_address(table, partition, key)} HTTP/1.1\r\n{_content(_if(None), '')}"
        case _:
            assert_never(write)


def _content(headers: Iterable[str], document: str) -> str:
    lines = ("Accept: application/json;odata=minimalmetadata", "Content-Type: application/json", *headers)
    return f"{'\r\n'.join(lines)}\r\nDataServiceVersion: 3.0\r\n\r\n{document}\r\n"


def _if(etag: str | None) -> tuple[str]:
    return (f"If-Match: {etag or _ANY}",)


def _address(table: str, partition: str, key: str) -> str:
    return f"{table}(PartitionKey='{_quoted(partition)}',RowKey='{_quoted(key)}')"


def _quoted(key: str) -> str:
    return quote(key.replace("'", "''"), safe="")


def _document(partition: str, key: str, values: Values) -> str:
    document = {"PartitionKey": checked_key(partition), "RowKey": checked_key(key)}
    typed = (item for name, value in checked_values(values).items() for item in _typed(name, value))
    return json.dumps(document | dict(typed), ensure_ascii=False, separators=(",", ":"))


def _typed(name: str, value: PropertyValue) -> Iterator[tuple[str, object]]:
    """The property in JSON, with its type where JSON does not show it."""
    match value:
        case bool() | str():
            yield name, value
        case int() if -LONG_FROM <= value < LONG_FROM:
            yield name, value
        case int():
            yield from ((name, str(value)), (f"{name}@odata.type", "Edm.Int64"))
        case float():
            yield from ((name, value), (f"{name}@odata.type", "Edm.Double"))
        case datetime():
            yield from ((name, f"{value:%Y-%m-%dT%H:%M:%S.%fZ}"), (f"{name}@odata.type", "Edm.DateTime"))
        case _:
            assert_never(value)
