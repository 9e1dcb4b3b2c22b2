"""What qualifies a row: the type of its phone, whether its person has left, and the days on which the row applies.

`read_row` uses it for rows, the file mapping to judge columns. The words are in `row_words.json`, by language.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from datetime import date
from enum import Enum, auto
from functools import cache, lru_cache
from pathlib import Path

from shared.core.export.fields import Field
from shared.core.export.headings.reading import read_heading
from shared.core.export.yes_no import yes_or_no
from shared.core.values.cell import Cell, CellKind, folded, visible_text
from shared.core.values.slot import PhoneType

_PHONES = {
    Field.MOBILE: PhoneType.MOBILE,
    Field.ALTERNATE_MOBILE: PhoneType.ALTERNATE_MOBILE,
    Field.OFFICE: PhoneType.OFFICE,
}
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?")
_DAY_OR_MONTH_FIRST = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?: .*)?")

_BETWEEN_PARTS = re.compile(r"\s[-\u2013]\s|[/|:;,()]")


class Unspecified(Enum):
    """A type that is known and fills no slot: a fax, a pager, a home phone, an emergency contact's phone."""

    UNSPECIFIED = auto()


class EmploymentStatus(Enum):
    ACTIVE = auto()
    LEFT = auto()


@lru_cache(maxsize=1024)
def phone_type_of(text: str) -> PhoneType | Unspecified | None:
    """The phone type that a type cell names; None when the word is not known."""
    heading = read_heading(text, "Phone")
    if heading.role is not None and not heading.other_person:
        return _PHONES.get(heading.role.field)
    return Unspecified.UNSPECIFIED if heading.known else None


@lru_cache(maxsize=1024)
def status_of(text: str, kind: Field | None) -> EmploymentStatus | None:
    """What a cell of a column of `kind` says: STATUS, HAS_LEFT, or None for a column that says nothing of people.

    None when it says neither. `Active - Payroll` is read part by part, and one part is enough to say that the person
    has left.
    """
    parts = [found for part in (text, *_BETWEEN_PARTS.split(text)) if (found := _status_of_word(part)) is not None]
    if parts:
        return EmploymentStatus.LEFT if EmploymentStatus.LEFT in parts else EmploymentStatus.ACTIVE
    answer = None if kind is None else yes_or_no(text)
    if answer is None:
        return None
    return EmploymentStatus.LEFT if answer is (kind is Field.HAS_LEFT) else EmploymentStatus.ACTIVE


def _status_of_word(text: str) -> EmploymentStatus | None:
    name, words = folded(text), _status_words()
    return (
        EmploymentStatus.LEFT if name in words["left"] else EmploymentStatus.ACTIVE if name in words["active"] else None
    )


@cache
def _status_words() -> dict[str, frozenset[str]]:
    data = json.loads(Path(__file__).with_name("row_words.json").read_text(encoding="utf-8"))
    return {
        kind: frozenset(folded(word) for words in by_language.values() for word in words)
        for kind, by_language in data.items()
    }


def days_of(cell: Cell) -> frozenset[date]:
    """The days that a cell may name: none, one, or two for 03/04/2026."""
    match cell.kind:
        case CellKind.DATE:
            return _iso(cell.text)
        case CellKind.TEXT:
            text = visible_text(cell.text)
            return _iso(text) or _in_order(text)
        case _:
            return frozenset()


def _iso(text: str) -> frozenset[date]:
    found = _ISO.fullmatch(text)
    return frozenset() if found is None else _dates((int(found[1]), int(found[2]), int(found[3])))


def _in_order(text: str) -> frozenset[date]:
    """A dot is only used with the day first; with a slash or hyphen, the month may be first too."""
    found = _DAY_OR_MONTH_FIRST.fullmatch(text)
    if found is None:
        return frozenset()
    first, second, year = int(found[1]), int(found[3]), int(found[4])
    return _dates((year, second, first)) if found[2] == "." else _dates((year, second, first), (year, first, second))


def _dates(*parts: tuple[int, int, int]) -> frozenset[date]:
    """Year, month and day of each; those that do not exist are left out."""
    found = set()
    for year, month, day in parts:
        with suppress(ValueError):
            found.add(date(year, month, day))
    return frozenset(found)
