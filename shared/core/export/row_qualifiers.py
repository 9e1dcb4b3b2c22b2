"""What qualifies a row: the type of its phone, whether its person has left, and the days on which the row applies.

`read_row` uses it for rows, the file mapping to judge columns. The words are in `row_words.json`, by language.
"""

from __future__ import annotations

import json
import re
from datetime import date
from enum import Enum, auto
from functools import cache, lru_cache
from pathlib import Path

from shared.core.export.fields import Field
from shared.core.export.headings.reading import read_heading
from shared.core.values.cell import Cell, CellKind, folded, visible_text
from shared.core.values.slot import PhoneType

_PHONES = {
    Field.MOBILE: PhoneType.MOBILE,
    Field.ALTERNATE_MOBILE: PhoneType.ALTERNATE_MOBILE,
    Field.OFFICE: PhoneType.OFFICE,
}
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?")
_DAY_FIRST = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?: .*)?")


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
def status_of(text: str) -> EmploymentStatus | None:
    """None when the word says neither."""
    name = folded(text)
    words = _status_words()
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


def day_of(cell: Cell) -> date | None:
    """The day that a cell names; None when it names none, or could name two."""
    match cell.kind:
        case CellKind.DATE:
            return _iso(cell.text)
        case CellKind.TEXT:
            text = visible_text(cell.text)
            return _iso(text) or _day_first(text)
        case _:
            return None


def _iso(text: str) -> date | None:
    found = _ISO.fullmatch(text)
    return None if found is None else _date(int(found[1]), int(found[2]), int(found[3]))


def _day_first(text: str) -> date | None:
    """A dot is only used with the day first; with a slash or hyphen, 03/04 could be two days."""
    found = _DAY_FIRST.fullmatch(text)
    if found is None:
        return None
    first, second, year = int(found[1]), int(found[3]), int(found[4])
    day_first, month_first = _date(year, second, first), _date(year, first, second)
    if found[2] == "." or day_first == month_first or month_first is None:
        return day_first
    return month_first if day_first is None else None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None  # no such day
