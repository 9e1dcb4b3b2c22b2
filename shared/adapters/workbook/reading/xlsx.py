"""A workbook as a `RowSource`: checks its parts, counts its sheets, and makes cells of what the file spells."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property, partial
from math import isfinite
from typing import cast

from openpyxl.styles.numbers import is_date_format
from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel, from_ISO8601

from shared.adapters.workbook.reading.archive import Archive, as_transitional
from shared.adapters.workbook.reading.cell_counts import CellCheck
from shared.adapters.workbook.reading.formulas import Formulas
from shared.adapters.workbook.reading.limits import FileLimits
from shared.adapters.workbook.reading.merged import CoveredCells
from shared.adapters.workbook.reading.package import Package
from shared.adapters.workbook.reading.refusal import quoted, refusal, refuse_broken
from shared.adapters.workbook.reading.scan import scan_sheet
from shared.adapters.workbook.reading.shared_strings import read_shared_strings
from shared.adapters.workbook.reading.sheet_rows import RawCell, RawFormula, read_rows
from shared.adapters.workbook.reading.source import LAST_ROW, ExcelTable, Sheet, SheetScan
from shared.adapters.workbook.reading.zip_members import part_key
from shared.core.values.cell import Cell, CellKind, FormulaRisk
from shared.core.values.said import Said


class XlsxSource:
    """A workbook in memory, packed; its shared strings are unpacked on first use and stay in memory."""

    notes: Sequence[Said] = ()

    def __init__(self, data: bytes, limits: FileLimits) -> None:
        """Raises FileRefusedError for a file that cannot be opened as a workbook within the limits."""
        self.limits = limits
        with refuse_broken(Said("The workbook")):
            self._archive = as_transitional(Archive(data, limits), limits)
            self._package = Package(self._archive)
            self._formats = self._package.number_formats()
            self.modified: datetime | None = self._package.modified()

    def __reduce__(self) -> tuple[type[XlsxSource], tuple[bytes, FileLimits]]:
        """Pickles the packed workbook; unpickling opens it again."""
        return XlsxSource, (self.data, self.limits)

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
        """Unpacked size of styles, comments, drawings and all other parts, except sheets, texts and pictures."""
        main = {part_key(sheet.part) for sheet in self.sheets} | {"xl/sharedstrings.xml"}
        names = (name for name in self._archive.names if part_key(name) not in main and "media/" not in name)
        return sum(self._archive.size(name) for name in names)

    @property
    def styles(self) -> int:
        """How many elements the styles have: fonts, fills, borders, formats."""
        with refuse_broken(Said("The styles")):
            return self._package.count_styles()

    @property
    def names(self) -> int:
        """How many definitions of names the workbook has."""
        with refuse_broken(Said("The defined names")):
            return sum(len(formulas) for formulas in self._package.defined_names.values())

    def holds(self, text: bytes) -> bool:
        """Whether any part has these bytes; unpacks one part after the other."""
        for name in self._archive.names:
            with refuse_broken(Said("A part of the workbook")), self._archive.open(name) as source:
                if text in source.read():
                    return True
        return False

    def property_of_file(self, name: str) -> str | None:
        with refuse_broken(Said("The properties of the file")):
            return self._package.custom_property(name)

    def tables(self, sheet: Sheet) -> Sequence[ExcelTable]:
        with refuse_broken(Said("The tables of sheet {name}", name=quoted(sheet.name))):
            return self._package.tables(sheet)

    def scan(self, sheet: Sheet, *, stop_after: int, first_row: int = 1) -> SheetScan:
        with refuse_broken(Said("Sheet {name}", name=quoted(sheet.name))), self._archive.open(sheet.part) as source:
            return scan_sheet(source, stop_after=stop_after, first_row=first_row)

    def rows(
        self, sheet: Sheet, width: int, *, scan: SheetScan | None = None, in_addresses: str = ""
    ) -> Iterator[tuple[int, tuple[Cell, ...]]]:
        scan = scan or self.scan(sheet, stop_after=LAST_ROW)
        letters = [f"{in_addresses}{get_column_letter(column)}" for column in range(1, width + 1)]
        check = CellCheck(scan)
        covered = CoveredCells(scan.merges, width)
        formulas = Formulas(self._package.defined_names, width)
        with refuse_broken(Said("Sheet {name}", name=quoted(sheet.name))), self._archive.open(sheet.part) as source:
            for row, raw, columns in read_rows(source):
                check.check(row, columns)
                hidden = covered.columns(row)
                cells: list[Cell | None] = [None] * width
                for one in raw:
                    column, formula = one[0], one[-1]
                    if column > width:
                        break
                    address = f"{letters[column - 1]}{row}"
                    risk = formulas.risk(row, column, formula) if formula or formulas.fill_cells else None
                    cell = self._cells.cell(address, one, risk)
                    if column in hidden and not cell.is_blank:
                        cell = Cell(address, CellKind.COVERED)
                    cells[column - 1] = cell
                blanks = zip(letters, cells, strict=True)
                yield row, tuple([cell or Cell(f"{letter}{row}", CellKind.BLANK) for letter, cell in blanks])
            check.finish()

    @cached_property
    def _cells(self) -> CellReader:
        return CellReader(
            self._shared_strings,
            self._formats,
            uses_1904_dates=self._package.uses_1904_dates,
            max_characters=self.limits.max_cell_characters,
        )

    @cached_property
    def _shared_strings(self) -> Sequence[str]:
        part = self._package.part_of_kind("sharedStrings")
        if part is None:
            return []
        with self._archive.open(part) as source:
            return read_shared_strings(source, self._archive.size(part))


_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
"""ECMA-376 part 1, ST_Xstring."""
_INTEGER = re.compile(r"\s*([+-]?[0-9]+)\s*")
_DECIMAL = re.compile(r"\s*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)\s*")
_EXACT_INTEGERS = 2**53
"""Excel stores doubles; from this number on, neighbouring integers are the same double."""
NOT_A_DOUBLE = "#NUM!"
"""Excel shows this for a number that is too large for it."""
_BOOLEANS = {"1": "TRUE", "true": "TRUE", "0": "FALSE", "false": "FALSE"}
_ISO_DATE = re.compile(r"[0-9T:.Z+-]+")
_GENERAL = "General"


_cell = cast("Callable[[tuple[str, CellKind, str, str, FormulaRisk | None]], Cell]", partial(tuple.__new__, Cell))
"""Not the constructor of the named tuple, which takes twice as long."""


class CellReader:
    """Reads the cells of one workbook."""

    def __init__(
        self, strings: Sequence[str], formats: Mapping[int, str], *, uses_1904_dates: bool, max_characters: int
    ) -> None:
        self._strings = strings
        self._formats = {"": formats.get(0, _GENERAL)} | {str(style): code for style, code in formats.items()}
        self._date_formats = frozenset(code for code in formats.values() if is_date_format(code))
        self._epoch = MAC_EPOCH if uses_1904_dates else WINDOWS_EPOCH
        self._max_characters = max_characters

    def cell(self, address: str, raw: RawCell, risk: FormulaRisk | None = None) -> Cell:
        """`risk` is the reason why the value of the cell's formula is not used, if there is one.

        Raises FileRefusedError, LookupError or ValueError if the value of the cell is not certain.
        """
        _, kind, style, value, inline, formula = raw
        number_format = self._formats.get(style) or self._formats.get(str(int(style)), _GENERAL)
        if kind == "s" and value and inline is None:
            index = int(value)
            if index < 0:  # damage, not "from the end"
                raise IndexError
            return self._text(address, self._strings[index], number_format, risk)
        if inline is not None:
            if kind != "inlineStr":
                raise refusal(
                    "markupUnclear", Said("Cell {address} holds a text that its type does not allow.", address=address)
                )
            return self._text(address, inline, number_format, risk)
        if kind == "inlineStr":
            raise refusal(
                "markupUnclear", Said("Cell {address} has a type that does not fit its value.", address=address)
            )
        if not value:
            return _without_value(address, kind, formula, number_format)
        if kind == "str":
            return self._text(address, value, number_format, risk)
        return Cell(address, *self._kind_and_text(address, kind, value, number_format), number_format, risk=risk)

    def _text(self, address: str, text: str, number_format: str, risk: FormulaRisk | None) -> Cell:
        if "_x" in text:
            text = _unescaped(text)
        if not text:
            return Cell(address, CellKind.BLANK, "", number_format)
        kind = CellKind.TEXT if len(text) <= self._max_characters else CellKind.TOO_LONG
        return _cell((address, kind, text, number_format, risk))

    def _kind_and_text(self, address: str, kind: str, value: str, number_format: str) -> tuple[CellKind, str]:
        match kind:
            case "n":
                return self._number(address, value, number_format)
            case "b":
                return CellKind.BOOLEAN, _BOOLEANS[value.strip()]
            case "e":
                return CellKind.ERROR, value
            case "d":
                return CellKind.DATE, _iso_date(value)
            case _:
                raise refusal(
                    "markupUnclear", Said("Cell {address} has a type that Excel does not know.", address=address)
                )

    def _number(self, address: str, value: str, number_format: str) -> tuple[CellKind, str]:
        number = _number_of(value)
        if number is None:
            raise refusal(
                "corruptFile",
                Said("Cell {address} has the type of a number, but its value is not one.", address=address),
            )
        if not isfinite(number):
            return CellKind.ERROR, NOT_A_DOUBLE
        if number_format in self._date_formats:
            date = self._date(number)
            if date is not None:
                return CellKind.DATE, date
        if abs(number) < _EXACT_INTEGERS and number == int(number):
            return CellKind.INTEGER, str(int(number))
        return CellKind.FLOAT, repr(number)

    def _date(self, number: float) -> str | None:
        """The date; None = the number is no date in spite of its format, so it stays a number."""
        try:
            date: datetime = from_excel(number, self._epoch)
        except (OverflowError, ValueError):
            return None
        return date.isoformat()


def _without_value(address: str, kind: str, formula: RawFormula | None, number_format: str) -> Cell:
    """A cell without a formula is blank; so is a formula of type `str`. Any other formula was not calculated."""
    if formula is None or kind == "str":
        return Cell(address, CellKind.BLANK, "", number_format)
    return Cell(address, CellKind.FORMULA, f"={formula.text}" if formula.text else "", number_format)


def _number_of(value: str) -> float | None:
    """The number; None = it is not written in decimal digits. Python would also read `1_000` and `nan`."""
    integer = _INTEGER.fullmatch(value)
    if integer:
        return int(integer[1])
    decimal = _DECIMAL.fullmatch(value)
    return float(decimal[1]) if decimal else None


def _iso_date(value: str) -> str:
    if not _ISO_DATE.fullmatch(value.strip()):
        raise ValueError
    date = from_ISO8601(value.strip())  # type: ignore[no-untyped-call] # openpyxl's stubs leave it untyped
    return date.isoformat() if hasattr(date, "isoformat") else str(date)


def _unescaped(text: str) -> str:
    """The text as a person sees it; half a surrogate pair becomes U+FFFD."""
    plain = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
