"""Finds columns that may describe another person than that of the row; called by `map_columns`.

Phones and e-mail addresses may belong to another person if their headings do not say whose they are and they stand to
the right of a column about that person, or of a column of words with an unknown heading. To the right of a column about
another person, so may parts of numbers. A column with a weak heading such as `Contact phone` may belong to the person
of a column on either side.
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
    theirs = set(others)
    maybe = {index for index, heading in enumerate(headings) if _may_name_a_person(heading, profiles[index])}
    found: dict[int, int] = {}
    for index, heading in enumerate(headings):
        field = heading.role.field if heading.role else None
        is_alike = index > 0 and _group(headings[index - 1]) == _group(heading) and heading.rank == _UNQUALIFIED
        before = index - 1 if is_alike else -1
        if before in theirs and field in CONTACTS | PARTS:
            theirs.add(index)
            found[index] = found.get(before, before)
        elif before in maybe and field in PARTS:
            maybe.add(index)
        elif before in maybe:
            found[index] = before
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
