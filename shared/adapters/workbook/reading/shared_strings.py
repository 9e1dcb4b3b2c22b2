"""A workbook's shared strings, read once and bounded; used by `xlsx`.

Our own reading instead of openpyxl's, which is several times slower and drops half of each `_x005F_` escape.
"""

from __future__ import annotations

import re
from enum import IntEnum
from typing import IO

from shared.adapters.workbook.reading.limits import MIB
from shared.adapters.workbook.reading.refusal import refusal
from shared.adapters.workbook.reading.usual import HEAD, TEXT_ELEMENT, plain, without_usual
from shared.adapters.workbook.reading.xml_stream import Attributes, deeper, feed, in_main_namespace, new_parser
from shared.core.values.said import Said

_MAX_BYTES = 128 * MIB
_MAX_STRINGS = 3_000_000


class _Place(IntEnum):
    """Where the parser is."""

    DOCUMENT = 0
    TABLE = 1
    STRING = 2
    RUN = 3
    PLAIN_TEXT = 4
    RUN_TEXT = 5
    SKIPPED = 6


_INSIDE: dict[_Place, dict[str, _Place]] = {
    _Place.DOCUMENT: in_main_namespace(sst=_Place.TABLE),
    _Place.TABLE: in_main_namespace(si=_Place.STRING, extLst=_Place.SKIPPED),
    _Place.STRING: in_main_namespace(t=_Place.PLAIN_TEXT, r=_Place.RUN, rPh=_Place.SKIPPED, phoneticPr=_Place.SKIPPED),
    _Place.RUN: in_main_namespace(t=_Place.RUN_TEXT, rPr=_Place.SKIPPED),
    _Place.PLAIN_TEXT: {},
    _Place.RUN_TEXT: {},
    _Place.SKIPPED: {},
}
"""What each element may hold; anything else could hide a text or move the numbers of those that follow."""
_OF_TEXT = (_Place.PLAIN_TEXT, _Place.RUN_TEXT)
_USUAL_STRINGS = re.compile(rf"(?:[ \t\r\n]*+<si>{TEXT_ELEMENT}</si>)*+", re.VERBOSE)
_USUAL_TEXT = re.compile("<t[^>]*>([^<]*)")


class _StringCollector:
    """The handlers; one object for one part."""

    head = re.compile(rf"{HEAD}<sst\s[^<>]*+>".encode(), re.VERBOSE)
    end = b"</si>"

    def __init__(self) -> None:
        self.strings: list[str] = []
        self._place = _Place.DOCUMENT
        self._above: list[_Place] = []
        self._pieces: list[str] = []
        self._plain_texts = 0
        self._runs = 0
        self._run_texts = 0

    def started(self, name: str, _: Attributes) -> None:
        above = self._place
        self._above.append(above)
        place = _INSIDE[above].get(name)
        if place is None:
            if above is not _Place.SKIPPED:
                raise self._refuse(Said("contains markup that Excel does not read there"))
            deeper(len(self._above))
            place = above
        self._place = place
        self._plain_texts += place is _Place.PLAIN_TEXT
        self._runs += place is _Place.RUN
        self._run_texts += place is _Place.RUN_TEXT

    def ended(self, _: str) -> None:
        if self._place is _Place.STRING:
            self._finish()
        self._place = self._above.pop()

    def text(self, data: str) -> None:
        if self._place in _OF_TEXT:
            self._pieces.append(data)
        elif self._place is not _Place.SKIPPED and data.strip():
            raise self._refuse(Said("contains text in the wrong place"))

    def begins(self, _: re.Match[bytes]) -> bool:
        return self._place is _Place.TABLE

    def take(self, text: str) -> int:
        match = _USUAL_STRINGS.match(text)
        if match is None:
            return 0
        self.strings += map(plain, _USUAL_TEXT.findall(match[0]))
        return match.end()

    def _refuse(self, what: str) -> Exception:
        return refusal(
            "markupUnclear",
            Said("The workbook's text number {number} {what}.", number=len(self.strings) + 1, what=what),
        )

    def _finish(self) -> None:
        """A plain text stands alone; beside runs it is not clear which of the two a person sees."""
        if self._plain_texts + (self._runs > 0) > 1 or self._run_texts > self._runs:
            raise self._refuse(Said("occurs twice"))
        self.strings.append("".join(self._pieces))
        self._pieces.clear()
        self._plain_texts = self._runs = self._run_texts = 0


def read_shared_strings(source: IO[bytes], size: int) -> list[str]:
    """The strings with their `_xHHHH_` escapes still in them; phonetic guides are left out.

    `size` is that of the part. Raises FileRefusedError when the strings would not fit into memory beside other work.
    """
    if size > _MAX_BYTES:
        raise refusal(
            "archiveTooLarge",
            Said(
                "The workbook's texts unpack to {number} MiB; the limit is {limit} MiB.",
                number=size // MIB,
                limit=_MAX_BYTES // MIB,
            ),
        )
    collector = _StringCollector()
    parser = new_parser(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = collector.started
    parser.EndElementHandler = collector.ended
    parser.CharacterDataHandler = collector.text
    for _ in feed(parser, without_usual(source, collector)):
        if len(collector.strings) > _MAX_STRINGS:
            raise refusal(
                "archiveTooLarge", Said("The workbook has more than {limit} different texts.", limit=_MAX_STRINGS)
            )
    return collector.strings
