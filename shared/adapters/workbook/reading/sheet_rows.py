"""The rows of a sheet as a stream, read by the grammar of the standard (ECMA-376 part 1, 18.3.1).

Excel ignores markup that the grammar does not allow, or repairs the file. Here such markup is refused and not read as
blank, because a person may have seen a value there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import IntEnum
from typing import IO, NamedTuple

from shared.adapters.workbook.reading.refusal import refusal
from shared.adapters.workbook.reading.source import LAST_COLUMN, LAST_ROW
from shared.adapters.workbook.reading.usual import plain, without_usual
from shared.adapters.workbook.reading.usual_rows import UsualRows
from shared.adapters.workbook.reading.xml_stream import Attributes, deeper, feed, in_main_namespace, new_parser
from shared.core.values.said import Said

_USUAL_CELL = re.compile(
    r'<c r="([A-Z]+)[0-9]+"(?: s="([0-9]+)"|)(?: t="([A-Za-z]+)"|) ?(?:/|><(v|is)>(?:<t[^>]*>|)([^<]*)<)'
)
_ADDRESS = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")


class RawFormula(NamedTuple):
    """A formula as the file spells it (ECMA-376 part 1, 18.3.1.40)."""

    text: str
    """"" = another cell of a shared formula has the text, or it is a data table."""
    kind: str
    """The attribute `t`: normal, array, shared or dataTable."""
    area: str
    """The cells that the formula fills, such as C2:C9; "" = its own cell."""
    shared: str
    """The number of the shared formula."""


RawCell = tuple[int, str, str, str | None, str | None, RawFormula | None]
"""A cell as the file spells it: column from 1, the attributes `t` and `s`, value, inline text and formula; None = the
element is missing. Not a named tuple, which takes several times as long to make."""
RawRow = tuple[int, list[RawCell], list[int]]
"""Row number, the cells with content, and their columns from 1."""


class _Node(IntEnum):
    """What the parser is inside."""

    DOCUMENT = 0
    SHEET = 1
    ROWS = 2
    ROW = 3
    CELL = 4
    VALUE = 5
    FORMULA = 6
    INLINE = 7
    RUN = 8
    TEXT = 9
    RUN_TEXT = 10
    SKIPPED = 11


_INSIDE: dict[_Node, dict[str, _Node]] = {
    _Node.DOCUMENT: in_main_namespace(worksheet=_Node.SHEET),
    _Node.SHEET: in_main_namespace(sheetData=_Node.ROWS),
    _Node.ROWS: in_main_namespace(row=_Node.ROW),
    _Node.ROW: in_main_namespace(c=_Node.CELL, extLst=_Node.SKIPPED),
    _Node.CELL: in_main_namespace(v=_Node.VALUE, f=_Node.FORMULA, **{"is": _Node.INLINE}, extLst=_Node.SKIPPED),
    _Node.INLINE: in_main_namespace(t=_Node.TEXT, r=_Node.RUN, rPh=_Node.SKIPPED, phoneticPr=_Node.SKIPPED),
    _Node.RUN: in_main_namespace(t=_Node.RUN_TEXT, rPr=_Node.SKIPPED),
    _Node.VALUE: {},
    _Node.FORMULA: {},
    _Node.TEXT: {},
    _Node.RUN_TEXT: {},
    _Node.SKIPPED: {},
}
"""The children that each element may have. Outside of the rows, others are skipped."""
_AROUND = (_Node.DOCUMENT, _Node.SHEET)
_OF_TEXT = (_Node.VALUE, _Node.FORMULA, _Node.TEXT, _Node.RUN_TEXT)


class _Columns(dict[str, int]):
    """Column number from 1 by its letters."""

    def __missing__(self, letters: str) -> int:
        number = 0
        for letter in letters.upper():
            number = number * 26 + ord(letter) - ord("A") + 1
        return self.setdefault(letters, number)


class _Rows:
    """The parser's handlers, for one sheet."""

    def __init__(self) -> None:
        self.found: list[RawRow] = []
        self.ended_rows = False
        self._node = _Node.DOCUMENT
        self._above: list[_Node] = []
        self._row = 0
        self._row_text = ""
        self._column = 0
        self._cells: list[RawCell] = []
        self._columns: list[int] = []
        self._column_numbers = _Columns()
        self._attributes: Attributes = {}
        self._pieces: list[str] = []
        self._value: str | None = None
        self._formula: RawFormula | None = None
        self._text_attributes: Attributes = {}
        self._texts: list[str] | None = None
        self._has_plain_text = False
        self._run_texts = 0

    def started(self, name: str, attributes: Attributes) -> None:
        above = self._node
        self._above.append(above)
        node = _INSIDE[above].get(name)
        if node is None:
            node = self._start_skipped(above)
        self._node = node
        if node is _Node.CELL:
            self._attributes = attributes
            self._start_cell(attributes.get("r"))
        elif node is _Node.ROW:
            self._start_row(attributes.get("r"))
        elif node in _OF_TEXT:
            self._pieces.clear()
            self._text_attributes = attributes
        elif node is _Node.RUN:
            self._run_texts = 0
        elif node is _Node.INLINE:
            if self._texts is not None:
                raise self._refuse(Said("contains a cell with two texts"))
            self._texts, self._has_plain_text = [], False

    def _start_skipped(self, above: _Node) -> _Node:
        if above is _Node.SKIPPED:
            deeper(len(self._above))
        elif above not in _AROUND:
            raise self._refuse(Said("contains markup that Excel does not read there"))
        return _Node.SKIPPED

    def ended(self, _: str) -> None:
        node = self._node
        self._node = self._above.pop()
        if node is _Node.CELL:
            self._end_cell()
        elif node is _Node.VALUE:
            if self._value is not None:
                raise self._refuse(Said("contains a cell with two values"))
            self._value = "".join(self._pieces)
        elif node is _Node.ROW:
            if self._cells:
                self.found.append((self._row, self._cells, self._columns))
                self._cells, self._columns = [], []
        elif node is _Node.FORMULA:
            if self._formula is not None:
                raise self._refuse(Said("contains a cell with two formulas"))
            given = self._text_attributes.get
            self._formula = RawFormula("".join(self._pieces), given("t", "normal"), given("ref", ""), given("si", ""))
        elif node in _OF_TEXT:
            self._end_text(plain=node is _Node.TEXT)
        elif node is _Node.ROWS:
            self.ended_rows = True

    def text(self, data: str) -> None:
        if self._node in _OF_TEXT:
            self._pieces.append(data)
        elif self._node is not _Node.SKIPPED and data.strip():
            raise self._refuse(Said("contains text outside its cells' values"))

    @property
    def is_at_first_row(self) -> bool:
        return self._node is _Node.ROWS and not self._row

    def take(self, row: int, cells: str, *, hidden: bool) -> bool:  # noqa: ARG002 - only the count needs it
        """Read a usual row; False = the parser has to read it, because its cells are not in order."""
        found: list[RawCell] = []
        last = 0
        for letters, style, kind, element, text in _USUAL_CELL.findall(cells):
            column = self._column_numbers[letters]
            if column <= last:
                return False
            last = column
            if element == "v":
                found.append((column, kind or "n", style, text, None, None))
            elif element:
                found.append((column, kind or "n", style, None, plain(text), None))
        self._row = row
        if found:
            self.found.append((row, found, [cell[0] for cell in found]))
        return True

    def _refuse(self, what: str) -> Exception:
        return refusal("markupUnclear", Said("Row {row} of the sheet {what}.", row=str(self._row), what=what))

    def _start_row(self, given: str | None) -> None:
        self._row = int(float(given)) if given else self._row + 1
        self._row_text = str(self._row)
        if not 1 <= self._row <= LAST_ROW:
            raise refusal("corruptFile", Said("The sheet contains a row that no sheet can have."))
        self._column = 0

    def _start_cell(self, given: str | None) -> None:
        """Raises FileRefusedError for a cell whose address does not fit its row or the cell before."""
        self._value = self._formula = self._texts = None
        column = self._column + 1 if not given else self._column_of(given)
        if not self._column < column <= LAST_COLUMN:
            raise refusal(
                "corruptFile", Said("Row {row} of the sheet contains a cell in the wrong place.", row=str(self._row))
            )
        self._column = column

    def _column_of(self, given: str) -> int:
        """0 for an address that is not in this row."""
        if given.endswith(self._row_text):
            known = self._column_numbers.get(given[: -len(self._row_text)])
            if known:
                return known
        address = _ADDRESS.fullmatch(given)
        if address is None or int(address[2]) != self._row:
            return 0
        return self._column_numbers[address[1]]

    def _end_cell(self) -> None:
        if self._value is None and self._formula is None and self._texts is None:
            return
        given = self._attributes.get
        inline = None if self._texts is None else "".join(self._texts)
        self._cells.append(
            (self._column, given("t", "n"), given("s", ""), self._value, inline, self._formula),
        )
        self._columns.append(self._column)

    def _end_text(self, *, plain: bool) -> None:
        """Refuse a second text, such as a plain one beside formatted runs: it is not clear which one a person sees."""
        if self._texts is None:
            return
        self._run_texts += 1
        if (self._texts and (plain or self._has_plain_text)) or (not plain and self._run_texts > 1):
            raise self._refuse(Said("contains a cell with two texts"))
        self._has_plain_text = plain
        self._texts.append("".join(self._pieces))


def read_rows(source: IO[bytes]) -> Iterator[RawRow]:
    """Yield every row with content, in the order of the file.

    Raises FileRefusedError, ExpatError or ValueError for what cannot be read.
    """
    rows = _Rows()
    parser = new_parser(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = rows.started
    parser.EndElementHandler = rows.ended
    parser.CharacterDataHandler = rows.text
    for _ in feed(parser, without_usual(source, UsualRows(rows))):
        yield from rows.found
        rows.found.clear()
        if rows.ended_rows:
            return
