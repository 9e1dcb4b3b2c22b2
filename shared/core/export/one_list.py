"""Several sheets of people as one list: matches their columns, and checks that they mean the same on each sheet.

The workbook reader aligns the sheets by their headings. Then the intake compares the meaning of the columns on each
sheet alone with their meaning in the list; if a sheet means something else, the sheets are no list.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from shared.core.export.column_profile import ValueKind
from shared.core.export.fields import Field
from shared.core.export.file_mapping import FileMapping, MappedColumn, Use
from shared.core.export.header import Header
from shared.core.export.headings.heading import Heading, Role, shown_heading
from shared.core.export.map_columns import HIDDEN
from shared.core.values.cell import folded
from shared.core.values.said import NOTHING, Said, counted, joined

MOST_SHEETS = 60
"""The most sheets of a list; the places of more would not fit a table property."""
MOST_NUMBER = 2_000_000
"""The highest number of a row in a list, counting blank rows; the API and queue messages take no higher one."""
_DATE = re.compile(
    r"(?:19|20)\d\d([./_-]?)\d\d?(?:\1\d\d?)?|\d\d?[./_-]\d\d?[./_-](?:19|20)?\d\d|\d\d?[./_-](?:19|20)\d\d"
)


@dataclass(frozen=True, slots=True)
class Alignment:
    """The columns of a list: those of the first sheet, then those that only later sheets have.

    `orders` has for each sheet the index of each column of the list; None = the sheet does not have it.
    """

    headings: tuple[Heading, ...]
    orders: tuple[tuple[int | None, ...], ...]


def align(sheets: Sequence[tuple[Header, int]]) -> Alignment:
    """The columns of sheets with these headers and widths, matched by their headings whatever their order.

    Columns without a heading, or with one that a sheet has twice, are matched by their index.
    """
    named = [list(_names(header, width)) for header, width in sheets]
    headings: dict[_Name, Heading] = {}
    for name, heading in chain.from_iterable(named):
        headings.setdefault(name, heading)
    places = [{name: index for index, (name, _) in enumerate(columns)} for columns in named]
    return Alignment(tuple(headings.values()), tuple(tuple(map(found.get, headings)) for found in places))


type _Name = tuple[str, int]
"""The folded heading, and the index of a column whose heading is not unique."""


def _names(header: Header, width: int) -> Iterator[tuple[_Name, Heading]]:
    blank = Heading("", None, known=False, topics=frozenset())
    headings = [*header.headings, *[blank] * (width - len(header.headings))]
    texts = [folded(heading.text) for heading in headings]
    counts = Counter(texts)
    for index, (text, heading) in enumerate(zip(texts, headings, strict=True)):
        yield (text, -1 if text and counts[text] == 1 else index), heading


_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_MOST_DIGITS = 2
"""The most digits beside a year, such as a quarter or a week."""
_LONGEST_NAME = 60


def shown_sheets(names: Sequence[str]) -> tuple[str, ...]:
    """The names of sheets for people, without those that may be a person's number or e-mail address; dates stay."""
    return tuple(
        f"(masked {place})" if _may_be_private(name) else name[:_LONGEST_NAME] for place, name in enumerate(names, 1)
    )


def _may_be_private(name: str) -> bool:
    rest = _DATE.sub("", name)
    has_more_than_a_year = len(re.findall(r"\d", _YEAR.sub("", rest))) > _MOST_DIGITS
    return "@" in name or (not shown_heading(rest or "-") and has_more_than_a_year)


@dataclass(frozen=True, slots=True)
class SheetAlone:
    """The mapping of a sheet by itself. `order` has its own index of each column of the list; None = missing."""

    name: str
    mapping: FileMapping
    order: Sequence[int | None]

    def column(self, index: int) -> MappedColumn | None:
        """The sheet's column for one of the list."""
        own = self.order[index]
        return None if own is None else self.mapping.columns[own]


@dataclass(frozen=True, slots=True)
class Differences:
    """`why_not` says why the sheets are no list; "" = they are one. `doubts` are sentences for an approver."""

    why_not: Said = NOTHING
    doubts: tuple[Said, ...] = ()


def differences(of_list: FileMapping, sheets: Sequence[SheetAlone]) -> Differences:
    """Compare what the columns mean on each sheet with what they mean in the list.

    A column in doubt in the list may be certain on a sheet, because a person decides about the list.
    """
    doubts = []
    for column in of_list.columns:
        alone = [(sheet.name, sheet.column(column.index)) for sheet in sheets]
        meanings = _meanings(alone)
        words = Said("{name}: {meanings}", name=column.heading or column.name, meanings=joined(", ", meanings))
        if not all(_is_alike(column, own) for _, own in alone):
            together = Said("{words}, together {meaning}", words=words, meaning=_in_words(column))
            return Differences(words if len(meanings) > 1 else together)
        if column.use is Use.IN_DOUBT and len(meanings) > 1:
            doubts.append(words)
    more = len(doubts) - _MOST_DOUBTS
    others = [counted(more, "more column differs by sheet", "more columns differ by sheet")] if more > 0 else []
    return Differences(doubts=(*doubts[:_MOST_DOUBTS], *others))


_MOST_DOUBTS, _MOST_MEANINGS = 5, 3
"""So that the sentences fit a table property, whatever a file holds."""


def _meanings(alone: Sequence[tuple[str, MappedColumn | None]]) -> list[Said]:
    """The first meanings, each with the first sheet that has it; those of blank columns are left out."""
    sheets: dict[Said, str] = {}
    for name, own in alone:
        if own is None or not _is_blank(own):
            sheets.setdefault(_in_words(own), name)
    first = islice(sheets.items(), _MOST_MEANINGS)
    return [Said("on sheet '{name}' {words}", name=name, words=words) for words, name in first]


def _in_words(column: MappedColumn | None) -> Said:
    if column is None:
        return Said("missing")
    return Said("in doubt, because {why}", why=column.why) if column.use is Use.IN_DOUBT else column.meaning


_SAYS_NOTHING = frozenset({HIDDEN, ValueKind.PLACEHOLDER})
_COUNTRY = Role(Field.COUNTRY)


def _is_alike(of_list: MappedColumn, alone: MappedColumn | None) -> bool:
    """Whether the meanings agree. A blank column fits any meaning; a country matters only if a number needs it."""
    if alone is None:
        return of_list.use in (Use.IGNORED, Use.OURS)
    is_in_doubt = of_list.use is Use.IN_DOUBT and of_list.decided_role in (None, alone.role)
    if is_in_doubt or _is_blank(alone) or (of_list.use, of_list.role) == (alone.use, alone.role):
        return True
    return alone.use is Use.IGNORED and of_list.role in (_COUNTRY, None)


def _is_blank(alone: MappedColumn) -> bool:
    """Whether the sheet's own values say nothing."""
    return set(alone.kinds) <= _SAYS_NOTHING
