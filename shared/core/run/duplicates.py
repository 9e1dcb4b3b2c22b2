"""Rows of one file with the same person: equal rows are merged, conflicting rows are all refused.

Reading an export adds every row once, then asks for the outcome of each. 16 bytes are kept per row and per key.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass, field

from shared.core.export.export_row import ExportRow
from shared.core.run.row import Outcome
from shared.core.values.states import RowState

_NAMED_ROWS = 5


@dataclass(slots=True)
class KeysSeen:
    """Which rows have the same key, and whether they ask for the same values."""

    _rows_by_key: defaultdict[bytes, list[tuple[int, bytes]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, row: ExportRow) -> None:
        if row.key is not None:
            self._rows_by_key[_fingerprint(row.key.folded())].append((row.row, _desired_values(row)))

    def outcome(self, row: ExportRow) -> Outcome | None:
        """None when the row is to be planned; a row without a key is refused elsewhere."""
        if row.key is None:
            return None
        rows = self._rows_by_key[_fingerprint(row.key.folded())]
        return outcome_among(row.row, dict(rows))


def outcome_among(row: int, desired_by_row: dict[int, bytes]) -> Outcome | None:
    """The outcome of one row among all rows of one person; None = this row is to be planned."""
    if len(set(desired_by_row.values())) > 1:
        others = name_rows([number for number in desired_by_row if number != row])
        return Outcome(RowState.REFUSED, "conflictingRows", f"{others} ask for different values for this person")
    first = min(desired_by_row)
    return None if row == first else Outcome(RowState.MERGED, "duplicateRow", f"row {first} asks for the same")


def name_rows(rows: list[int]) -> str:
    """`row 4`, `rows 4, 9 and 12 more`."""
    listed = ", ".join(str(row) for row in sorted(rows)[:_NAMED_ROWS])
    more = f" and {len(rows) - _NAMED_ROWS} more" if len(rows) > _NAMED_ROWS else ""
    return f"{'row' if len(rows) == 1 else 'rows'} {listed}{more}"


def _desired_values(row: ExportRow) -> bytes:
    return _fingerprint(json.dumps(row.desired_values()))


def _fingerprint(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=16).digest()
