"""One page of a collection, and the link to the next.

Called by the handlers of collections; `/users/delta` cuts its pages here but makes its own links.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from sandbox.graph import errors
from sandbox.graph.call import Call
from sandbox.graph.options import Options

_LARGEST_PAGE = 999


@dataclass(frozen=True, slots=True)
class PageStart:
    """The index at which a page begins, and whether the empty page before it was sent."""

    start: int = 0
    filled: bool = False


def cut[T](items: Sequence[T], place: PageStart, size: int, options: Options) -> tuple[Sequence[T], PageStart | None]:
    """The items of the page at `place`, and where the next one begins; None after the last."""
    if options.empty_pages and not place.filled:
        return (), PageStart(place.start, filled=True)
    end = place.start + size
    return items[place.start : end], PageStart(end) if end < len(items) else None


def page(
    call: Call, items: Sequence[Any], options: Options, size: int | None = None
) -> tuple[Sequence[Any], dict[str, str]]:
    """The items of the page asked for, and `{"@odata.nextLink": …}` unless it is the last one.

    `size` is that of a page where the caller asks for none.
    """
    shown, following = cut(items, _place(call), _size(call, size or options.page_size), options)
    return shown, _link(call, following) if following else {}


def _link(call: Call, place: PageStart) -> dict[str, str]:
    query = {**call.query, "$skiptoken": _token(place)}
    return {"@odata.nextLink": f"{call.url}?{urlencode(query, quote_via=quote, safe='$,')}"}


def _size(call: Call, default: int) -> int:
    text = call.query.get("$top")
    if text is None:
        return default
    if not text.isdecimal() or not 1 <= int(text) <= _LARGEST_PAGE:
        raise errors.bad_query(f"Invalid page size specified: '{text}'. Must be between 1 and 999 inclusive.")
    return int(text)


def _place(call: Call) -> PageStart:
    token = call.query.get("$skiptoken")
    if token is None:
        return PageStart()
    try:
        start, _, filled = base64.urlsafe_b64decode(token).partition(b":")
        return PageStart(max(0, int(start)), filled == b"filled")
    except ValueError:
        raise errors.bad_query("Invalid value specified for $skiptoken.") from None


def _token(place: PageStart) -> str:
    return base64.urlsafe_b64encode(f"{place.start:09}:{'filled' if place.filled else 'next'}".encode()).decode()
