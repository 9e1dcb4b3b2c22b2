"""Counts which digit readings the rows of a file prove for its phone columns, and proposes them.

Accounts are not known yet, so a row counts only if the row, the file or the settings name its country. A phone with a
calling code, an area code or direct-dial digits in a column of their own has no reading, because the digits are joined.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from shared.core.export.columns import ColumnMap
from shared.core.export.country import read_country
from shared.core.export.desired import is_remove, regions_of_phone
from shared.core.export.export_row import ExportRow
from shared.core.export.fields import Field
from shared.core.export.file_mapping import FileMapping, MappedColumn, Use
from shared.core.numbers.column_reading import (
    LEAST_NUMBERS,
    PROVABLE,
    ColumnReading,
    PossibleNumbers,
    Proof,
    possible_numbers,
)
from shared.core.numbers.line_types import ACCEPTED_LINES
from shared.core.numbers.read_number import NumberRead, Regions, number_of
from shared.core.numbers.written_number import WrittenNumber, written_number
from shared.core.values.cell import Cell, Refusal
from shared.core.values.said import Said, counted, joined
from shared.core.values.slot import PhoneType

Proofs = Mapping[int, Mapping[ColumnReading, Proof]]
"""By column, counted from 0."""


@dataclass(slots=True)
class _Rows:
    """The rows of one column, counted by reading."""

    decided: Counter[ColumnReading] = field(default_factory=Counter)
    against: Counter[ColumnReading] = field(default_factory=Counter)
    needing: Counter[ColumnReading] = field(default_factory=Counter)
    numbers: dict[ColumnReading, set[str]] = field(default_factory=lambda: {reading: set() for reading in PROVABLE})
    """Up to LEAST_NUMBERS different numbers of which each speaks for this reading."""

    def add(self, written: WrittenNumber, possible: PossibleNumbers) -> None:
        for reading in PROVABLE:
            if possible.speaks_for(reading):
                self.decided[reading] += 1
                if len(self.numbers[reading]) < LEAST_NUMBERS:
                    self.numbers[reading].add(written.spellings[0])
            elif possible.speaks_against(reading):
                self.against[reading] += 1

    def proofs(self) -> dict[ColumnReading, Proof]:
        return {
            reading: Proof(
                self.decided[reading], len(self.numbers[reading]), self.against[reading], self.needing[reading]
            )
            for reading in PROVABLE
        }


class ReadingCounts:
    """Filled row by row with `add`."""

    def __init__(self, columns: ColumnMap, default_region: str | None) -> None:
        self._default_region = default_region
        self._columns = _columns_with_a_reading(columns)
        self._rows = {index: _Rows() for index in self._columns.values()}

    def add(self, row: ExportRow) -> None:
        for phone_type, cell in row.phones:
            index = self._columns.get(phone_type)
            if index is not None and "+" not in cell.text and not is_remove(cell):
                self._add(self._rows[index], cell, phone_type, self._regions_of(row, phone_type))

    def proofs(self) -> Proofs:
        return {index: rows.proofs() for index, rows in self._rows.items()}

    def _regions_of(self, row: ExportRow, phone_type: PhoneType) -> Regions:
        country = None if row.country is None else read_country(row.country)
        regions = Regions() if isinstance(country, Refusal) else Regions(row=country, file=self._default_region)
        return regions_of_phone(row.parts_of(phone_type).get(Field.COUNTRY), regions)

    def _add(self, rows: _Rows, cell: Cell, phone_type: PhoneType, regions: Regions) -> None:
        written = written_number(cell)
        if isinstance(written, Refusal):
            return
        possible = possible_numbers(written, regions.known, ACCEPTED_LINES[phone_type])
        if possible is None:
            return
        rows.add(written, possible)
        if possible.is_certain or isinstance(number_of(cell, written, phone_type, regions), NumberRead):
            return
        for reading in PROVABLE:
            if isinstance(number_of(cell, written, phone_type, regions, reading), NumberRead):
                rows.needing[reading] += 1


def _columns_with_a_reading(columns: ColumnMap) -> dict[PhoneType, int]:
    """The columns of phones whose digits are not joined with those of other columns."""
    return {
        phone_type: phone.number
        for phone in columns.phones
        if phone.calling_code is phone.area_code is phone.direct_dial is None
        for phone_type in ([phone.phone_type] if phone.phone_type else PhoneType)
    }


def with_readings(mapping: FileMapping, proofs: Proofs) -> FileMapping:
    """The mapping with the proof of each phone column's reading, or with the proposed reading."""
    columns = (
        _with_reading(column, proofs[column.index]) if column.index in proofs else column for column in mapping.columns
    )
    return replace(mapping, columns=tuple(columns))


def _with_reading(column: MappedColumn, proofs: Mapping[ColumnReading, Proof]) -> MappedColumn:
    if column.role is None:
        return column
    if column.role.reading is not None:
        return replace(column, proof=proofs.get(column.role.reading))
    proposed = next((reading for reading in PROVABLE if proofs[reading].proposes), None)
    if proposed is None:
        return column
    proof = proofs[proposed]
    why = Said(
        "{decided} of its numbers without a + can be read in one way only, which is the same for all of them, "
        "and {needing} without it",
        decided=proof.decided,
        needing=counted(proof.needing, "is refused", "are refused"),
    )
    return replace(
        column,
        use=Use.IN_DOUBT,
        role=replace(column.role, reading=proposed),
        why=joined("; ", (column.why, why)) if column.use is Use.IN_DOUBT else why,
        proof=proof,
    )


def with_proved_readings(rows: Iterable[ExportRow], mapping: FileMapping, columns: ColumnMap) -> Iterator[ExportRow]:
    """The rows with the digit readings that are approved or proposed, and that the file proves."""
    by_index = {column.index: column.reading for column in mapping.columns if column.reading}
    by_type = _columns_with_a_reading(columns)
    readings = {phone_type: by_index[index] for phone_type, index in by_type.items() if index in by_index}
    if not readings:
        yield from rows
        return
    for row in rows:
        found = tuple((phone_type, readings[phone_type]) for phone_type, _ in row.phones if phone_type in readings)
        yield replace(row, readings=found) if found else row
