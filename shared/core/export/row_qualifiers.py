"""Reads the phone type that a text names, and the days that a cell may name.

`statuses` reads the status of the employment.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date
from enum import Enum, auto
from functools import lru_cache

from shared.core.export.column_profile import MONTHS
from shared.core.export.fields import Field
from shared.core.export.headings.reading import read_heading
from shared.core.values.cell import Cell, CellKind, visible_text
from shared.core.values.slot import PhoneType

_PHONES = {
    Field.MOBILE: PhoneType.MOBILE,
    Field.ALTERNATE_MOBILE: PhoneType.ALTERNATE_MOBILE,
    Field.OFFICE: PhoneType.OFFICE,
}
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{2})\2(\d{2})(?:[T ].*|Z|[+-]\d{2}:\d{2})?")
_WITHOUT_SIGNS = re.compile(r"((?:19|20|99)\d{2})(\d{2})(\d{2})")
_MONTH_IN_WORDS = re.compile(rf"(\d{{1,2}})[ -]({MONTHS})[a-z]*[ -](\d{{4}})", re.IGNORECASE)
_DAY_OR_MONTH_FIRST = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?: .*)?")


class NoSlot(Enum):
    """A phone type that is known and has no slot: a fax, a pager, a home phone, an emergency contact's phone."""

    NO_SLOT = auto()


@lru_cache(maxsize=1024)
def phone_type_of(text: str) -> PhoneType | NoSlot | None:
    """The phone type that a text names; None = it names none, or a phone of any type."""
    heading = read_heading(text, "Phone")
    if heading.role is not None and not heading.other_person:
        return _PHONES.get(heading.role.field)
    return NoSlot.NO_SLOT if heading.known else None


def days_of(cell: Cell) -> frozenset[date]:
    """The days that a cell may name: none, one, or two for 03/04/2026."""
    match cell.kind:
        case CellKind.DATE | CellKind.INTEGER:
            return _year_first(cell.text)
        case CellKind.TEXT:
            text = visible_text(cell.text)
            return _year_first(text) or _in_order(text)
        case _:
            return frozenset()


def _year_first(text: str) -> frozenset[date]:
    """20260131; or 2026-01-31, 2026/01/31 or 2026.01.31, also followed by a time or a zone."""
    if found := _YEAR_FIRST.fullmatch(text):
        return _dates((int(found[1]), int(found[3]), int(found[4])))
    found = _WITHOUT_SIGNS.fullmatch(text)
    return frozenset() if found is None else _dates((int(found[1]), int(found[2]), int(found[3])))


def _in_order(text: str) -> frozenset[date]:
    """The possible orders. With dots the day is first; with slashes or hyphens a month in digits may be first too."""
    if named := _MONTH_IN_WORDS.fullmatch(text):
        return _dates((int(named[3]), MONTHS.split("|").index(named[2].lower()) + 1, int(named[1])))
    found = _DAY_OR_MONTH_FIRST.fullmatch(text)
    if found is None:
        return frozenset()
    first, second, year = int(found[1]), int(found[3]), int(found[4])
    return _dates((year, second, first)) if found[2] == "." else _dates((year, second, first), (year, first, second))


def _dates(*parts: tuple[int, int, int]) -> frozenset[date]:
    """The dates of these years, months and days that exist."""
    found = set()
    for year, month, day in parts:
        with suppress(ValueError):
            found.add(date(year, month, day))
    return frozenset(found)
