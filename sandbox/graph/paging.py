"""One page of a collection, and the link to the next.

Called by the handlers of collections.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlencode

from sandbox.graph import errors
from sandbox.graph.call import Call

_LARGEST_PAGE = 999


def page(call: Call, items: Sequence[Any], default_size: int) -> tuple[Sequence[Any], dict[str, str]]:
    """The items of the page asked for, and `{"@odata.nextLink": …}` unless it is the last one."""
    size = _size(call, default_size)
    start = _start(call)
    if start + size >= len(items):
        return items[start : start + size], {}
    query = {**call.query, "$skiptoken": _token(start + size)}
    link = f"{call.url}?{urlencode(query, quote_via=quote, safe='$,')}"
    return items[start : start + size], {"@odata.nextLink": link}


def _size(call: Call, default: int) -> int:
    text = call.query.get("$top", str(default))
    if not text.isdecimal() or not 1 <= int(text) <= _LARGEST_PAGE:
        raise errors.bad_query(f"Invalid page size specified: '{text}'. Must be between 1 and 999 inclusive.")
    return int(text)


def _start(call: Call) -> int:
    token = call.query.get("$skiptoken")
    if token is None:
        return 0
    try:
        return max(0, int(base64.urlsafe_b64decode(token)))
    except ValueError:
        raise errors.bad_query("Invalid value specified for $skiptoken.") from None


def _token(start: int) -> str:
    return base64.urlsafe_b64encode(f"{start:09}".encode()).decode()
