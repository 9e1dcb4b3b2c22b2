"""Reads the sheets that a result has besides those of the export, when it is uploaded again.

A text in a cell for corrections, on the sheet of rows that need work, is a correction. Every other text that the result
did not have when it was returned is found too, so that no typed text is dropped without a word.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from shared.adapters.workbook.reading.sheets import first_rows, has_mark, is_work_header, our_sheets, work_headings
from shared.adapters.workbook.reading.source import LAST_ROW, RowSource, Sheet
from shared.core.export.corrected_rows import Origins, references_in
from shared.core.export.file_mapping import column_index
from shared.core.export.work_corrections import WorkPlace, WorkSheet, headed, on_sheet, plain_text
from shared.core.report.texts import in_every_language
from shared.core.values.cell import Cell, visible_text

_MOST_COLUMNS = 30
_ROW, _KEY, _CELL, _CONTENT = "row", "key", "cell", "content"


def read_work_sheet(source: RowSource, returned: WorkSheet | None) -> WorkSheet:
    """Read the app's own sheets; without `returned` they are as the app wrote them. Raises FileRefusedError."""
    reader = _Reader(returned)
    for sheet, is_work in own_sheets(source):
        reader.read(sheet.name, _rows(source, sheet), is_work=is_work)
    origins = reader.origins
    return WorkSheet(
        reader.name,
        dict(reader.cells),
        reader.headings,
        frozenset(reader.texts),
        tuple(reader.unread),
        frozenset(origins.references),
        tuple(origins.foreign),
    )


def own_sheets(source: RowSource) -> Iterator[tuple[Sheet, bool]]:
    """The app's own sheets, renamed ones too, each with whether it lists the rows that need work."""
    names, work = our_sheets(), in_every_language("sheet.work")
    for sheet in source.sheets:
        first = [] if sheet.name in names else [texts for _, texts in first_rows(source, sheet, _MOST_COLUMNS)]
        is_work = sheet.name in work or any(map(is_work_header, first))
        if is_work or sheet.name in names or any(map(has_mark, first)):
            yield sheet, is_work


def _rows(source: RowSource, sheet: Sheet) -> Iterator[tuple[Cell, ...]]:
    scan = source.scan(sheet, stop_after=LAST_ROW)
    for _, cells in source.rows(sheet, _MOST_COLUMNS, scan=scan):
        yield cells


class _Reader:
    """Sorts the cells of the app's sheets into corrections and other texts."""

    def __init__(self, returned: WorkSheet | None) -> None:
        self._returned = returned
        self.name = ""
        self.headings: tuple[str, ...] = ()
        self.cells: defaultdict[WorkPlace, tuple[Cell, ...]] = defaultdict(tuple)
        self.texts: set[str] = set()
        self.unread: list[tuple[int | None, Cell]] = []
        self.origins = Origins(None if returned is None else returned.references)

    def read(self, name: str, rows: Iterator[tuple[Cell, ...]], *, is_work: bool) -> None:
        columns: Mapping[str, int] = {}
        for cells in rows:
            row, used = None, set[int]()
            self.origins.see(0, [on_sheet(cell, name) for cell in references_in(cells)])
            if is_work and not columns and is_work_header([cell.text for cell in cells]):
                self.name, self.headings = name, tuple(visible_text(cell.text) for cell in cells)
                columns = self._columns()
                used = set(range(len(cells))) if columns else used  # a heading may have been changed
            elif columns and cells[columns[_ROW]].text.isdecimal():
                row = int(cells[columns[_ROW]].text)
                used = self._corrections(row, cells, columns)
            for index, cell in enumerate(cells):
                if cell.text and index not in used:
                    self._other(name, row, cell)

    def _corrections(self, row: int, cells: Sequence[Cell], columns: Mapping[str, int]) -> set[int]:
        """Note the cells of a line that may be corrected; returns their columns."""
        places: dict[int, WorkPlace] = {columns[_KEY]: (row, None)}
        letters = cells[columns[_CELL]].text.upper().removesuffix(str(row))
        if letters.isalpha() and letters.isascii():
            places[columns[_CONTENT]] = (row, column_index(letters))
        if self._returned is not None:
            places = {index: place for index, place in places.items() if place in self._returned.cells}
        for index, place in places.items():
            self.cells[place] += (cells[index],)
        return set(places)

    def _other(self, name: str, row: int | None, cell: Cell) -> None:
        text = plain_text(cell)
        if self._returned is None:
            self.texts.add(text)
        elif text not in self._returned.texts:
            self.unread.append((row, on_sheet(cell, name)))

    def _columns(self) -> dict[str, int]:
        """The index of each column that is read, also of moved and renamed ones; {} = one of them is missing."""
        if self._returned is None:
            return _own_columns(self.headings)
        before, now = headed(self._returned.headings), headed(self.headings)
        places = {index: now.index(heading) for index, heading in enumerate(before) if heading in now}
        gone = [index for index, (heading, _) in enumerate(before) if heading and index not in places]
        new = [index for index, (heading, _) in enumerate(now) if heading and index not in places.values()]
        if len(gone) == len(new):
            places |= dict(zip(gone, new, strict=True))
        own = _own_columns(self._returned.headings)
        return {name: places[index] for name, index in own.items()} if set(own.values()) <= places.keys() else {}


def _own_columns(headings: Sequence[str]) -> dict[str, int]:
    """The columns as the app writes them, the key to the right of the row's number; {} = one of them is missing."""
    found = {
        name: index
        for name in (_ROW, _CELL, _CONTENT)
        for index, heading in enumerate(headings)
        if heading in work_headings(name)
    }
    return found | {_KEY: found[_ROW] + 1} if len(found) == len((_ROW, _CELL, _CONTENT)) else {}
