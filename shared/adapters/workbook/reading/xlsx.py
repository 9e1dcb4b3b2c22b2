"""A workbook as a `RowSource`: its parts are checked, its sheets counted, its rows and cells read."""

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

from shared.adapters.workbook.reading.archive import Archive, as_transitional
from shared.adapters.workbook.reading.limits import FileLimits
from shared.adapters.workbook.reading.package import Package
from shared.adapters.workbook.reading.refusal import quoted, refusal, refuse_broken
from shared.adapters.workbook.reading.scan import scan_sheet
from shared.adapters.workbook.reading.shared_strings import SharedStrings, read_shared_strings
from shared.adapters.workbook.reading.source import ExcelTable, Sheet, SheetScan
from shared.core.values.cell import Cell, CellKind

_CONTENT_TAGS = frozenset((VALUE_TAG, INLINE_STRING, FORMULA_TAG))
_TEXT_TAG = INLINE_STRING.replace("}is", "}t")

_ParsedCell = dict[str, Any]
"""openpyxl's: `row`, `column` (from 1), `value`, `data_type`, `style_id`. Of type `f`: a formula without a result."""
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
"""ECMA-376 part 1, ST_Xstring."""
_EXACT_INTEGERS = 2**53
"""Excel stores doubles; from here on neighbouring integers share one."""
NOT_A_DOUBLE = "#NUM!"
"""What Excel shows for a number that is larger than any it can hold."""
_TEXT_TYPES = ("s", "inlineStr")


class XlsxSource:
    """A workbook in memory, packed; its shared strings are unpacked on first use and kept."""

    notes: Sequence[str] = ()

    def __init__(self, data: bytes, limits: FileLimits) -> None:
        """Raises FileRefusedError for any file that is not a readable workbook within the limits."""
        self.limits = limits
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

    @property
    def side_bytes(self) -> int:
        """Unpacked size of what is neither rows nor texts nor pictures: styles, comments, drawings, pivot caches."""
        main = {sheet.part.lstrip("/").casefold() for sheet in self.sheets} | {"xl/sharedstrings.xml"}
        names = (name for name in self._archive.names if name.casefold() not in main and "media/" not in name)
        return sum(self._archive.size(name) for name in names)

    def holds(self, text: bytes) -> bool:
        """Whether any part has these bytes; unpacks one part after the other."""
        for name in self._archive.names:
            with refuse_broken("A part of the workbook"), self._archive.open(name) as source:
                if text in source.read():
                    return True
        return False

    def tables(self, sheet: Sheet) -> Sequence[ExcelTable]:
        with refuse_broken(f"The tables of sheet {quoted(sheet.name)}"):
            return self._package.tables(sheet)

    def scan(self, sheet: Sheet, *, stop_after: int) -> SheetScan:
        with refuse_broken(f"Sheet {quoted(sheet.name)}"), self._archive.open(sheet.part) as source:
            return scan_sheet(source, stop_after=stop_after)

    def rows(self, sheet: Sheet, width: int) -> Iterator[tuple[int, tuple[Cell, ...]]]:
        letters = [get_column_letter(column) for column in range(1, width + 1)]
        reader = _CellReader(
            self._formats,
            uses_1904_dates=self._package.uses_1904_dates,
            max_characters=self.limits.max_cell_characters,
        )
        with refuse_broken(f"Sheet {quoted(sheet.name)}"), self._archive.open(sheet.part) as source:
            for row, parsed in _RowParser(source, self._shared_strings).parse():
                cells: list[Cell | None] = [None] * width
                for cell in parsed:
                    column = cell["column"]
                    if column <= width and cell["value"] is not None:
                        cells[column - 1] = reader.cell(f"{letters[column - 1]}{row}", cell)
                blanks = zip(letters, cells, strict=True)
                yield row, tuple(cell or Cell(f"{letter}{row}", CellKind.BLANK) for letter, cell in blanks)

    @cached_property
    def _shared_strings(self) -> SharedStrings:
        part = self._package.part_of_kind("sharedStrings")
        if part is None:
            return SharedStrings()
        with self._archive.open(part) as source:
            return read_shared_strings(source, self._archive.size(part))


class _RowParser(WorkSheetParser):
    """Iterate `parse()` once."""

    def __init__(self, source: IO[bytes], shared_strings: SharedStrings) -> None:
        # No date formats: openpyxl would replace a number that is no date by an error and print it in a warning.
        super().__init__(source, shared_strings, data_only=True, date_formats=(), timedelta_formats=())
        self._has_content = False

    def parse(self) -> Generator[tuple[int, list[_ParsedCell]]]:
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

    def parse_cell(self, element: Element) -> _ParsedCell:
        """Raises FileRefusedError for a cell in the wrong place, because its row or its value is uncertain."""
        previous = self.col_counter
        cell: _ParsedCell = super().parse_cell(element)
        if cell["column"] <= previous or cell["row"] != self.row_counter:
            raise refusal("corruptFile", f"Row {self.row_counter} of the sheet contains a cell in the wrong place.")
        inline = element.find(INLINE_STRING)
        if inline is not None and len(inline.findall(_TEXT_TAG)) > 1:
            raise refusal("corruptFile", f"Row {self.row_counter} of the sheet contains a cell with two texts.")
        if cell["value"] is not None:
            self._has_content = True
        elif len(element):
            self._has_content |= any(child.tag in _CONTENT_TAGS for child in element)
            formula = element.find(FORMULA_TAG)
            if formula is not None and element.get("t") != "str":  # `str` without text is a calculated ""
                cell["value"], cell["data_type"] = formula.text or "", "f"
        return cell


class _CellReader:
    """Turns openpyxl's parsed cells into ours."""

    def __init__(self, formats: Mapping[int, str], *, uses_1904_dates: bool, max_characters: int) -> None:
        self._formats = formats
        self._date_styles = frozenset(style for style, code in formats.items() if is_date_format(code))
        self._epoch = MAC_EPOCH if uses_1904_dates else WINDOWS_EPOCH
        self._max_characters = max_characters

    def cell(self, address: str, parsed: _ParsedCell) -> Cell:
        """Raises FileRefusedError for a text that is longer than allowed."""
        style: int = parsed["style_id"]
        value, data_type = parsed["value"], parsed["data_type"]
        if data_type in _TEXT_TYPES:
            text = _unescaped(value) if "_x" in value else value
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
            case "f":
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


def _unescaped(text: str) -> str:
    """The text as a person sees it; half a surrogate pair becomes U+FFFD."""
    plain = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
