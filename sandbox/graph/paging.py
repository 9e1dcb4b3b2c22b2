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
from sandbox.graph.options import Options

_LARGEST_PAGE = 999


def page(call: Call, items: Sequence[Any], options: Options) -> tuple[Sequence[Any], dict[str, str]]:
    """The items of the page asked for, and `{"@odata.nextLink": …}` unless it is the last one."""
    size = _size(call, options.page_size)
    start, filled = _place(call)
    if options.empty_pages and not filled:
        return (), _link(call, start, filled=True)
    if start + size >= len(items):
        return items[start : start + size], {}
    return items[start : start + size], _link(call, start + size, filled=False)


def _link(call: Call, start: int, *, filled: bool) -> dict[str, str]:
    query = {**call.query, "$skiptoken": _token(start, filled=filled)}
    return {"@odata.nextLink": f"{call.url}?{urlencode(query, quote_via=quote, safe='$,')}"}


def _size(call: Call, default: int) -> int:
    text = call.query.get("$top", str(default))
    if not text.isdecimal() or not 1 <= int(text) <= _LARGEST_PAGE:
        raise errors.bad_query(f"Invalid page size specified: '{text}'. Must be between 1 and 999 inclusive.")
    return int(text)


def _place(call: Call) -> tuple[int, bool]:
    """Where the page starts, and whether the empty page before it has been sent."""
    token = call.query.get("$skiptoken")
    if token is None:
        return 0, False
    try:
        start, _, filled = base64.urlsafe_b64decode(token).partition(b":")
        return max(0, int(start)), filled == b"filled"
    except ValueError:
        raise errors.bad_query("Invalid value specified for $skiptoken.") from None


def _token(start: int, *, filled: bool) -> str:
    return base64.urlsafe_b64encode(f"{start:09}:{'filled' if filled else 'next'}".encode()).decode()
