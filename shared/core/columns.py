"""Which column of an export says what: the header row is recognised, everything else is explained.

Called by the workbook reader and by the HTTP upload; `export_row` reads rows with the result. A header that is not
used is never dropped silently: it becomes a note, and a required one that is missing refuses the file.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shared.core.cell_text import folded, visible_text
from shared.core.column_aliases import AMBIGUOUS_HEADERS, FIELD_BY_HEADER, RESULT_PREFIX, Field
from shared.core.errors import FileRefusedError
from shared.core.person import KeyKind
from shared.core.phone import PhoneType

_KEYS = tuple(Field(kind.value) for kind in KeyKind)
"""In order of precedence."""
_PHONES = tuple(Field(phone_type.value) for phone_type in PhoneType)
_SINGLE = (*_KEYS, *_PHONES, Field.EMAIL, Field.COUNTRY, Field.SMS_SIGN_IN)
_NUMBER_WORD = re.compile(
    r"(?:numero|numer|number|nr|no)(?:de|di|do|del|da|d)?(?P<after>.+)|(?P<before>.+?)(?:numbers?|nummer|numero|numer|nr|no|num)"
)
_OUR_PREFIX = folded(RESULT_PREFIX)
_LONGEST_SHOWN = 60
_SIMILAR = 0.75
_PRIVATE = re.compile(r"@|\d\D*\d\D*\d\D*\d")


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
    """The meaning of a header row; None when `values` is none.

    A header row has a column that identifies the person and at least one that asks for something (a phone, the e-mail
    slot, SMS sign-in). `column_map` is header -> field (see `column_aliases.Field`) and goes before every alias;
    ValueError for an unknown field.
    """
    sorted_out = _sort(values, column_map, default_phone_type)
    found = sorted_out.found
    key = next((field for field in _KEYS if field in found), None)
    phones = tuple((PhoneType(field.value), found[field]) for field in _PHONES if field in found)
    email, sms_sign_in = found.get(Field.EMAIL), found.get(Field.SMS_SIGN_IN)
    if key is None or not (phones or email is not None or sms_sign_in is not None):
        return None
    for other in _KEYS:
        if other in found and other is not key:
            sorted_out.note(found[other], f"the column of {key.value} already identifies the person")
    return ColumnMap(
        key=(KeyKind(key.value), found[key]),
        phones=phones,
        email=email,
        country=found.get(Field.COUNTRY),
        sms_sign_in=sms_sign_in,
        ours=sorted_out.ours,
        ignored=tuple(sorted(sorted_out.notes, key=lambda note: note.index)),
    )


def explain_missing(
    rows_seen: Sequence[Sequence[str]], *, column_map: Mapping[str, str], default_phone_type: PhoneType
) -> FileRefusedError:
    """Why none of the first rows is a header row: judged by the row that comes nearest to one."""
    attempts = [_sort(values, column_map, default_phone_type) for values in rows_seen]
    best = max(attempts, key=lambda attempt: len(attempt.found), default=_sort((), column_map, default_phone_type))
    if not any(field in best.found for field in _KEYS):
        return _missing(
            best,
            "noPersonColumn",
            "No column identifies the person.",
            "Name one column objectId, userPrincipalName, employeeId or email",
        )
    return _missing(
        best,
        "noPhoneColumn",
        "No column holds a phone number.",
        "Name a column mobile, alternateMobile or office",
    )


@dataclass(slots=True)
class _Sorted:
    """What each column of one row means, while it is being found out."""

    headers: tuple[str, ...]
    found: dict[Field, int] = field(default_factory=dict)
    ours: frozenset[int] = frozenset()
    notes: list[ColumnNote] = field(default_factory=list)

    def note(self, index: int, why: str) -> None:
        self.notes.append(ColumnNote(index, _shown(self.headers[index]), why))


def _sort(values: Sequence[str], column_map: Mapping[str, str], default_phone_type: PhoneType) -> _Sorted:
    sorted_out = _Sorted(tuple(map(visible_text, values)))
    mapped = {folded(header): Field(name) for header, name in column_map.items()}
    names = [folded(header) for header in sorted_out.headers]
    sorted_out.ours = frozenset(index for index, name in enumerate(names) if name.startswith(_OUR_PREFIX))
    by_field: dict[Field, list[int]] = {}
    for index, name in enumerate(names):
        if not name or index in sorted_out.ours:
            continue
        known = mapped.get(name) or _field(name)
        if known is None:
            sorted_out.note(index, AMBIGUOUS_HEADERS.get(name) or _unknown(name))
        elif known is Field.IGNORE:
            sorted_out.note(index, "COLUMN_MAP says so")
        else:
            by_field.setdefault(known, []).append(index)
    chosen_by_hand = {index for index, name in enumerate(names) if name in mapped}
    _place_plain_phone(sorted_out, by_field, default_phone_type, chosen_by_hand)
    for known in _SINGLE:
        _choose(sorted_out, known, by_field.get(known, []), chosen_by_hand)
    return sorted_out


def _place_plain_phone(
    sorted_out: _Sorted, by_field: dict[Field, list[int]], default: PhoneType, chosen_by_hand: set[int]
) -> None:
    """A plain `phone` means the default type, but only where no other column holds phones."""
    plain = by_field.pop(Field.PHONE, [])
    if not any(other in by_field for other in _PHONES) or chosen_by_hand.intersection(plain):
        by_field.setdefault(Field(default.value), []).extend(plain)
        return
    for index in plain:
        sorted_out.note(index, "beside another phone column it is not clear which phone type it is")


def _choose(sorted_out: _Sorted, known: Field, indexes: list[int], chosen_by_hand: set[int]) -> None:
    """One column per field: the mapped one, the only one, or none at all."""
    preferred = [index for index in indexes if index in chosen_by_hand] or indexes
    if len(preferred) == 1:
        sorted_out.found[known] = preferred[0]
    for index in indexes:
        if sorted_out.found.get(known) != index:
            sorted_out.note(index, f"several columns mean {known.value}")


def _field(name: str) -> Field | None:
    exact = FIELD_BY_HEADER.get(name)
    if exact or name in AMBIGUOUS_HEADERS:
        return exact
    without = _NUMBER_WORD.fullmatch(name)
    field_of_rest = FIELD_BY_HEADER.get(without["after"] or without["before"]) if without else None
    return field_of_rest if field_of_rest in (*_PHONES, Field.PHONE) else None


def _unknown(name: str) -> str:
    nearest = _nearest(name)
    return f"unknown; did you mean {nearest}?" if nearest else "unknown"


def _nearest(name: str) -> str | None:
    nearest = difflib.get_close_matches(name, FIELD_BY_HEADER, n=1, cutoff=_SIMILAR)
    return FIELD_BY_HEADER[nearest[0]].value if nearest else None


def _missing(best: _Sorted, code: str, message: str, remedy: str) -> FileRefusedError:
    """Only headers that resemble a known one are named: without a header row the others may be people's names."""
    candidates = [
        f"`{note.header}` ({note.why})" for note in best.notes if note.why != "unknown" and note.header != _MASKED
    ]
    nearest = f" Nearest: {', '.join(candidates)}." if candidates else ""
    return FileRefusedError(code, message + nearest, remedy=f"{remedy}, or say with COLUMN_MAP which one it is.")


_MASKED = "(masked)"


def _shown(header: str) -> str:
    return _MASKED if _PRIVATE.search(header) else header[:_LONGEST_SHOWN]
