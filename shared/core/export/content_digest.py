"""What the rows of an export ask for, as one hash: equal for the same rows in other bytes, in another order or layout.

Called while rows are read. The hash is keyed before it is stored (`ValueKey.of_content`), because a small file could be
found by trying all numbers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator

from shared.core.export.export_row import ExportRow

_BYTES = 32


class ContentDigest:
    """Filled row by row. The hashes of the rows are added, so their order does not matter, but each repetition does."""

    def __init__(self) -> None:
        self._sum = 0

    def counting(self, rows: Iterable[ExportRow]) -> Iterator[ExportRow]:
        """The same rows, each of them added when it is taken."""
        for row in rows:
            key = None if row.key is None else (row.key.kind, row.key.value)
            asked = json.dumps((key, row.desired_values()))
            self._sum += int.from_bytes(hashlib.blake2b(asked.encode(), digest_size=_BYTES).digest())
            yield row

    @property
    def text(self) -> str:
        return f"{self._sum % (1 << 8 * _BYTES):x}"
