"""The usual spelling of a sheet's rows, which `scan` and `sheet_rows` take from the text, each in its own way."""

from __future__ import annotations

import re
from typing import Protocol

from shared.adapters.workbook.reading.source import LAST_ROW
from shared.adapters.workbook.reading.usual import CHARACTERS, HEAD, TEXT_ELEMENT

_PREFIXED = "x14ac:dyDescent"
_DECLARATION = re.compile(rb'[^\']*\sxmlns:x14ac="[^"\s]')
"""The declaration of the prefix, in the root. Excel gives every row the attribute."""
_COLUMN = "(?:[A-Z]{1,2}|[A-W][A-Z]{2}|X[A-E][A-Z]|XF[A-D])"
_ROW = re.compile(
    rf"""[ \t\r\n]*+<row\ r="([1-9][0-9]{{0,6}})"
    ((?:\ (?P<name>spans|s|customFormat|ht|hidden|customHeight|outlineLevel|collapsed|thickTop|thickBot|{_PREFIXED})
        ="[A-Za-z0-9.:\ -]*+"(?![^<>]*\ (?P=name)=))*+)
    \ ?(?:/>|>[ \t\r\n]*+
    (?P<cells>(?:
        <c\ r="{_COLUMN}\1"(?:\ t="[A-Za-z]++"|\ s="[0-9]++"(?:\ t="[A-Za-z]++"|)|)\ ?
        (?:/>|>(?:<v>{CHARACTERS}++</v>|<is>{TEXT_ELEMENT}</is>)</c>)
    )*+)</row>)""",
    re.VERBOSE,
)
_HIDDEN = re.compile(r'hidden="(?:1|true)"')


class RowTaker(Protocol):
    """Reads the rows of a sheet."""

    @property
    def is_at_first_row(self) -> bool: ...

    def take(self, row: int, cells: str, *, hidden: bool) -> bool:
        """Read a row whose cells have the usual form; False = the parser has to read it."""
        ...


class UsualRows:
    """Takes the rows in ascending order, as long as they are spelled as usual."""

    head = re.compile(
        rf"""{HEAD}(?P<root><worksheet\s[^<>]*+>)[^<]*+(?:<(?![!?]|sheetData>)[^<]*+)*+<sheetData>""".encode(),
        re.VERBOSE,
    )
    end = b"</row>"

    def __init__(self, taker: RowTaker) -> None:
        self._taker = taker
        self._row = 0
        self._has_prefix = False

    def begins(self, head: re.Match[bytes]) -> bool:
        self._has_prefix = _DECLARATION.match(head["root"]) is not None
        return self._taker.is_at_first_row

    def take(self, text: str) -> int:
        end = 0
        while (match := _ROW.match(text, end)) and self._take(*match.group(1, 2, 4)):
            end = match.end()
        return end

    def _take(self, number: str, attributes: str, cells: str | None) -> bool:
        row = int(number)
        if not self._row < row <= LAST_ROW or (_PREFIXED in attributes and not self._has_prefix):
            return False
        self._row = row
        hidden = "hidden" in attributes and _HIDDEN.search(attributes) is not None
        return self._taker.take(row, cells or "", hidden=hidden)
