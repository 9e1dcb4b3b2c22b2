"""Rows of a workbook through openpyxl's streaming parser, as cells that keep the evidence; a `source.Source`.

This is the parser under openpyxl's read-only mode, without the mode itself: that one scans every sheet when opening,
drops rows that come out of order, fills gaps with millions of empty rows, believes `<dimension>`, needs a faultless
stylesheet and cannot tell an uncalculated formula from a blank cell.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from math import isfinite
from typing import IO, Any
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import iterparse
from openpyxl.styles.numbers import is_date_format
from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel
from openpyxl.worksheet._reader import DATA_TAG, FORMULA_TAG, INLINE_STRING, ROW_TAG, VALUE_TAG, WorkSheetParser

from shared.adapters.workbook.archive import Archive
from shared.adapters.workbook.limits import Limits
from shared.adapters.workbook.package import Package, Sheet, Table
from shared.adapters.workbook.refusal import refusal, refuse_broken
from shared.adapters.workbook.scan import SheetScan, scan_sheet
from shared.adapters.workbook.shared_strings import SharedStrings, read_shared_strings
from shared.adapters.workbook.transitional import as_transitional
from shared.core.cell import Cell, CellKind

_CONTENT_TAGS = frozenset((VALUE_TAG, INLINE_STRING, FORMULA_TAG))
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_EXACT_INTEGERS = 2**53
"""Excel stores doubles; from here on neighbouring integers share one."""
_UNCALCULATED = "uncalculated"
NOT_A_DOUBLE = "#NUM!"
"""What Excel shows for a number that is larger than any it can hold."""
_TEXT_TYPES = ("s", "inlineStr")

ParsedCell = dict[str, Any]


class _RowParser(WorkSheetParser):
    """openpyxl's parser, confined to rows, that also tells formulas without a result."""

    _has_content = False

    def parse(self) -> Generator[tuple[int, list[ParsedCell]]]:
        """(row number, cells) of each row with content; stops where the rows end."""
        for _, element in iterparse(self.source, forbid_dtd=True):
            if element.tag == ROW_TAG:
                self._has_content = False
                parsed = self.parse_row(element)
                element.clear()
                if self._has_content:
                    yield parsed
            elif element.tag == DATA_TAG:
                return

    def parse_cell(self, element: Element) -> ParsedCell:
        cell: ParsedCell = super().parse_cell(element)
        if cell["value"] is not None:
            self._has_content = True
        elif len(element):
            self._has_content |= any(child.tag in _CONTENT_TAGS for child in element)
            formula = element.find(FORMULA_TAG)
            if formula is not None and element.get("t") != "str":  # `str` without text is a calculated ""
                cell["value"], cell["data_type"] = formula.text or "", _UNCALCULATED
        return cell


class XlsxSource:
    """A workbook in memory, packed; its shared strings are unpacked on first use and kept."""

    notes: Sequence[str] = ()

    def __init__(self, data: bytes, limits: Limits) -> None:
        """Raises FileRefusedError for anything that is no readable workbook within the limits."""
        self._limits = limits
        with refuse_broken("The workbook"):
            self._archive = as_transitional(Archive(data, limits), limits)
            self._package = Package(self._archive)
            self._formats = self._package.number_formats()
            self.modified = self._package.modified()

    @property
    def data(self) -> bytes:
        """The packed workbook, in the transitional form that openpyxl understands."""
        return self._archive.data

    @property
    def sheets(self) -> Sequence[Sheet]:
        return self._package.sheets

    @property
    def part_names(self) -> Sequence[str]:
        return self._archive.names

    @property
    def unpacked_bytes(self) -> int:
        return self._archive.unpacked_bytes

    def holds(self, text: bytes) -> bool:
        """Whether any part has these bytes; unpacks one part after the other."""
        for name in self._archive.names:
            with self._archive.open(name) as source:
                if text in source.read():
                    return True
        return False

    def tables(self, sheet: Sheet) -> Sequence[Table]:
        with refuse_broken(f"The tables of sheet '{sheet.name}'"):
            return self._package.tables(sheet)

    def scan(self, sheet: Sheet, *, stop_after: int) -> SheetScan:
        with refuse_broken(f"Sheet '{sheet.name}'"), self._archive.open(sheet.part) as source:
            return scan_sheet(source, stop_after=stop_after)

    def rows(self, sheet: Sheet, width: int) -> Iterator[tuple[int, tuple[Cell, ...]]]:
        letters = [get_column_letter(column) for column in range(1, width + 1)]
        reading = _CellReading(self._formats, self._package.uses_1904_dates, self._limits.max_cell_characters)
        with refuse_broken(f"Sheet '{sheet.name}'"), self._archive.open(sheet.part) as source:
            for row, parsed in self._parser(source).parse():
                cells: list[Cell | None] = [None] * width
                previous = 0
                for cell in parsed:
                    column = cell["column"]
                    if column <= previous:
                        raise refusal("brokenFile", f"Row {row} of sheet '{sheet.name}' holds cells out of order.")
                    previous = column
                    if column <= width and cell["value"] is not None:
                        cells[column - 1] = reading.cell(f"{letters[column - 1]}{row}", cell)
                yield (
                    row,
                    tuple(
                        Cell(f"{letter}{row}", CellKind.BLANK) if cell is None else cell
                        for letter, cell in zip(letters, cells, strict=True)
                    ),
                )

    def _parser(self, source: IO[bytes]) -> _RowParser:
        # No date formats: openpyxl would replace a number that is no date by an error and print it in a warning.
        return _RowParser(source, self._shared_strings, data_only=True, date_formats=(), timedelta_formats=())

    @cached_property
    def _shared_strings(self) -> SharedStrings:
        part = self._package.part_of_kind("sharedStrings")
        if part is None:
            return SharedStrings()
        with self._archive.open(part) as source:
            return read_shared_strings(source, self._archive.size(part))


class _CellReading:
    """Turns openpyxl's parsed cells into ours."""

    def __init__(self, formats: Mapping[int, str], uses_1904_dates: bool, max_characters: int) -> None:  # noqa: FBT001 - private, one call
        self._formats = formats
        self._date_styles = frozenset(style for style, code in formats.items() if is_date_format(code))
        self._epoch = MAC_EPOCH if uses_1904_dates else WINDOWS_EPOCH
        self._max_characters = max_characters

    def cell(self, address: str, parsed: ParsedCell) -> Cell:
        """Raises FileRefusedError for a text that is longer than allowed."""
        style: int = parsed["style_id"]
        value, data_type = parsed["value"], parsed["data_type"]
        if data_type in _TEXT_TYPES:
            text = unescaped(value) if "_x" in value else value
            kind = CellKind.TEXT if text else CellKind.BLANK
        else:
            kind, text = self._kind_and_text(value, data_type, style)
        if len(text) > self._max_characters:
            raise refusal(
                "cellTooLong", f"Cell {address} holds {len(text)} characters; the limit is {self._max_characters}."
            )
        return Cell(address, kind, text, self._formats.get(style, "General"))

    def _kind_and_text(self, value: Any, data_type: str, style: int) -> tuple[CellKind, str]:  # noqa: ANN401 - openpyxl's value
        match data_type:
            case "n":
                return self._number(value, style)
            case "b":
                return CellKind.BOOLEAN, "TRUE" if value else "FALSE"
            case "e":
                return CellKind.ERROR, str(value)
            case "d":
                return CellKind.DATE, value.isoformat() if hasattr(value, "isoformat") else str(value)
            case "uncalculated":
                return CellKind.FORMULA, f"={value}" if value else ""
            case _:
                raise ValueError

    def _number(self, value: float, style: int) -> tuple[CellKind, str]:
        if not isfinite(value):
            return CellKind.ERROR, NOT_A_DOUBLE
        if style in self._date_styles:
            date = self._date(value)
            if date is not None:
                return CellKind.DATE, date
        if abs(value) < _EXACT_INTEGERS and value == int(value):
            return CellKind.INTEGER, str(int(value))
        return CellKind.FLOAT, repr(value)

    def _date(self, value: float) -> str | None:
        """None for a number that is no date, whatever its format: the number is the evidence then."""
        try:
            date: datetime = from_excel(value, self._epoch)
        except (OverflowError, ValueError):
            return None
        return date.isoformat()


def unescaped(text: str) -> str:
    """Text without OOXML's `_xHHHH_` escapes (ECMA-376 part 1, 22.4.2.4, ST_Xstring)."""
    plain = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
