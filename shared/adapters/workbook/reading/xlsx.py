"""A workbook as a `source.Source`: its parts checked, its sheets counted, its rows read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from openpyxl.utils import get_column_letter

from shared.adapters.workbook.reading.archive import Archive
from shared.adapters.workbook.reading.cells import CellReading
from shared.adapters.workbook.reading.limits import FileLimits
from shared.adapters.workbook.reading.package import Package, Sheet, Table
from shared.adapters.workbook.reading.refusal import quoted, refuse_broken
from shared.adapters.workbook.reading.row_parser import RowParser
from shared.adapters.workbook.reading.scan import SheetScan, scan_sheet
from shared.adapters.workbook.reading.shared_strings import SharedStrings, read_shared_strings
from shared.adapters.workbook.reading.transitional import as_transitional
from shared.core.values.cell import Cell, CellKind


class XlsxSource:
    """A workbook in memory, packed; its shared strings are unpacked on first use and kept."""

    notes: Sequence[str] = ()

    def __init__(self, data: bytes, limits: FileLimits) -> None:
        """Raises FileRefusedError for anything that is no readable workbook within the limits."""
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

    def tables(self, sheet: Sheet) -> Sequence[Table]:
        with refuse_broken(f"The tables of sheet {quoted(sheet.name)}"):
            return self._package.tables(sheet)

    def scan(self, sheet: Sheet, *, stop_after: int) -> SheetScan:
        with refuse_broken(f"Sheet {quoted(sheet.name)}"), self._archive.open(sheet.part) as source:
            return scan_sheet(source, stop_after=stop_after)

    def rows(self, sheet: Sheet, width: int) -> Iterator[tuple[int, tuple[Cell, ...]]]:
        letters = [get_column_letter(column) for column in range(1, width + 1)]
        reading = CellReading(
            self._formats,
            uses_1904_dates=self._package.uses_1904_dates,
            max_characters=self.limits.max_cell_characters,
        )
        with refuse_broken(f"Sheet {quoted(sheet.name)}"), self._archive.open(sheet.part) as source:
            for row, parsed in RowParser(source, self._shared_strings).parse():
                cells: list[Cell | None] = [None] * width
                for cell in parsed:
                    column = cell["column"]
                    if column <= width and cell["value"] is not None:
                        cells[column - 1] = reading.cell(f"{letters[column - 1]}{row}", cell)
                blanks = zip(letters, cells, strict=True)
                yield row, tuple(cell or Cell(f"{letter}{row}", CellKind.BLANK) for letter, cell in blanks)

    @cached_property
    def _shared_strings(self) -> SharedStrings:
        part = self._package.part_of_kind("sharedStrings")
        if part is None:
            return SharedStrings()
        with self._archive.open(part) as source:
            return read_shared_strings(source, self._archive.size(part))
