"""Understands an export before any row is used: what every column means, and which rows belong to one person.

Most files need one pass over their rows: the meaning is decided from the first rows, all rows are profiled and read
with it, and the pass is repeated only if later rows change the meaning.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice

from shared.core.export.column_profile import ColumnProfile
from shared.core.export.column_readings import Proofs, ReadingCounts, with_proved_readings, with_readings
from shared.core.export.columns import ColumnMap, positions
from shared.core.export.export_row import ExportRow, read_row
from shared.core.export.fields import Field
from shared.core.export.file_mapping import Chosen, FileMapping
from shared.core.export.header import begins_another_list
from shared.core.export.heading_and_values import matters
from shared.core.export.map_columns import MappingRules, SheetFacts, map_columns
from shared.core.export.one_list import shown_sheets
from shared.core.export.people_sheets import ONLY_SHEET, PeopleSheets
from shared.core.export.row_json import PackedRows
from shared.core.export.row_versions import latest_versions
from shared.core.run.keys_seen import KeysSeen
from shared.core.values.cell import Cell
from shared.core.values.codes import CODES
from shared.core.values.errors import FileRefusedError
from shared.core.values.said import Said
from shared.flows.intake.export_ports import OpenedExport

_FIRST_ROWS = 200


@dataclass(frozen=True, slots=True)
class Understood:
    """`packed` rows are read with the columns that the mapping uses, or proposes to use."""

    mapping: FileMapping
    columns: ColumnMap
    keys: KeysSeen
    row_numbers: Sequence[int]
    packed: PackedRows
    profiles: Sequence[ColumnProfile | None]
    proofs: Proofs
    """What the rows prove about the digit readings of phone columns."""
    export: OpenedExport
    """The sheet, or the list of sheets, that was read."""

    @property
    def rows(self) -> Iterator[ExportRow]:
        return with_proved_readings(self.packed, self.mapping, self.columns)


@dataclass(frozen=True, slots=True)
class Understand:
    """Understands one `export`. `rules` come from the run's options and the settings.

    `sheets` says which of the file's sheets are read, and `doubts` what is uncertain about that.
    """

    export: OpenedExport
    rules: MappingRules
    today: date
    is_own: bool = False
    """Whether the app wrote the file itself, so that its headings are certain."""
    sheets: PeopleSheets = ONLY_SHEET
    doubts: tuple[Said, ...] = ()

    def __call__(self, choices: Mapping[int, Chosen]) -> Understood:
        """Raises FileRefusedError for a file that identifies no people, asks for nothing or holds another list."""
        rules, first = self._rules_under(choices), self._first_profiles()
        return self._read(self._columns(self._map(first, rules)), rules, self._that_matter(first))

    def meaning(self) -> FileMapping:
        """What the columns mean without choices of people, for a sheet that is read as part of a list.

        A few odd values are left out: on a small sheet they would be a large share.
        """
        profiles = [ColumnProfile() if matters else None for matters in self._that_matter(self._first_profiles())]
        for _, cells in self.export.rows():
            _add(profiles, cells)
        typical = [profile and profile.without_strays() for profile in profiles]
        return self._map(typical, self._rules_under({}))

    def again(self, before: Understood, choices: Mapping[int, Chosen]) -> Understood:
        """Understand the file with other choices; its rows are read again only if other columns are used."""
        rules = self._rules_under(choices)
        mapping = with_readings(self._map(before.profiles, rules), before.proofs)
        columns = self._columns(mapping)
        if columns == before.columns:
            return replace(before, mapping=mapping)
        return self._read(columns, rules, [profile is not None for profile in before.profiles])

    def _rules_under(self, choices: Mapping[int, Chosen]) -> MappingRules:
        """The rules with people's choices, without those of columns for e-mail addresses if e-mail methods are off."""
        used = {
            index: chosen
            for index, chosen in choices.items()
            if self.rules.email_methods or chosen.role is None or chosen.role.field is not Field.EMAIL
        }
        return replace(self.rules, by_setting=self.export.by_setting, choices=used)

    def _first_profiles(self) -> list[ColumnProfile | None]:
        first = [None if index in self.export.our_columns else ColumnProfile() for index in range(self.export.width)]
        for _, cells in islice(self.export.rows(), _FIRST_ROWS):
            _add(first, cells)
        return first

    def _that_matter(self, first: Sequence[ColumnProfile | None]) -> list[bool]:
        """Which columns are profiled in all rows."""
        return [profile is not None and self._matters(index, profile) for index, profile in enumerate(first)]

    def _read(self, columns: ColumnMap, rules: MappingRules, matter: Sequence[bool]) -> Understood:
        """Read every row with `columns`, and again if all rows together show that other columns are meant.

        `matter` says which columns are profiled.
        """
        while True:
            profiles = [ColumnProfile() if does_matter else None for does_matter in matter]
            keys, numbers, rows = KeysSeen(self.export.places), array("I"), PackedRows()
            digit_readings, border = ReadingCounts(columns, rules.default_region), 0
            for number, cells in self.export.rows():
                _add(profiles, cells)
                if border:
                    raise self._another_list(border)
                border = number if begins_another_list(cells, columns, self.export.header) else 0
                row = read_row(number, cells, columns, self.today)
                rows.add(row)
                keys.add(row)
                numbers.append(number)
                if not self.is_own:
                    digit_readings.add(row)
            mapping = self._map(profiles, rules)
            final = self._columns(mapping)
            if final == columns:
                proofs = digit_readings.proofs()
                found = Understood(
                    with_readings(mapping, proofs), columns, keys, numbers, rows, profiles, proofs, self.export
                )
                return found if columns.effective_from is None else _with_versions(found)
            columns = final

    def _another_list(self, number: int) -> FileRefusedError:
        """The refusal of a file in which a row begins another list."""
        place = self.export.places.of(number)
        message = (
            Said(
                "Row {row} of sheet '{sheet}' is not a person: the row holds headings or a title.",
                row=str(place.row),
                sheet=place.sheet,
            )
            if place.sheet
            else Said("Row {row} is not a person: the row holds headings or a title.", row=str(place.row))
        )
        return FileRefusedError("severalLists", message, remedy=CODES["severalLists"].remedy)

    def _columns(self, mapping: FileMapping) -> ColumnMap:
        columns = positions(mapping)
        if columns is None or not (columns.asks_for_something or mapping.in_doubt):
            raise self.export.explain_missing()
        return columns

    def _map(self, profiles: Sequence[ColumnProfile | None], rules: MappingRules) -> FileMapping:
        export = self.export
        found = [profile or ColumnProfile() for profile in profiles]
        if self.is_own:
            found = [ColumnProfile() for _ in profiles]
        names = self.sheets.as_list or shown_sheets([export.sheet])
        facts = SheetFacts(export.sheet, export.hidden_columns, export.our_columns, names)
        mapping = map_columns(export.header, found, facts, rules).with_formulas(export.formula_columns)
        return replace(mapping, doubts=(*self.doubts, *mapping.doubts), people_sheets=self.sheets)

    def _matters(self, index: int, first: ColumnProfile) -> bool:
        """Whether the rows after the first ones can change what a column means."""
        headings = self.export.header.headings
        return index >= len(headings) or matters(headings[index], first)


def _with_versions(found: Understood) -> Understood:
    """The same, but rows that a later version replaces ask for nothing; the keys are collected again."""
    rows = latest_versions(found.packed, by_phone_type=found.columns.phone_type is not None)
    keys = KeysSeen(found.export.places)
    for row in rows:
        keys.add(row)
    return replace(found, keys=keys, packed=rows)


def _add(profiles: Sequence[ColumnProfile | None], cells: Sequence[Cell]) -> None:
    for profile, cell in zip(profiles, cells, strict=False):
        if profile is not None:
            profile.add(cell)
