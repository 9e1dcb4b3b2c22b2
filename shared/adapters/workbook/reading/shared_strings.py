"""A workbook's shared strings, read once and bounded; used by `xlsx`.

Our own reading instead of openpyxl's, which is several times slower and drops half of each `_x005F_` escape.
"""

from __future__ import annotations

from typing import IO

from shared.adapters.workbook.reading.limits import MIB
from shared.adapters.workbook.reading.refusal import refusal
from shared.adapters.workbook.reading.xml_stream import Attributes, deeper, feed, local_name, new_parser

_MAX_BYTES = 128 * MIB
_MAX_STRINGS = 3_000_000
_MAX_STRING_CHARACTERS = 32_767
"""Excel's own limit for a cell."""
_PLAIN_DEPTH = 3
"""Of the `t` that is no part of rich text: below `sst` and `si`."""


class SharedStrings(list[str]):
    """By index from 0; a negative index is damage, not "from the end"."""

    def __getitem__(self, index: int) -> str:  # type: ignore[override] # slices are never asked for
        if index < 0:
            raise IndexError
        return super().__getitem__(index)


class _StringCollector:
    """The handlers; one object for one part."""

    def __init__(self) -> None:
        self.strings = SharedStrings()
        self._pieces: list[str] = []
        self._depth = 0
        self._in_text = False
        self._phonetic = False
        self._plain = 0

    def started(self, name: str, _: Attributes) -> None:
        self._depth = deeper(self._depth)
        match local_name(name):
            case "t":
                self._in_text = not self._phonetic
                self._plain += self._depth == _PLAIN_DEPTH
            case "rPh":
                self._phonetic = True

    def ended(self, name: str) -> None:
        self._depth -= 1
        match local_name(name):
            case "t":
                self._in_text = False
            case "rPh":
                self._phonetic = False
            case "si":
                self._finish()

    def text(self, data: str) -> None:
        if self._in_text:
            self._pieces.append(data)

    def _finish(self) -> None:
        string = "".join(self._pieces)
        self._pieces.clear()
        if self._plain > 1:
            raise refusal("corruptFile", f"The workbook's text number {len(self.strings) + 1} occurs twice.")
        self._plain = 0
        if len(string) > _MAX_STRING_CHARACTERS:
            raise refusal("cellTooLong", f"A text has more than {_MAX_STRING_CHARACTERS} characters.")
        self.strings.append(string)


def read_shared_strings(source: IO[bytes], size: int) -> SharedStrings:
    """The strings with their `_xHHHH_` escapes still in them; phonetic guides are left out.

    `size` is that of the part. Raises FileRefusedError when the strings would not fit into memory beside other work.
    """
    if size > _MAX_BYTES:
        raise refusal(
            "archiveTooLarge",
            f"The workbook's texts unpack to {size // MIB} MiB; the limit is {_MAX_BYTES // MIB} MiB.",
        )
    collector = _StringCollector()
    parser = new_parser()
    parser.buffer_text = True
    parser.StartElementHandler = collector.started
    parser.EndElementHandler = collector.ended
    parser.CharacterDataHandler = collector.text
    for _ in feed(parser, source):
        if len(collector.strings) > _MAX_STRINGS:
            raise refusal("archiveTooLarge", f"The workbook has more than {_MAX_STRINGS} different texts.")
    return collector.strings
