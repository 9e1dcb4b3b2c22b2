"""A workbook as a `RowSource`: its parts are checked, its sheets counted, its rows and cells read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cached_property

from openpyxl.utils import get_column_letter

from shared.adapters.workbook.reading.archive import Archive, as_transitional, part_key
from shared.adapters.workbook.reading.cell_counts import CellCheck
from shared.adapters.workbook.reading.limits import FileLimits
from shared.adapters.workbook.reading.merged import CoveredCells
from shared.adapters.workbook.reading.package import Package
from shared.adapters.workbook.reading.refusal import quoted, refuse_broken
from shared.adapters.workbook.reading.scan import scan_sheet
from shared.adapters.workbook.reading.shared_strings import SharedStrings, read_shared_strings
from shared.adapters.workbook.reading.sheet_cells import CellReader
from shared.adapters.workbook.reading.sheet_rows import read_rows
from shared.adapters.workbook.reading.source import LAST_ROW, ExcelTable, Sheet, SheetScan
from shared.core.values.cell import Cell, CellKind


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
            self.modified: datetime | None = self._package.modified()

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
        main = {part_key(sheet.part) for sheet in self.sheets} | {"xl/sharedstrings.xml"}
        names = (name for name in self._archive.names if part_key(name) not in main and "media/" not in name)
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

    def scan(self, sheet: Sheet, *, stop_after: int, first_row: int = 1) -> SheetScan:
        with refuse_broken(f"Sheet {quoted(sheet.name)}"), self._archive.open(sheet.part) as source:
            return scan_sheet(source, stop_after=stop_after, first_row=first_row)

    def rows(
        self, sheet: Sheet, width: int, *, scan: SheetScan | None = None
    ) -> Iterator[tuple[int, tuple[Cell, ...]]]:
        scan = scan or self.scan(sheet, stop_after=LAST_ROW)
        letters = [get_column_letter(column) for column in range(1, width + 1)]
        check = CellCheck(scan)
        covered = CoveredCells(scan.merges, width)
        with refuse_broken(f"Sheet {quoted(sheet.name)}"), self._archive.open(sheet.part) as source:
            for row, raw, columns in read_rows(source):
                check.check(row, columns)
                hidden = covered.columns(row)
                cells: list[Cell | None] = [None] * width
                for one in raw:
                    if one.column > width:
                        break
                    address = f"{letters[one.column - 1]}{row}"
                    cell = self._cells.cell(address, one)
                    is_covered = one.column in hidden and not cell.is_blank
                    cells[one.column - 1] = Cell(address, CellKind.COVERED) if is_covered else cell
                blanks = zip(letters, cells, strict=True)
                yield row, tuple(cell or Cell(f"{letter}{row}", CellKind.BLANK) for letter, cell in blanks)
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
    def _shared_strings(self) -> SharedStrings:
        part = self._package.part_of_kind("sharedStrings")
        if part is None:
            return SharedStrings()
        with self._archive.open(part) as source:
            return read_shared_strings(source, self._archive.size(part))
