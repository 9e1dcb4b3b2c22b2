"""A workbook's shared strings, read up to a limit of memory.

Not openpyxl's reader, which is several times slower and drops `x005F_` from texts: `_x005F_x000D_` would be read as the
escape `_x000D_`.
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


class _Node(IntEnum):
    """What the parser is inside."""

    DOCUMENT = 0
    TABLE = 1
    STRING = 2
    RUN = 3
    PLAIN_TEXT = 4
    RUN_TEXT = 5
    SKIPPED = 6


_INSIDE: dict[_Node, dict[str, _Node]] = {
    _Node.DOCUMENT: in_main_namespace(sst=_Node.TABLE),
    _Node.TABLE: in_main_namespace(si=_Node.STRING, extLst=_Node.SKIPPED),
    _Node.STRING: in_main_namespace(t=_Node.PLAIN_TEXT, r=_Node.RUN, rPh=_Node.SKIPPED, phoneticPr=_Node.SKIPPED),
    _Node.RUN: in_main_namespace(t=_Node.RUN_TEXT, rPr=_Node.SKIPPED),
    _Node.PLAIN_TEXT: {},
    _Node.RUN_TEXT: {},
    _Node.SKIPPED: {},
}
"""The children that each element may have; others could hide a text or change the index of the texts after it."""
_OF_TEXT = (_Node.PLAIN_TEXT, _Node.RUN_TEXT)
_USUAL_STRINGS = re.compile(rf"(?:[ \t\r\n]*+<si>{TEXT_ELEMENT}</si>)*+", re.VERBOSE)
_USUAL_TEXT = re.compile("<t[^>]*>([^<]*)")


class _StringCollector:
    """The parser's handlers, for one part."""

    head = re.compile(rf"{HEAD}<sst\s[^<>]*+>".encode(), re.VERBOSE)
    end = b"</si>"

    def __init__(self) -> None:
        self.strings: list[str] = []
        self._node = _Node.DOCUMENT
        self._above: list[_Node] = []
        self._pieces: list[str] = []
        self._plain_texts = 0
        self._runs = 0
        self._run_texts = 0

    def started(self, name: str, _: Attributes) -> None:
        above = self._node
        self._above.append(above)
        node = _INSIDE[above].get(name)
        if node is None:
            if above is not _Node.SKIPPED:
                raise self._refuse(Said("contains markup that Excel does not read there"))
            deeper(len(self._above))
            node = above
        self._node = node
        self._plain_texts += node is _Node.PLAIN_TEXT
        self._runs += node is _Node.RUN
        self._run_texts += node is _Node.RUN_TEXT

    def ended(self, _: str) -> None:
        if self._node is _Node.STRING:
            self._finish()
        self._node = self._above.pop()

    def text(self, data: str) -> None:
        if self._node in _OF_TEXT:
            self._pieces.append(data)
        elif self._node is not _Node.SKIPPED and data.strip():
            raise self._refuse(Said("contains text in the wrong place"))

    def begins(self, _: re.Match[bytes]) -> bool:
        return self._node is _Node.TABLE

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
        """Refuse a second text, such as a plain one beside formatted runs: it is not clear which one a person sees."""
        if self._plain_texts + (self._runs > 0) > 1 or self._run_texts > self._runs:
            raise self._refuse(Said("contains two texts"))
        self.strings.append("".join(self._pieces))
        self._pieces.clear()
        self._plain_texts = self._runs = self._run_texts = 0


def read_shared_strings(source: IO[bytes], size: int) -> list[str]:
    """The strings with their `_xHHHH_` escapes still in them; phonetic guides are left out.

    `size` is that of the part, in bytes. Raises FileRefusedError if they need too much memory or are not certain.
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
