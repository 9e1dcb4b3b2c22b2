"""Recognises the header row of an export, and explains every column that is not used.

Called by the workbook reader and by the HTTP upload; `export_row` reads rows with the result. A header that is not
used becomes a note; a missing column that is required refuses the file.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shared.core.export.column_aliases import AMBIGUOUS_HEADERS, FIELD_BY_HEADER, RESULT_PREFIX, Field
from shared.core.person.account import KeyKind
from shared.core.values.cell import folded, visible_text
from shared.core.values.errors import FileRefusedError
from shared.core.values.slot import PhoneType

_KEYS = tuple(Field(kind.value) for kind in KeyKind)
"""In order of precedence."""
_PHONES = tuple(Field(phone_type.value) for phone_type in PhoneType)
_FIELDS_BY_NAME = {folded(each.value): each for each in Field}
_NUMBER_WORD = re.compile(
    r"(?:numero|numer|number|nr|no?(?=d))(?:del|de|di|do|da|d)?(?P<after>.+)"
    r"|(?P<before>.+?)(?:numbers?|nummer|numero|numer|nr|no|num)"
)
_OUR_PREFIX = folded(RESULT_PREFIX)
_LONGEST_SHOWN = 60
_SIMILAR = 0.75
_MASKED = "(masked)"
_PRIVATE = re.compile(r"@|(?:\d\D*){5}")


@dataclass(frozen=True, slots=True)
class ColumnNote:
    """A column that is not used, and why; `header` is masked where it looks like a number or an address."""

    index: int
    header: str
    why: str


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Indexes are counted from 0."""

    key: tuple[KeyKind, int]
    phones: tuple[tuple[PhoneType, int], ...] = ()
    email: int | None = None
    country: int | None = None
    sms_sign_in: int | None = None
    ours: frozenset[int] = frozenset()
    """The columns that an earlier result workbook added."""
    ignored: tuple[ColumnNote, ...] = ()


def recognise_header(
    values: Sequence[str], *, column_map: Mapping[str, str], default_phone_type: PhoneType
) -> ColumnMap | None:
    """The meaning of a header row; None when `values` are not a header row.

    A header row has a column that identifies the person and at least one that asks for something (a phone, the e-mail
    slot, SMS sign-in). `column_map` is header -> field (see `column_aliases.Field`) and goes before every alias;
    FileRefusedError `columnMapUnknown` for an unknown field.
    """
    headers = _Headers.of(values, column_map, default_phone_type)
    found = headers.found
    key = next((known for known in _KEYS if known in found), None)
    phones = tuple((PhoneType(known.value), found[known]) for known in _PHONES if known in found)
    if key is None or not (phones or Field.EMAIL in found or Field.SMS_SIGN_IN in found):
        return None
    for other in _KEYS:
        if other in found and other is not key:
            headers.set_aside(found[other], f"the column of {key.value} already identifies the person")
    return ColumnMap(
        key=(KeyKind(key.value), found[key]),
        phones=phones,
        email=found.get(Field.EMAIL),
        country=found.get(Field.COUNTRY),
        sms_sign_in=found.get(Field.SMS_SIGN_IN),
        ours=headers.ours,
        ignored=headers.notes(),
    )


def explain_missing(
    rows_seen: Sequence[Sequence[str]], *, column_map: Mapping[str, str], default_phone_type: PhoneType
) -> FileRefusedError:
    """Why none of the first rows is a header row: judged by the row that comes nearest to one."""
    attempts = [_Headers.of(values, column_map, default_phone_type) for values in (*rows_seen, ())]
    best = max(attempts, key=lambda attempt: len(attempt.found))
    if not any(key in best.found for key in _KEYS):
        return _missing(
            best,
            "noPersonColumn",
            "No column identifies the person.",
            "Name one column objectId, userPrincipalName, employeeId or email",
        )
    return _missing(
        best, "noPhoneColumn", "No column holds a phone number.", "Name a column mobile, alternateMobile or office"
    )


@dataclass(slots=True)
class _Headers:
    """What the columns of one row mean."""

    shown: tuple[str, ...]
    found: dict[Field, int] = field(default_factory=dict)
    ours: frozenset[int] = frozenset()
    _aside: dict[int, str | None] = field(default_factory=dict)
    """Columns not used and why; None = the header is not known."""

    @classmethod
    def of(cls, values: Sequence[str], column_map: Mapping[str, str], default_phone_type: PhoneType) -> _Headers:
        mapped = {folded(header): _field_named(name) for header, name in column_map.items()}
        names = [folded(value) for value in values]
        headers = cls(
            tuple(map(visible_text, values)),
            ours=frozenset(index for index, name in enumerate(names) if name.startswith(_OUR_PREFIX)),
        )
        by_field: dict[Field, list[int]] = {}
        for index, name in enumerate(names):
            known = mapped.get(name) or _field_of(name)
            if known is Field.IGNORE:
                headers.set_aside(index, "COLUMN_MAP says so")
            elif known:
                by_field.setdefault(known, []).append(index)
            elif name and index not in headers.ours:
                headers.set_aside(index, AMBIGUOUS_HEADERS.get(name))
        by_hand = {index for index, name in enumerate(names) if name in mapped}
        headers._place_plain_phone(by_field, default_phone_type, by_hand)
        for known, indexes in by_field.items():
            headers._choose(known, [index for index in indexes if index in by_hand] or indexes, indexes)
        return headers

    def set_aside(self, index: int, why: str | None) -> None:
        self._aside[index] = why

    def notes(self) -> tuple[ColumnNote, ...]:
        """In order of the columns. Similar names are searched only here, because the search is slow."""
        return tuple(
            ColumnNote(index, _masked(self.shown[index]), why or _unknown(self.shown[index]))
            for index, why in sorted(self._aside.items())
        )

    def _place_plain_phone(self, by_field: dict[Field, list[int]], default: PhoneType, by_hand: set[int]) -> None:
        """A plain `phone` means the default type, but only where no other column holds phones."""
        plain = by_field.pop(Field.PHONE, [])
        if plain and (by_hand.issuperset(plain) or not any(other in by_field for other in _PHONES)):
            by_field.setdefault(Field(default.value), []).extend(plain)
            return
        for index in plain:
            self.set_aside(index, "beside another phone column it is not clear which phone type it is")

    def _choose(self, known: Field, preferred: Sequence[int], indexes: Sequence[int]) -> None:
        """Choose one column per field: the one in COLUMN_MAP, or the only one, or none."""
        if len(preferred) == 1:
            self.found[known] = preferred[0]
        for index in indexes:
            if self.found.get(known) != index:
                self.set_aside(index, f"several columns mean {known.value}")


def _field_named(name: str) -> Field:
    known = _FIELDS_BY_NAME.get(folded(name))
    if known is None:
        fields = ", ".join(each.value for each in Field)
        raise FileRefusedError(
            "columnMapUnknown",
            f"COLUMN_MAP names a field `{_masked(name)}`; there are {fields}.",
            remedy="Correct COLUMN_MAP and drop the file again.",
        )
    return known


def _field_of(name: str) -> Field | None:
    exact = FIELD_BY_HEADER.get(name)
    if exact or name in AMBIGUOUS_HEADERS:
        return exact
    without = _NUMBER_WORD.fullmatch(name)
    rest = FIELD_BY_HEADER.get(without["after"] or without["before"]) if without else None
    return rest if rest in (*_PHONES, Field.PHONE) else None


def _unknown(header: str) -> str:
    nearest = difflib.get_close_matches(folded(header[:_LONGEST_SHOWN]), FIELD_BY_HEADER, n=1, cutoff=_SIMILAR)
    return f"it is not known; did you mean {FIELD_BY_HEADER[nearest[0]].value}?" if nearest else _NOT_KNOWN


_NOT_KNOWN = "it is not known"


def _missing(best: _Headers, code: str, message: str, remedy: str) -> FileRefusedError:
    """Only headers that resemble a known one are named: without a header row the others may be people's names."""
    candidates = [note for note in best.notes() if note.why != _NOT_KNOWN and note.header != _MASKED]
    nearest = " Nearest: " + ", ".join(f"`{note.header}` ({note.why})" for note in candidates) + "."
    return FileRefusedError(
        code, message + (nearest if candidates else ""), remedy=f"{remedy}, or say with COLUMN_MAP which one it is."
    )


def _masked(header: str) -> str:
    return _MASKED if _PRIVATE.search(header) else header[:_LONGEST_SHOWN]
