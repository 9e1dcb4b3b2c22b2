"""Compares the rows of a corrected result with those that were returned, whatever their order.

A row was not corrected if its used cells have the same content; rows and columns may have been moved.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from shared.core.export.columns import positions
from shared.core.export.export_row import ExportRow, evidence_of
from shared.core.export.file_mapping import FileMapping, Use
from shared.core.export.places import ONE_SHEET, Places
from shared.core.export.role_names import role_name
from shared.core.export.work_corrections import on_sheet, plain_text
from shared.core.values.cell import Cell, is_empty, visible_text
from shared.core.values.said import Said, as_said, counted

_MOST_NAMED = 20
_SAYS_NOTHING = (Use.IGNORED, Use.OURS)
_ADDRESS = re.compile(r"(?P<sheet>(?:.*!)?)(?P<letters>[A-Z]{1,3})(?P<row>[1-9][0-9]{0,6})")
_REFERENCE = re.compile(r"#[0-9a-f]{10}/\d{1,3}", re.ASCII)
"""The form of `ResultMark.reference`."""
NumberedCells = Iterable[tuple[int, Sequence[Cell]]]
"""Each row's number, and its cells by column."""


@dataclass(frozen=True, slots=True, repr=False)
class RowContents:
    """A hash of what each row says, by row number, and what stands in the columns that the app added."""

    by_number: Mapping[int, bytes]
    texts: frozenset[str] = frozenset()
    """All texts in the app's columns, if these are the rows that were returned."""
    unread: Mapping[int, tuple[Cell, ...]] = field(default_factory=dict)
    """By row, the cells of the app's columns with a text that those columns did not have when they were returned."""
    keys: Mapping[int, str] = field(default_factory=dict)
    """By row, the text of its key, without case."""
    origins: Origins = field(default_factory=lambda: Origins(()))

    @classmethod
    def of(
        cls,
        mapping: FileMapping,
        sheet: str,
        rows: NumberedCells,
        ours: Collection[int],
        returned: RowContents | None = None,
    ) -> RowContents:
        """`sheet` is the name of the sheet with the rows; `ours` are the indexes of the columns that the app added."""
        roles = {
            column.index: role_name(column.role)
            for column in mapping.columns
            if column.role is not None and column.use not in _SAYS_NOTHING
        }
        columns = positions(mapping)
        key = None if columns is None else columns.key[1]
        by_number, texts, unread = dict[int, bytes](), set[str](), dict[int, tuple[Cell, ...]]()
        keys, origins = dict[int, str](), Origins(returned.origins.references if returned else None)
        for number, cells in rows:
            by_number[number] = _content(cells, roles)
            if key is not None and key < len(cells) and not is_empty(cells[key]):
                keys[number] = visible_text(cells[key].text).casefold()
            origins.see(number, [on_sheet(cell, sheet) for cell in references_in(cells)])
            beside = [cell for index, cell in enumerate(cells) if index in ours and cell.text]
            if returned is None:
                texts.update(map(plain_text, beside))
            elif typed := tuple(on_sheet(cell, sheet) for cell in beside if plain_text(cell) not in returned.texts):
                unread[number] = typed
        return cls(by_number, frozenset(texts), unread, keys, origins)

    def found_in(self, returned: RowContents) -> dict[int, int]:
        """The rows that were not corrected: number -> number of the returned row.

        Each returned row is found only once, so a row that was made equal to another one was corrected.
        """
        in_place = returned.by_number
        same = {number: number for number, content in self.by_number.items() if in_place.get(number) == content}
        left: dict[bytes, list[int]] = defaultdict(list)
        for number, content in returned.by_number.items():
            if number not in same:
                left[content].append(number)
        moved = {
            number: left[content].pop(0)
            for number, content in self.by_number.items()
            if number not in same and left.get(content)
        }
        return same | moved


class Origins:
    """The results that the rows are from, by their result references."""

    def __init__(self, own: Collection[str] | None) -> None:
        """`own` are the references of the returned result; None = the rows are its own."""
        self._own = own
        self.references = set[str]()
        self.stated = set[int]()
        """The rows with a reference."""
        self.foreign: list[Cell] = []
        """The references of other results."""

    def see(self, number: int, cells: Iterable[Cell]) -> None:
        for cell in references_in(cells):
            self.references.add(cell.text)
            self.stated.add(number)
            if self._own is not None and cell.text not in self._own:
                self.foreign.append(cell)


def references_in(cells: Iterable[Cell]) -> Iterator[Cell]:
    return (cell for cell in cells if cell.text.startswith("#") and _REFERENCE.fullmatch(cell.text))


def _content(cells: Sequence[Cell], roles: Mapping[int, str]) -> bytes:
    values = sorted(
        [roles[index], *evidence_of(cell)] for index, cell in enumerate(cells) if index in roles and not is_empty(cell)
    )
    return hashlib.blake2b(json.dumps(values).encode(), digest_size=16).digest()


@dataclass(frozen=True, slots=True, repr=False)
class NotCorrected:
    """The rows of a result that were not corrected."""

    found: Mapping[int, int] = field(default_factory=dict)
    """The number of the returned row, by row number."""
    people: Collection[str] = ()
    """The keys of the rows that were corrected, folded: all rows of a person are corrected together."""
    unread: Mapping[int, tuple[Cell, ...]] = field(default_factory=dict)
    """By row number, what was typed into cells that are not read."""
    added: Sequence[int] = ()
    """The numbers of rows that the result did not have."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """By the letters that a column had in the result, those that it has now."""
    places: tuple[Places, Places] = (ONE_SHEET, ONE_SHEET)
    """Where the rows stood in the result, and where they stand now."""

    def before(self, row: ExportRow) -> int | None:
        """The number of the returned row; None = the row, or another row of its person, was corrected."""
        is_corrected = row.key is not None and row.key.folded() in self.people
        return None if is_corrected else self.found.get(row.row)

    def address_now(self, row: int) -> Callable[[str], str]:
        """Converts cell addresses of the returned row into those of `row`, where it stands now; other texts stay."""
        then, today = self.places
        before, place = then.of(self.found[row]), today.of(row)

        def now(text: str) -> str:
            found = _ADDRESS.fullmatch(text)
            if found is None or int(found["row"]) != before.row or found["sheet"] != before.in_addresses:
                return text
            letters = found["letters"]
            return f"{place.in_addresses}{self.columns.get(letters, letters)}{place.row}"

        return now

    def concerns(self, places: Places) -> tuple[Said, ...]:
        """A sentence about rows that were added, which have no age of their own."""
        if not self.added:
            return ()
        rows = places.name_all(self.added)
        return (Said("added to the result: {rows}; the age of what was added is not known", rows=rows),)

    def notes(self, rows: Iterable[ExportRow]) -> tuple[Said, ...]:
        """A sentence about texts in cells that are not read, beside corrected rows."""
        corrected = [row.row for row in rows if row.row in self.unread and self.before(row) is None]
        beside = [", ".join(dict.fromkeys(cell.address for cell in self.unread[row])) for row in corrected]
        if not beside:
            return ()
        cells, others = as_said(", ".join(beside[:_MOST_NAMED])), len(beside) - _MOST_NAMED
        if others > 0:
            cells = Said("{cells} and in {rows}", cells=cells, rows=counted(others, "more row", "more rows"))
        return (Said("What was typed in {cells} is not read: it is in columns of the app.", cells=cells),)


def not_corrected(
    rows: Iterable[ExportRow],
    uploaded: RowContents,
    returned: RowContents,
    unread: Mapping[int, tuple[Cell, ...]],
    columns: Mapping[str, str],
    *,
    places: tuple[Places, Places],
) -> NotCorrected:
    """`unread` is what was typed on the app's own sheets, by the number of the uploaded row.

    `columns` and `places` are as in `NotCorrected`.
    """
    found = uploaded.found_in(returned)
    people = {row.key.folded() for row in rows if row.row not in found and row.key is not None}
    numbers = uploaded.unread.keys() | unread.keys()
    typed = {number: (*uploaded.unread.get(number, ()), *unread.get(number, ())) for number in numbers}
    return NotCorrected(found, frozenset(people), typed, _added(uploaded, returned, found), columns, places)


def _added(uploaded: RowContents, returned: RowContents, found: Collection[int]) -> tuple[int, ...]:
    """The rows about people whom the result did not name, unless only their key was corrected.

    A row with a result reference was corrected, not added. If no row has a reference, new keys
    count as corrected unless there are more of them than keys that are gone.
    """
    before, now = set(returned.keys.values()), set(uploaded.keys.values())
    new = [
        number
        for number, key in uploaded.keys.items()
        if number not in found and key not in before and number not in uploaded.origins.stated
    ]
    may_be_corrected = not uploaded.origins.stated and len(new) <= len(before - now)
    return () if may_be_corrected else tuple(new)
