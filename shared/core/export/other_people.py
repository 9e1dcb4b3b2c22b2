"""Finds columns that may describe another person than that of the row.

A phone or an e-mail address whose heading does not say whose it is may belong to another person if it follows a column
about that person, or a column of words with an unknown heading; parts of numbers in between do not matter. Parts of
numbers that follow a column about another person may be that person's too. Columns under another group heading do not
follow. A column with a weak heading such as `Contact phone` may belong to another person if a column about that
person stands directly to its right, or anywhere to its left.
"""

from __future__ import annotations

from collections.abc import Sequence

from shared.core.export.column_profile import ColumnProfile, ValueKind
from shared.core.export.fields import CONTACTS, PARTS
from shared.core.export.headings.heading import GROUP_SEPARATOR, Heading

_MOSTLY = 0.5
_UNQUALIFIED = 1
"""The rank of a heading that does not say whose the value is."""


def columns_of_other_people(headings: Sequence[Heading], profiles: Sequence[ColumnProfile]) -> dict[int, int]:
    """The columns that would be another person's if they held phones, e-mail addresses, or parts of numbers.

    By index, each with the index of the column that describes that person.
    """
    others = {index for index, heading in enumerate(headings) if heading.other_person}
    theirs = {index: index for index in others}
    maybe = {index: index for index, heading in enumerate(headings) if _may_name_a_person(heading, profiles[index])}
    found: dict[int, int] = {}
    for index, heading in enumerate(headings):
        field = heading.role.field if heading.role else None
        is_alike = index > 0 and _group(headings[index - 1]) == _group(heading) and heading.rank == _UNQUALIFIED
        before = index - 1 if is_alike else -1
        if before in theirs and field in CONTACTS | PARTS:
            theirs[index] = found[index] = theirs[before]
        elif before in maybe and field in PARTS:
            maybe[index] = maybe[before]
        elif before in maybe:
            found[index] = maybe[before]
        elif heading.weak and (near := [other for other in others if other <= index + 1]):
            found[index] = max(near)
    return found


def _may_name_a_person(heading: Heading, profile: ColumnProfile) -> bool:
    """Whether a column of words has an unknown heading, so that it may be about another person."""
    is_unknown = bool(heading.text) and not heading.known and not heading.weak and heading.role is None
    return is_unknown and profile.share(ValueKind.WORD, ValueKind.OTHER) >= _MOSTLY


def _group(heading: Heading) -> str:
    group, slash, _ = heading.text.partition(GROUP_SEPARATOR)
    return group if slash else ""
