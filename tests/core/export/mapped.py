"""A file of a few rows, given as values, and what the app understands of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from shared.adapters.workbook.reading.sheets import is_ours
from shared.core.export.column_profile import ColumnProfile
from shared.core.export.columns import ColumnMap, positions
from shared.core.export.file_mapping import Chosen, FileMapping, MappedColumn, Use, column_letters
from shared.core.export.header import Header, HeaderRules, MergedRange
from shared.core.export.map_columns import MappingRules, SheetFacts, map_columns
from shared.core.values.cell import Cell, CellKind
from shared.core.values.slot import PhoneType

Value = str | int | None


def header_of(rows: Sequence[Sequence[Value]], merges: Sequence[MergedRange], rules: HeaderRules) -> Header:
    """The header of a file that has one."""
    texts = [(number, ["" if value is None else str(value) for value in row]) for number, row in enumerate(rows, 1)]
    found = rules.find(texts, merges)
    assert found is not None
    return found


def mapping_of(
    *rows: Sequence[Value],
    merges: Sequence[MergedRange] = (),
    hidden: Collection[int] = (),
    column_map: Mapping[str, str] | None = None,
    choices: Mapping[int, Chosen] | None = None,
    default: PhoneType = PhoneType.MOBILE,
) -> FileMapping:
    """The mapping of a file whose first rows are its header; columns are counted from 0."""
    rules = HeaderRules(column_map or {})
    header = header_of(rows, merges, rules)
    profiles = [ColumnProfile() for _ in range(max(map(len, rows)))]
    for number, row in enumerate(rows, 1):
        if number > header.row:
            for index, value in enumerate(row):
                profiles[index].add(cell_of(value, f"{column_letters(index)}{number}"))
    ours = frozenset(index for index, heading in enumerate(header.headings) if is_ours(heading.text))
    facts = SheetFacts("Staff", frozenset(hidden), ours)
    return map_columns(header, profiles, facts, MappingRules(default, rules.by_setting(header), choices or {}))


def cell_of(value: Value, address: str) -> Cell:
    match value:
        case None | "":
            return Cell(address, CellKind.BLANK)
        case int():
            return Cell(address, CellKind.INTEGER, str(value))
        case _:
            return Cell(address, CellKind.TEXT, value)


def columns_of(
    *headings: str, column_map: Mapping[str, str] | None = None, default: PhoneType = PhoneType.MOBILE
) -> ColumnMap:
    """The columns of a file without rows."""
    found = positions(mapping_of(headings, column_map=column_map, default=default))
    assert found is not None
    return found


def phones(columns: ColumnMap) -> tuple[tuple[PhoneType | None, int], ...]:
    return tuple((phone.phone_type, phone.number) for phone in columns.phones)


def column(mapping: FileMapping, letters: str) -> MappedColumn:
    return next(one for one in mapping.columns if one.letters == letters)


def used(mapping: FileMapping) -> dict[str, str]:
    """Letters -> role of the columns that are used without doubt."""
    return {one.letters: str(one.role) for one in mapping.columns if one.use in (Use.USED, Use.PART)}


def in_doubt(mapping: FileMapping) -> dict[str, str]:
    """Letters -> proposal of the columns in doubt."""
    return {one.letters: str(one.role) if one.role else "ignore" for one in mapping.in_doubt}


def why_ignored(mapping: FileMapping) -> dict[int, str]:
    return {one.index: one.why for one in mapping.columns if one.use is Use.IGNORED}
