"""What rows ask for, as hashes, before they are planned: finds rows of one person, and files with the same rows.

The reading stage adds every row once to `KeysSeen`, which stores a few hashes per row, not the rows. `planned_rows`
compares the plans of the rows of one person.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from shared.core.export.export_row import ExportRow
from shared.core.export.places import ONE_SHEET, Places
from shared.core.export.same_person import CONFLICTING_ROWS, MOST_ROWS, contradiction
from shared.core.run.row import Outcome
from shared.core.values.said import Said
from shared.core.values.states import RowState


@dataclass(frozen=True, slots=True)
class SameKey:
    """How a row is planned with the other rows of its key. A row without an outcome is planned."""

    outcome: Outcome | None = None
    first_row: int = 0
    """The row with which it is planned; 0 = itself."""
    other_rows: tuple[int, ...] = ()
    """The rows that are planned with it."""


@dataclass(slots=True)
class KeysSeen:
    """Finds rows with the same key, and compares their cells. If these differ, the rows' plans are compared later.

    Cells are compared by Python's hash, which differs from process to process.
    """

    places: Places = ONE_SHEET
    _rows_by_key: defaultdict[bytes, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))

    _first_with: dict[bytes, dict[int, int]] = field(default_factory=dict)
    """By key, once every row is added: the first row with each content."""

    def add(self, row: ExportRow) -> None:
        if row.key is not None and not row.row_refusals and not row.left_out:
            self._rows_by_key[hashed(row.key.folded())].append((row.row, _cells(row)))

    def same_key(self, row: ExportRow) -> SameKey:
        """How an added row is planned; a row without a key, or refused as a whole, is planned alone."""
        if row.key is None or row.row_refusals:
            return SameKey()
        key = hashed(row.key.folded())
        first_with = self._first_with.get(key) or self._contents(key)
        different = sorted(first_with.values())
        if len(different) > MOST_ROWS:
            others = [number for number, _ in self._rows_by_key[key] if number != row.row]
            return SameKey(Outcome(RowState.REFUSED, CONFLICTING_ROWS, contradiction(others, self.places)))
        if row.row == different[0]:
            return SameKey(other_rows=tuple(different[1:]))
        if row.row in different:
            return SameKey(first_row=different[0])
        return SameKey(merged_into(first_with.get(_cells(row), different[0]), self.places))

    def _contents(self, key: bytes) -> dict[int, int]:
        """The first row with each content; blank rows count only if every row with the key is blank."""
        rows = self._rows_by_key[key]
        filled = [(cells, number) for number, cells in rows if cells] or [(_BLANK, rows[0][0])]
        self._first_with[key] = dict(reversed(filled))
        return self._first_with[key]


_BLANK = 0
_CONTENT_BYTES = 32


class ContentDigest:
    """One hash of the desired values of all rows: equal for the same rows in other bytes, in another order or layout.

    The hashes of the rows are added up, so their order does not matter, but each repetition does. The sum is keyed
    before it is stored (`ValueKey.of_content`), because the numbers of a small file could be found by trying all.
    """

    def __init__(self) -> None:
        self._sum = 0

    def counting(self, rows: Iterable[ExportRow]) -> Iterator[ExportRow]:
        """The same rows; each is added to the digest when it is yielded."""
        for row in rows:
            key = None if row.key is None else (row.key.kind, row.key.value)
            self._sum += int.from_bytes(hashed(json.dumps((key, row.desired_values())), _CONTENT_BYTES))
            yield row

    @property
    def text(self) -> str:
        return f"{self._sum % (1 << 8 * _CONTENT_BYTES):x}"


def _cells(row: ExportRow) -> int:
    return _BLANK if row.is_blank else hash(row.desired_values()) or 1


def merged_into(first: int, places: Places) -> Outcome:
    """The outcome of a row that asks for nothing beyond another row of its person."""
    return Outcome(RowState.MERGED, "duplicateRow", Said("{row} asks for the same", row=places.name(first)))


def hashed(text: str, size: int = 16) -> bytes:
    """A hash of the text with this size in bytes."""
    return hashlib.blake2b(text.encode(), digest_size=size).digest()
