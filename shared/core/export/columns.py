"""The columns of an export by their roles, from which a row's cells are read; `positions` takes them from a mapping."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from shared.core.export.fields import PHONES, Field
from shared.core.export.file_mapping import (
    FileMapping,
    MappedColumn,
    Use,
    column_index,
    column_letters,
)
from shared.core.export.headings.heading import EMAIL_NOT_USED, Role
from shared.core.export.role_names import decided_role_named, in_words
from shared.core.numbers.column_reading import ColumnReading
from shared.core.person.account import KeyKind
from shared.core.values.slot import PhoneType

_WITHOUT_VALUE = (Use.IGNORED, Use.OURS, Use.IN_DOUBT)
_VALUES = frozenset({*PHONES, Field.EMAIL, Field.SMS_SIGN_IN})
TOGETHER = frozenset({Field.STATUS, Field.HAS_LEFT, Field.LEFT_ON, Field.VALID_FROM, Field.VALID_TO})
"""The fields that several columns of a file may have, each of which counts."""


@dataclass(frozen=True, slots=True)
class PhoneColumns:
    """The columns of one phone, counted from 0; parts that the file does not have are None.

    `phone_type` None = each row names it, in the column `ColumnMap.phone_type`.
    """

    phone_type: PhoneType | None
    number: int
    calling_code: int | None = None
    area_code: int | None = None
    extension: int | None = None
    direct_dial: int | None = None
    country: int | None = None

    @property
    def parts(self) -> tuple[tuple[Field, int], ...]:
        """The columns of the parts that the file has."""
        if self.calling_code is self.area_code is self.extension is self.direct_dial is self.country is None:
            return ()
        every = (
            (Field.CALLING_CODE, self.calling_code),
            (Field.AREA_CODE, self.area_code),
            (Field.EXTENSION, self.extension),
            (Field.DIRECT_DIAL, self.direct_dial),
            (Field.COUNTRY, self.country),
        )
        return tuple((part, index) for part, index in every if index is not None)


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Indexes are counted from 0."""

    key: tuple[KeyKind, int]
    phones: tuple[PhoneColumns, ...] = ()
    email: int | None = None
    country: int | None = None
    sms_sign_in: int | None = None
    phone_type: int | None = None
    effective_from: int | None = None
    status: tuple[int, ...] = ()
    """There may be several such columns; one alone can leave a row out. The same holds for the next four."""
    has_left: tuple[int, ...] = ()
    left_on: tuple[int, ...] = ()
    valid_from: tuple[int, ...] = ()
    valid_to: tuple[int, ...] = ()

    @property
    def contacts(self) -> tuple[int, ...]:
        """The columns of numbers and e-mail addresses."""
        return (*[phone.number for phone in self.phones], *([] if self.email is None else [self.email]))

    @property
    def asks_for_something(self) -> bool:
        return bool(self.phones) or self.email is not None or self.sms_sign_in is not None

    @property
    def leaves_rows_out(self) -> bool:
        """Whether the file has a column that can leave rows out."""
        days = self.left_on or self.valid_from or self.valid_to
        return bool(self.status or self.has_left or days) or self.effective_from is not None


def positions(mapping: FileMapping) -> ColumnMap | None:
    """The columns that the mapping uses or proposes to use; None = no column identifies people."""
    by_role = {
        (column.role.field, column.role.phone): column.index
        for column in mapping.columns
        if column.role is not None and column.use is not Use.IGNORED
    }
    alone = {kind: index for (kind, phone), index in by_role.items() if phone is None}
    key = mapping.key
    if key is None or key.role is None:
        return None

    def part(kind: Field, phone_type: PhoneType | None) -> int | None:
        own = by_role.get((kind, phone_type))
        return own if own is not None or kind is Field.COUNTRY else alone.get(kind)

    def phone_columns(phone_type: PhoneType | None, number: int) -> PhoneColumns:
        return PhoneColumns(
            phone_type,
            number,
            calling_code=part(Field.CALLING_CODE, phone_type),
            area_code=part(Field.AREA_CODE, phone_type),
            extension=part(Field.EXTENSION, phone_type),
            direct_dial=part(Field.DIRECT_DIAL, phone_type),
            country=None if phone_type is None else part(Field.COUNTRY, phone_type),
        )

    phones = [
        phone_columns(phone_type, alone[Field(phone_type.value)])
        for phone_type in PhoneType
        if Field(phone_type.value) in alone
    ]
    if Field.PHONE in alone and Field.PHONE_TYPE in alone:
        phones.append(phone_columns(None, alone[Field.PHONE]))
    return ColumnMap(
        key=(KeyKind(key.role.field.value), key.index),
        phones=tuple(phones),
        email=alone.get(Field.EMAIL),
        country=alone.get(Field.COUNTRY),
        sms_sign_in=alone.get(Field.SMS_SIGN_IN),
        phone_type=alone.get(Field.PHONE_TYPE),
        effective_from=alone.get(Field.EFFECTIVE_FROM),
        status=_all(mapping, Field.STATUS),
        has_left=_all(mapping, Field.HAS_LEFT),
        left_on=_all(mapping, Field.LEFT_ON),
        valid_from=_all(mapping, Field.VALID_FROM),
        valid_to=_all(mapping, Field.VALID_TO),
    )


def _all(mapping: FileMapping, kind: Field) -> tuple[int, ...]:
    used = (column for column in mapping.columns if column.use is not Use.IGNORED)
    return tuple(column.index for column in used if column.role == Role(kind))


def with_choices(
    mapping: FileMapping, choices: Mapping[str, str], by: str, *, email_methods: bool = True
) -> FileMapping:
    """The mapping with the choices of `by`: letters of a column -> role or `ignore`.

    If the proposed role is chosen without its digit reading, each number is read by itself.

    Raises ValueError, in words, for a column or role that does not exist or is not used, for two columns chosen for a
    role that only one may have, and for choices with which nothing is left to do.
    """
    roles = {column_index(letters.upper()): decided_role_named(role) for letters, role in choices.items()}
    if not email_methods and any(role is not None and role.field is Field.EMAIL for role in roles.values()):
        raise ValueError(EMAIL_NOT_USED)
    unknown = roles.keys() - {column.index for column in mapping.columns if column.use is not Use.OURS}
    if unknown:
        raise ValueError(f"there is no column {column_letters(min(unknown))}")
    columns = tuple(
        _chosen(column, roles[column.index], by) if column.index in roles else column for column in mapping.columns
    )
    of_people = (column for column in columns if column.is_chosen_by_a_person)
    chosen = Counter(column.role.without_reading for column in of_people if column.role)
    twice = [role for role, count in chosen.items() if count > 1 and role.field not in TOGETHER]
    if twice:
        raise ValueError(f"two columns are chosen as {in_words(twice[0])}")
    chosen_mapping = replace(mapping, columns=columns)
    if not roles:
        return chosen_mapping
    found = positions(chosen_mapping)
    if found is None:
        raise ValueError("no column identifies the person")
    if not found.asks_for_something:
        raise ValueError("no column holds a phone number, an e-mail address or SMS sign-in")
    return chosen_mapping


def _chosen(column: MappedColumn, role: Role | None, by: str) -> MappedColumn:
    if column.role is not None and column.role.reading is not None and role == column.role.without_reading:
        role = replace(column.role, reading=ColumnReading.SINGLE)
    return replace(column, role=role, use=Use.USED if role else Use.IGNORED, chosen_by=by, proof=None)


def columns_of_slots(mapping: FileMapping) -> dict[str, int]:
    """By slot, or `smsSignIn`, the used column with its value, counted from 0.

    Of several columns, it is the one with the value itself. A phone may be in a column of its own,
    in parts, or in a column whose rows name the type of phone.
    """
    used = [(one.role, one.index) for one in mapping.columns if one.role and one.use not in _WITHOUT_VALUE]
    own = [(role.field.value, index) for role, index in used if role.field in _VALUES]
    parts = [(role.phone.value, index) for role, index in used if role.phone]
    named_by_row = [(phone.value, index) for role, index in used if role.field is Field.PHONE for phone in PHONES]
    found: dict[str, int] = {}
    for slot, index in (*own, *parts, *named_by_row):
        found.setdefault(slot, index)
    return found
