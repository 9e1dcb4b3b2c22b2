"""A set of very many object ids, 16 bytes each. It can say whether it holds an id, but it cannot list its ids.

One such set holds the disabled accounts that a reconcile found, another the people that the last full export names.
Both are stored as blobs.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Iterable
from typing import Self

_SIZE = 16


class IdSet:
    """Sorted hashes of object ids; letter case does not count."""

    def __init__(self, data: bytes = b"") -> None:
        self._data = data

    @classmethod
    def of(cls, object_ids: Iterable[str]) -> Self:
        return cls(b"".join(sorted({_digest(object_id) for object_id in object_ids})))

    def to_bytes(self) -> bytes:
        return self._data

    def __contains__(self, object_id: str) -> bool:
        wanted, count = _digest(object_id), len(self._data) // _SIZE
        read_position = bisect_left(range(count), wanted, key=self._entry)
        return read_position < count and self._entry(read_position) == wanted

    def _entry(self, index: int) -> bytes:
        return self._data[index * _SIZE : (index + 1) * _SIZE]


def _digest(object_id: str) -> bytes:
    return hashlib.blake2b(object_id.lower().encode(), digest_size=_SIZE).digest()
