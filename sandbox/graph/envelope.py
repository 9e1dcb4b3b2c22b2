"""The JSON of authentication methods: the properties of requests, and the OData envelope of answers.

Called by the handlers of methods: phone, e-mail, and the list of all.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from urllib.parse import quote

from sandbox.graph import errors
from sandbox.graph.call import Call, Reply


def properties(call: Call, known: Collection[str]) -> dict[str, Any]:
    """The body's properties; raises GraphError for any but the known ones and `@odata.type`."""
    body = call.json_object()
    unknown = sorted(body.keys() - known - {"@odata.type"})
    if unknown:
        raise errors.bad_request(f"The property '{unknown[0]}' cannot be set on this authentication method.")
    return body


def text(body: dict[str, Any], name: str) -> str | None:
    """A property of the body, None when it is absent or null; raises GraphError when it is no string."""
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise errors.bad_request(f"{name} must be a string.")
    return value


def listing(call: Call, collection: str, rows: list[dict[str, Any]]) -> Reply:
    return Reply(200, {"@odata.context": _context(call, collection), "value": rows})


def entity(call: Call, collection: str, status: int, row: dict[str, Any]) -> Reply:
    return Reply(status, {"@odata.context": f"{_context(call, collection)}/$entity", **row})


def _context(call: Call, collection: str) -> str:
    user = quote(call.names["user"], safe="")
    return f"{call.caller.root}/v1.0/$metadata#users('{user}')/authentication/{collection}"
