"""Who has an account and whether it is enabled, for all of a tenant in 17 bytes each.

Filled by reconcile from the paged list of users, kept as one blob, asked for each person by its later steps.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Iterable
from enum import Enum
from typing import Self

from shared.core.person import Account

_ID_BYTES = 16


class AccountState(Enum):
    ENABLED = "enabled"
    DISABLED = "disabled"
    UNKNOWN = "unknown"
    """Not in the list: deleted, or too new for it."""


class AccountStates:
    """Sorted hashes of object ids, each with a byte that says whether the account is enabled."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    @classmethod
    def of_accounts(cls, accounts: Iterable[Account]) -> Self:
        """When an account is in two pages, as paging may give it, it counts as enabled if one of them says so."""
        return cls(b"".join(sorted({_digest(account.id) + bytes([account.enabled]) for account in accounts})))

    def to_bytes(self) -> bytes:
        return self._data

    def of(self, object_id: str) -> AccountState:
        wanted, size = _digest(object_id), _ID_BYTES + 1
        count = len(self._data) // size
        place = bisect_left(range(count), wanted, key=lambda index: self._entry(index)[:_ID_BYTES])
        if place == count or self._entry(place)[:_ID_BYTES] != wanted:
            return AccountState.UNKNOWN
        last = place + 1 < count and self._entry(place + 1)[:_ID_BYTES] == wanted
        return AccountState.ENABLED if self._entry(place + last)[_ID_BYTES] else AccountState.DISABLED

    def _entry(self, index: int) -> bytes:
        size = _ID_BYTES + 1
        return self._data[index * size : (index + 1) * size]


def _digest(object_id: str) -> bytes:
    return hashlib.blake2b(object_id.lower().encode(), digest_size=_ID_BYTES).digest()
