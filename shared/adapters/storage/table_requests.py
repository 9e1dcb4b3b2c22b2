"""Builds requests to the Table service, and parses answers to transactions; `tables` sends them by the SDK's pipeline.

The SDK builds requests and parses answers by generated code, and builds each write of a transaction
as a MIME part, which takes most of a transaction's CPU time (decision 57).
Source: "Table service REST API" (learn.microsoft.com/rest/api/storageservices).
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, assert_never
from urllib.parse import quote, urlencode

from shared.adapters.storage.entities import document_of
from shared.adapters.storage.limits import checked_key
from shared.core.values.storage import Delete, Insert, Merge, Replace, TableWrite, Values

if TYPE_CHECKING:
    from azure.core.rest import HttpRequest

_ANY = "*"
_JSON = {"Accept": "application/json;odata=minimalmetadata", "DataServiceVersion": "3.0"}
_WITH_BODY = {**_JSON, "Content-Type": "application/json"}
_STATUS = re.compile(rb"^HTTP/1\.1 (\d{3})", re.MULTILINE)
_ETAG = re.compile(rb"^ETag: *(.+?)\r?$", re.MULTILINE | re.IGNORECASE)
_CODE = re.compile(rb'"code" *: *"(\w+)"')
_OK = range(200, 300)


@dataclass(frozen=True, slots=True)
class TableRequest:
    """One request to the service, which may also be part of a transaction."""

    method: str
    url: str
    headers: Mapping[str, str]
    document: str = field(default="", repr=False)

    def request(self, version: str) -> HttpRequest:
        """The request on its own, in this version of the service's API."""
        from azure.core.rest import HttpRequest

        headers = {**self.headers, "x-ms-version": version}
        return HttpRequest(self.method, self.url, headers=headers, content=self.document.encode() or None)

    def part(self) -> str:
        """The request as a part of a transaction."""
        head = "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"
        headers = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
        return f"{head}\r\n{self.method} {self.url} HTTP/1.1\r\n{headers}\r\n{self.document}\r\n"


@dataclass(frozen=True, slots=True)
class Refused:
    """The service refused the transaction, or gave an answer that cannot be read; `code` "" = the answer has none."""

    status: int
    code: str


def write_of(table: str, partition: str, write: TableWrite) -> TableRequest:
    """The request for a write in the table with this URL. Raises PermanentError for what a table cannot store."""
    match write:
        case Insert(key, values):
            headers = {**_WITH_BODY, "Prefer": "return-no-content"}
            return TableRequest("POST", table, headers, document_of(partition, key, values))
        case Merge(key, values, etag):
            headers = {**_WITH_BODY, "If-Match": etag or _ANY}
            return TableRequest("PATCH", url_of(table, partition, key), headers, document_of(partition, key, values))
        case Replace(key, values, etag):
            headers = {**_WITH_BODY, "If-Match": etag}
            return TableRequest("PUT", url_of(table, partition, key), headers, document_of(partition, key, values))
        case Delete(key, etag):
            return TableRequest("DELETE", url_of(table, partition, key), {**_JSON, "If-Match": etag or _ANY})
        case _:
            assert_never(write)


def upsert_of(table: str, partition: str, key: str, values: Values) -> TableRequest:
    """Without a condition the service merges into the entity, or inserts it."""
    return TableRequest("PATCH", url_of(table, partition, key), _WITH_BODY, document_of(partition, key, values))


def read_of(table: str, partition: str, key: str, select: Sequence[str] | None) -> TableRequest:
    return TableRequest("GET", f"{url_of(table, partition, key)}{_query({}, select)}", _JSON)


def query_of(table: str, parameters: Mapping[str, str], select: Sequence[str] | None) -> TableRequest:
    """A query for entities; `parameters` have the filter and the position of the next page."""
    return TableRequest("GET", f"{table}(){_query(parameters, select)}", _JSON)


def url_of(table: str, partition: str, key: str) -> str:
    """Raises PermanentError for keys that cannot be stored."""
    return f"{table}(PartitionKey='{_in_url(partition)}',RowKey='{_in_url(key)}')"


def literal(value: str | bool) -> str:  # noqa: FBT001 - a value to compare with
    """The value in a filter."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value.replace("'", "''")}'"


def transaction_of(service: str, version: str, operations: Sequence[TableRequest]) -> HttpRequest:
    """All operations, or none of them; `service` is the URL of the table service."""
    from azure.core.rest import HttpRequest

    batch, changes = f"batch_{uuid.uuid4()}", f"changeset_{uuid.uuid4()}"
    parts = "".join(f"--{changes}\r\n{operation.part()}" for operation in operations)
    inner = f"--{batch}\r\nContent-Type: multipart/mixed; boundary={changes}\r\n\r\n{parts}--{changes}--\r\n"
    headers = {
        **_JSON,
        "Content-Type": f"multipart/mixed; boundary={batch}",
        "MaxDataServiceVersion": "3.0;NetFx",
        "x-ms-version": version,
    }
    return HttpRequest("POST", f"{service}/$batch", headers=headers, content=f"{inner}--{batch}--\r\n".encode())


def etags_of(status: int, body: bytes, writes: Sequence[TableWrite]) -> list[str] | Refused:
    """The new ETag of each write, "" after a delete; or why there are none."""
    statuses = [int(found) for found in _STATUS.findall(body)]
    failed = next((found for found in (status, *statuses) if found not in _OK), None)
    if failed is not None:
        return Refused(failed, code_of(body))
    etags = [found.decode() for found in _ETAG.findall(body)]
    if len(statuses) != len(writes) or len(etags) != sum(not isinstance(write, Delete) for write in writes):
        return Refused(status, "UnreadableAnswer")
    given = iter(etags)
    return ["" if isinstance(write, Delete) else next(given) for write in writes]


def code_of(body: bytes) -> str:
    """The service's code of the first error in an answer; "" = there is none."""
    code = _CODE.search(body)
    return code[1].decode() if code else ""


def _in_url(key: str) -> str:
    return quote(checked_key(key).replace("'", "''"), safe="")


def _query(parameters: Mapping[str, str], select: Sequence[str] | None) -> str:
    selected = {} if select is None else {"$select": ",".join(select)}
    named = urlencode({**parameters, **selected}, quote_via=quote)
    return f"?{named}" if named else ""
