"""One row of an export as it was read: the person's key, and the cells that specify values, not yet interpreted.

`read_row` makes it from the cells of an export; runs and calls without a file make rows of their own. The ledger stores
it as JSON, and `desired` reads the values from it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from operator import itemgetter
from typing import Protocol

from shared.core.export.columns import ColumnMap
from shared.core.export.fields import Field
from shared.core.export.file_mapping import column_letters
from shared.core.export.key_cell import read_key
from shared.core.export.row_qualifiers import NoSlot, phone_type_of
from shared.core.export.row_standing import standing_of
from shared.core.numbers.column_reading import ColumnReading
from shared.core.numbers.number_format import shown_text
from shared.core.person.account import PersonKey
from shared.core.values.cell import (
    SMS_SIGN_IN,
    Cell,
    CellKind,
    Refusal,
    is_country_placeholder,
    is_empty,
    is_phone_placeholder,
    is_placeholder,
    refuse,
    unusable,
    visible_text,
)
from shared.core.values.said import Said
from shared.core.values.slot import PhoneType, Slot

_LONGEST_CELL = 400
"""The most characters of one cell, so that a row stays far below the 32 K characters of a table property."""


@dataclass(frozen=True, slots=True)
class ExportRow:
    """A slot whose cell is blank or a placeholder is left out: it is unspecified."""

    row: int
    """The row's number in the run."""
    key: PersonKey | None
    phones: tuple[tuple[PhoneType, Cell], ...] = ()
    email: Cell | None = None
    country: Cell | None = None
    sms_sign_in: Cell | None = None
    refusals: tuple[Refusal, ...] = ()
    parts: tuple[tuple[PhoneType, Field, Cell], ...] = ()
    """The parts of phones that have columns of their own (`PARTS`), blank ones too."""
    phone_type: PhoneType | None = None
    """The phone type that the row names, even if its number is blank; None = none that has a slot."""
    applies_from: str = ""
    """The day from which the row replaces the person's earlier ones, as `2026-01-31`; "" = the row does not say."""
    left_out: str = ""
    """The code of the reason why the row asks for nothing, whatever its cells hold; "" = there is none."""
    readings: tuple[tuple[PhoneType, ColumnReading], ...] = ()
    """The approved or proposed digit readings of phone columns."""
    also: tuple[ExportRow, ...] = ()
    """The other rows of the same person for which this row stands."""

    @property
    def row_refusals(self) -> tuple[Refusal, ...]:
        """Refusals of the whole row; any other refusal costs its slot, and what depends on it."""
        return tuple([refusal for refusal in self.refusals if not refusal.slot])

    @property
    def is_blank(self) -> bool:
        """Whether the row asks for nothing, and nothing in it is refused."""
        return not (self.phones or self.email or self.sms_sign_in or self.refusals)

    def parts_of(self, phone_type: PhoneType) -> dict[Field, Cell]:
        """The cells of the parts of one phone; a part whose column exists and is blank is a blank cell."""
        return {part: cell for owner, part, cell in self.parts if owner is phone_type}

    def reading_of(self, phone_type: PhoneType) -> ColumnReading | None:
        return dict(self.readings).get(phone_type)

    def desired_values(self) -> tuple[Hashable, ...]:
        """What the row asks for, without cell addresses: rows with equal tuples ask for the same."""
        singles = (self.email, self.country, self.sms_sign_in)
        return (
            tuple([(refusal.slot, refusal.code) for refusal in self.refusals]),
            tuple([(phone_type, evidence_of(cell)) for phone_type, cell in sorted(self.phones, key=itemgetter(0))]),
            tuple([None if cell is None else evidence_of(cell) for cell in singles]),
            *[(phone_type, part, evidence_of(cell)) for phone_type, part, cell in self.parts],
        )


def read_row(row: int, cells: Sequence[Cell], columns: ColumnMap, today: date) -> ExportRow:
    """Read the cells that `columns` names; cells that are missing at the end of the row are blank.

    All refusals are collected. Whether the row applies depends on `today`.
    """
    refusals: list[Refusal] = []

    def filled(index: int | None, says_nothing: Callable[[Cell], bool] = is_empty, slot: str = "") -> Cell | None:
        cell = None if index is None or index >= len(cells) else cells[index]
        if cell is None or is_empty(cell) or (says_nothing is not is_empty and says_nothing(cell)):
            return None
        refusal = unusable(cell)
        if len(cell.text) > _LONGEST_CELL or len(cell.number_format) > _LONGEST_CELL:
            refusal = refuse(
                cell,
                "cellTooLong",
                Said("the cell or its number format has more than {most} characters", most=_LONGEST_CELL),
            )
        if refusal is None:
            return cell
        if index == columns.country:
            return Cell(cell.address, CellKind.ERROR)  # names no country; only a number that needs one is refused
        refusals.append(replace(refusal, slot=str(slot)))
        return None

    kind, index = columns.key
    key_cell = filled(index)
    key: PersonKey | Refusal | None = None if key_cell is None else read_key(key_cell, kind)
    if key_cell is None and not refusals:
        address = _address(row, cells, index)
        reason = Said("{cell}: {what}", cell=address, what=Said("the person's cell is empty"))
        key = Refusal("keyMissing", reason, address)
    if isinstance(key, Refusal):
        refusals.append(key)

    def qualifiers(indexes: Sequence[int]) -> list[Cell]:
        return [cell for index in indexes if (cell := filled(index, is_placeholder)) is not None]

    standing = standing_of(columns, qualifiers, today)
    if standing.refusal is not None:
        refusals.append(standing.refusal)
    phone_type = _type_of_row(columns, filled)
    phones, parts = _phones(columns, filled, phone_type, lambda index: _address(row, cells, index))
    email = filled(columns.email, is_placeholder, Slot.EMAIL)
    sms_sign_in = filled(columns.sms_sign_in, is_placeholder, SMS_SIGN_IN)
    country = filled(columns.country, is_country_placeholder)
    return ExportRow(
        row=row,
        key=key if isinstance(key, PersonKey) else None,
        phones=phones,
        email=email,
        country=country,
        sms_sign_in=sms_sign_in,
        refusals=tuple(refusals),
        parts=parts,
        phone_type=phone_type,
        applies_from=standing.applies_from,
        left_out=standing.left_out,
    )


def _address(row: int, cells: Sequence[Cell], index: int) -> str:
    return cells[index].address if index < len(cells) else f"{column_letters(index)}{row}"


class _Filled(Protocol):
    """Returns the cell of a column; None = there is no such column, or the cell is blank, a placeholder or refused."""

    def __call__(
        self, index: int | None, says_nothing: Callable[[Cell], bool] = ..., slot: str = ...
    ) -> Cell | None: ...


def _phones(
    columns: ColumnMap, filled: _Filled, type_of_row: PhoneType | None, address_of: Callable[[int], str]
) -> tuple[tuple[tuple[PhoneType, Cell], ...], tuple[tuple[PhoneType, Field, Cell], ...]]:
    """The phone cells of the row, and the cells of their parts."""
    phones: list[tuple[PhoneType, Cell]] = []
    parts: list[tuple[PhoneType, Field, Cell]] = []
    for phone in columns.phones:
        phone_type = phone.phone_type or type_of_row
        number = None if phone_type is None else filled(phone.number, is_phone_placeholder, phone_type)
        if phone_type is None or number is None:
            continue
        phones.append((phone_type, number))
        for part, index in phone.parts:
            cell = filled(index, is_placeholder, phone_type)
            parts.append((phone_type, part, cell or Cell(address_of(index), CellKind.BLANK)))
    return tuple(phones), tuple(parts)


def _type_of_row(columns: ColumnMap, filled: _Filled) -> PhoneType | None:
    """The phone type that the row names; None = none, an unknown one, or one without a slot."""
    cell = filled(columns.phone_type)
    found = None if cell is None else phone_type_of(visible_text(cell.text))
    return None if isinstance(found, NoSlot) else found


def evidence_of(cell: Cell) -> tuple[str, ...]:
    """Kind, text and number format of a cell.

    The number format is left out if it is `General`, or shows a text unchanged.
    """
    if cell.number_format == "General":
        return (cell.kind, cell.text)
    shows_text = cell.kind is CellKind.TEXT and shown_text(cell.number_format, cell.text) == cell.text
    return (cell.kind, cell.text) if shows_text else (cell.kind, cell.text, cell.number_format)
