"""The order in which people changed, for `/users/delta`: a delta token holds a position in it.

The tenant records every person that is added or replaced after the start; the handler in `delta.py` reads it.
"""

from __future__ import annotations

from collections.abc import Collection


class ChangeLog:
    """The changes of people, in order. A position counts the changes before it."""

    def __init__(self) -> None:
        self._first = 0
        self._entries: list[tuple[str, frozenset[str]]] = []

    @property
    def position(self) -> int:
        """The position after the latest change."""
        return self._first + len(self._entries)

    def note(self, person_id: str, names: Collection[str]) -> None:
        """Record that these fields of this person have changed; for a new person, `deleted` has changed."""
        self._entries.append((person_id, frozenset(names)))

    def forget(self) -> None:
        """Make all positions before this moment unknown."""
        self._first = self.position + 1
        self._entries.clear()

    def knows(self, position: int) -> bool:
        return self._first <= position <= self.position

    def between(self, since: int, until: int) -> dict[str, frozenset[str]]:
        """Person id -> the fields changed from one known position to another, in order of the first change."""
        found: dict[str, frozenset[str]] = {}
        for person_id, names in self._entries[since - self._first : until - self._first]:
            found[person_id] = found.get(person_id, frozenset()) | names
        return found
