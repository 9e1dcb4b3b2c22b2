"""The rows of an export in memory, packed in portions, so that a file is read only once.

`Understand` adds every row, and the rows are taken out again once the meaning of the columns is certain. A row takes
some 40 bytes; reading a workbook again takes many times longer than unpacking.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator

from shared.core.export.export_row import ExportRow
from shared.core.export.row_json import row_from_json, row_to_json

_TOGETHER = 500
_FAST = 1


class PackedRows:
    """Rows in the order in which they were added."""

    def __init__(self) -> None:
        self._packed: list[bytes] = []
        self._last: list[ExportRow] = []

    def add(self, row: ExportRow) -> None:
        self._last.append(row)
        if len(self._last) == _TOGETHER:
            text = json.dumps([row_to_json(one) for one in self._last], ensure_ascii=False)
            self._packed.append(zlib.compress(text.encode("utf-8", "surrogatepass"), _FAST))
            self._last.clear()

    def __iter__(self) -> Iterator[ExportRow]:
        for portion in self._packed:
            yield from map(row_from_json, json.loads(zlib.decompress(portion)))
        yield from self._last
