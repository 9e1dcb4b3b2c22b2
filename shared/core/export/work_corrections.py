"""Copies HR's corrections from the sheet of rows that need work to the cells of the people's sheet.

Each line of that sheet names its row as it was returned. A correction counts if the row is found again and its cell on
the people's sheet was not corrected too. If both were corrected and differ, the row is refused; if the row or the
column is gone, a person has to decide.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.core.export.export_row import evidence_of
from shared.core.export.headings.heading import GROUP_SEPARATOR
from shared.core.export.one_list import shown_sheets
from shared.core.export.places import in_addresses
from shared.core.values.cell import Cell, CellKind, is_empty, visible_text
from shared.core.values.said import Said

type Headed = tuple[str, int]
"""A column by its heading, and the number of columns to its left with the same heading."""
type WorkPlace = tuple[int, int | None]
"""A cell of the returned result, by row and column index; None = the column of the key."""
_BLANK = Cell("", CellKind.BLANK)


@dataclass(frozen=True, slots=True)
class WorkSheet:
    """The sheet of rows that need work, and the texts on the app's other sheets; `name` "" = there is no such sheet.

    It lists a cell once for each reason to correct it.
    """

    name: str = ""
    cells: Mapping[WorkPlace, tuple[Cell, ...]] = field(default_factory=dict)
    headings: tuple[str, ...] = ()
    texts: frozenset[str] = frozenset()
    """All other texts of the sheets, if the result is read as it was returned."""
    unread: tuple[tuple[int | None, Cell], ...] = ()
    """New texts in cells that are not read: the row of the line, and the cell."""
    references: frozenset[str] = frozenset()
    """The result references of the lines."""
    foreign: tuple[Cell, ...] = ()
    """The references of other results than the returned one."""


@dataclass(frozen=True, slots=True)
class PeopleSheet:
    """`key` is the index of the column that identifies the person."""

    name: str
    headings: Sequence[str]
    key: int
    rows: Mapping[int, Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class WorkCorrections:
    cells: Mapping[int, Mapping[int, Cell]] = field(default_factory=dict)
    """Cells that replace those of the upload, by row number and column index."""
    differing: Mapping[int, Said] = field(default_factory=dict)
    """Both cells in words if two corrections of one cell differ, by row number."""
    unread: Mapping[int, tuple[Cell, ...]] = field(default_factory=dict)
    """What was typed into cells that are not read, by row number."""
    without_place: tuple[Said, ...] = ()
    """Sentences about corrections whose cell no longer exists."""


def with_corrections(cells: Sequence[Cell], corrections: Mapping[int, Cell]) -> tuple[Cell, ...]:
    return tuple(corrections.get(index, cell) for index, cell in enumerate(cells)) if corrections else tuple(cells)


def plain_text(cell: Cell) -> str:
    """The text of a cell, without differences in spaces and line breaks."""
    return " ".join(visible_text(cell.text).split())


def on_sheet(cell: Cell, name: str) -> Cell:
    """The cell with its sheet in the cell address, as cells of a list of several sheets already have it."""
    if "!" in cell.address:
        return cell
    (shown,) = shown_sheets([name])
    return cell._replace(address=f"{in_addresses(shown)}{cell.address}")


def headed(headings: Sequence[str]) -> list[Headed]:
    """Each column by heading, without group headings, which the sheet of rows that need work does not repeat."""
    seen: Counter[str] = Counter()
    found = []
    for heading in headings:
        own = visible_text(heading).rpartition(GROUP_SEPARATOR)[2]
        found.append((own, seen[own]))
        seen[own] += 1
    return found


def changed(uploaded: WorkSheet, returned: WorkSheet) -> dict[WorkPlace, tuple[Cell, ...]]:
    """The cells that have changed since they were returned, each with its sheet in the cell address."""
    found = {}
    for place, cells in uploaded.cells.items():
        before = [_evidence(cell) for cell in returned.cells.get(place, (_BLANK,))]
        if other := [cell for cell in cells if _evidence(cell) not in before]:
            found[place] = tuple(on_sheet(cell, uploaded.name) for cell in other)
    return found


def placed(
    corrections: Mapping[WorkPlace, Sequence[Cell]],
    unread: Iterable[tuple[int | None, Cell]],
    uploaded: PeopleSheet,
    returned: PeopleSheet,
) -> WorkCorrections:
    """Find the cells of the uploaded people's sheet for the corrections; `unread` is what was typed elsewhere.

    A corrected key that belongs to another row refuses the row: probably only some columns of the list were sorted.
    """
    columns, before = headed(uploaded.headings), headed(returned.headings)
    rows = _Rows(uploaded, returned)
    cells: dict[int, dict[int, Cell]] = {}
    differing, without_place = dict[int, Said](), list[Said]()
    for (row, place), (correction, *more) in corrections.items():
        number, column = rows.now(row), returned.key if place is None else place
        if number is None or column >= len(before) or before[column] not in columns:
            lost = Said("{cell} was changed, but belongs to no cell of the list any more", cell=correction.address)
            without_place.append(lost)
            continue
        index = columns.index(before[column])
        own, old = on_sheet(_at(uploaded.rows[number], index), uploaded.name), _at(returned.rows[row], column)
        if index in cells.get(number, {}):  # the key of the row stands on that sheet twice
            more.append(cells[number][index])
        typed = [correction, *more] if _evidence(own) == _evidence(old) else [own, correction, *more]
        if len({cell.text for cell in typed}) > 1:
            *first, last = (cell.address for cell in typed)
            several = Said("{first} and {second}", first=", ".join(first), second=last)
            differing[number] = Said("{cells} were corrected differently", cells=several)
        elif column == returned.key and rows.is_of_another(row, correction.text):
            both = {"first": correction.address, "second": own.address}
            differing[number] = Said("{first} and {second} name different people", **both)
        elif typed[0] is correction:
            cells.setdefault(number, {})[index] = correction
    in_rows: dict[int, tuple[Cell, ...]] = {}
    for named, cell in unread:
        number = None if named is None else rows.now(named)
        if number is None:
            without_place.append(Said("{cell} was changed, but nothing is read there", cell=cell.address))
        else:
            in_rows[number] = (*in_rows.get(number, ()), cell)
    return WorkCorrections(cells, differing, in_rows, tuple(without_place))


def corrections_to_json(corrections: Mapping[int, Mapping[int, Cell]]) -> list[list[str | int]]:
    """In clear: `[row, column, address, kind, text, number format]` for each cell."""
    return [
        [row, column, cell.address, cell.kind.value, cell.text, cell.number_format]
        for row, cells in corrections.items()
        for column, cell in cells.items()
    ]


def corrections_from_json(data: Iterable[Sequence[Any]]) -> dict[int, dict[int, Cell]]:
    found: dict[int, dict[int, Cell]] = {}
    for row, column, address, kind, text, number_format in data:
        found.setdefault(row, {})[column] = Cell(address, CellKind(kind), text, number_format)
    return found


def _evidence(cell: Cell) -> tuple[str, ...]:
    return () if is_empty(cell) else evidence_of(cell)


def _at(cells: Sequence[Cell], index: int) -> Cell:
    return cells[index] if index < len(cells) else _BLANK


@dataclass(slots=True)
class _Rows:
    """Finds a returned row again: by its key, or by its number if the key was corrected."""

    uploaded: PeopleSheet
    returned: PeopleSheet
    _by_key: dict[str, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for number, cells in self.uploaded.rows.items():
            self._by_key.setdefault(_at(cells, self.uploaded.key).text, []).append(number)

    def now(self, row: int) -> int | None:
        if row not in self.returned.rows:
            return None
        key = _at(self.returned.rows[row], self.returned.key).text
        same = self._by_key.get(key, [])
        if row in same:
            return row
        if len(same) == 1:
            return same[0]
        in_place = self.uploaded.rows.get(row)
        is_renamed = in_place is not None and not same and self._is_new(_at(in_place, self.uploaded.key).text)
        return row if is_renamed else None

    def is_of_another(self, row: int, key: str) -> bool:
        """Whether another returned row had this key."""
        return any(
            number != row and _at(cells, self.returned.key).text == key for number, cells in self.returned.rows.items()
        )

    def _is_new(self, key: str) -> bool:
        """Whether no returned row had this key, so that the key of the row at this number was corrected."""
        return all(_at(cells, self.returned.key).text != key for cells in self.returned.rows.values())
