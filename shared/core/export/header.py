"""Finds the header of a sheet, and other lists further down.

A header is one row of headings, or two with group headings. It names what identifies the person,
and something about phones, e-mail or SMS sign-in. The same heading means different things under
different group headings, so both rows are joined. `begins_another_list` finds another list among
the rows, such as one of leavers: its rows would be read under the wrong headings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from shared.core.export.columns import ColumnMap
from shared.core.export.fields import ASKING, CONTACTS
from shared.core.export.file_mapping import KEY_FIELDS
from shared.core.export.headings.heading import GROUP_SEPARATOR, Heading, Role, Topic, shown_heading
from shared.core.export.headings.hints import nearest_field
from shared.core.export.headings.reading import read_heading
from shared.core.export.role_names import role_named
from shared.core.export.statuses import names_leavers
from shared.core.values.cell import Cell, folded, visible_text
from shared.core.values.codes import CODES
from shared.core.values.errors import FileRefusedError
from shared.core.values.said import NOTHING, Said, joined

_OF_A_VALUE = re.compile(r"[\d@]")
"""Characters that nearly every key, number and e-mail address has; headings rarely do."""
_LONGEST_INITIALS = 3
"""Characters; initials identify people in some companies."""

ReadHeading = Callable[[str, str], Heading]
"""Reads a heading with its group heading; `HeaderRules.read` respects COLUMN_MAP."""


@dataclass(frozen=True, slots=True)
class MergedRange:
    """1-based bounds, all included; only the first cell of the range shows a value."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


@dataclass(frozen=True, slots=True)
class Header:
    """`row` is the last row of the header, as Excel shows it; `headings` are those of the columns from A."""

    row: int
    headings: tuple[Heading, ...]


def find_header(
    rows: Sequence[tuple[int, Sequence[str]]], merges: Sequence[MergedRange], read_heading: ReadHeading
) -> Header | None:
    """The header among the first rows of a sheet; None = there is none. `rows` are row numbers and texts by column."""
    for place, (row, texts) in enumerate(rows):
        headings = tuple(read_heading(text, "") for text in texts)
        above = rows[place - 1] if place and rows[place - 1][0] == row - 1 else None
        below = rows[place + 1] if place + 1 < len(rows) and rows[place + 1][0] == row + 1 else None
        if below is not None and _holds_sub_headings(headings, below[1], read_heading):
            joined = _joined(row, texts, below[1], merges, read_heading)
            if _is_header(joined):
                return Header(below[0], joined)
        if _is_header(headings):
            grouped = above and _joined(above[0], above[1], texts, merges, read_heading)
            return Header(row, grouped or headings)
    return None


class HeaderRules:
    """How headers are found and explained; `column_map` is COLUMN_MAP, heading -> role (see `role_named`)."""

    def __init__(self, column_map: Mapping[str, str] | None = None, *, email_methods: bool = True) -> None:
        """Without `email_methods`, headings of e-mail addresses are used only for keys.

        Raises ValueError for an unknown role.
        """
        self._email_methods = email_methods
        self._roles = {folded(heading): role_named(role) for heading, role in (column_map or {}).items()}

    def find(self, rows: Sequence[tuple[int, Sequence[str]]], merges: Sequence[MergedRange] = ()) -> Header | None:
        """As `find_header`."""
        return find_header(rows, merges, self.read)

    def read(self, text: str, group: str) -> Heading:
        """The meaning of a heading; COLUMN_MAP takes precedence."""
        heading = read_heading(text, group)
        name = self._name_of(heading)
        if name is None:
            return heading if self._email_methods else heading.without_email_methods()
        return replace(heading, role=self._roles[name], known=True, weak=False, other_person=False)

    def by_setting(self, header: Header) -> dict[int, Role | None]:
        """The columns that COLUMN_MAP names, with their role; None = to be ignored."""
        found = ((index, self._name_of(heading)) for index, heading in enumerate(header.headings))
        return {index: self._roles[name] for index, name in found if name is not None}

    def explain_missing(self, rows: Iterable[Sequence[str]]) -> FileRefusedError:
        """Why none of the first rows is a usable header, for the row that is nearest to one."""
        read = [[self.read(text, "") for text in texts] for texts in rows]
        best = max(read, key=lambda headings: sum(bool(heading.role) for heading in headings), default=[])
        fields = {heading.role.field for heading in best if heading.role}
        nearest = joined(", ", (_hinted(heading) for heading in best if _is_telling(heading)))
        hint = Said("Nearest: {headings}.", headings=nearest) if nearest else NOTHING
        code = "noPhoneColumn" if not fields.isdisjoint(KEY_FIELDS) else "noPersonColumn"
        message = joined(" ", (Said(CODES[code].meaning), hint))
        return FileRefusedError(code, message, remedy=CODES[code].remedy)

    def _name_of(self, heading: Heading) -> str | None:
        """The name in COLUMN_MAP: the heading with its group, or alone."""
        alone = heading.text.rpartition(GROUP_SEPARATOR)[2]
        return next((name for name in (folded(heading.text), folded(alone)) if name in self._roles), None)


def _hinted(heading: Heading) -> Said:
    nearest = nearest_field(heading)
    if nearest is None:
        return Said("`{heading}`", heading=heading.text)
    return Said("`{heading}` (did you mean {what}?)", heading=heading.text, what=nearest.said)


def _is_telling(heading: Heading) -> bool:
    """Whether the heading may be named in a message.

    Headings about nothing known, and headings with digits, may be names or keys of people.
    """
    about = bool(heading.topics) and heading.role is None and not heading.known
    return about and bool(shown_heading(heading.text)) and not any(map(str.isdigit, heading.text))


def _is_header(headings: Sequence[Heading]) -> bool:
    fields = {heading.role.field for heading in headings if heading.role}
    asks = not fields.isdisjoint(ASKING) or any(
        heading.topics & {Topic.PHONE, Topic.EMAIL} and not (heading.role and heading.role.field in KEY_FIELDS)
        for heading in headings
    )
    return not fields.isdisjoint(KEY_FIELDS) and asks


def _holds_sub_headings(headings: Sequence[Heading], below: Sequence[str], read_heading: ReadHeading) -> bool:
    """Whether the row below a row belongs to the header too.

    All its texts are known headings. Below a row that is a header by itself, each of them must have a role, and the
    column of the person must be blank: otherwise it is the first row of data.
    """
    found = {column: read_heading(text, "") for column, text in enumerate(below) if visible_text(text)}
    if not found or not any(heading.text for heading in headings):
        return False
    if not _is_header(headings):
        return all(heading.known for heading in found.values())
    keys = (column for column, heading in enumerate(headings) if heading.role and heading.role.field in KEY_FIELDS)
    return all(heading.known and heading.role for heading in found.values()) and not any(key in found for key in keys)


class _Reach(Enum):
    """How certain it is that a text stands over a column."""

    CERTAIN = auto()
    ASSUMED = auto()
    """The cell above the column is blank and not merged, so that the group may end before it."""
    TITLE = auto()
    """The text stands alone in its row, and is most likely the title of the sheet."""


@dataclass(frozen=True, slots=True)
class _Group:
    """The text above one column."""

    text: str
    reach: _Reach = _Reach.CERTAIN


def _joined(
    row: int, groups: Sequence[str], texts: Sequence[str], merges: Sequence[MergedRange], read_heading: ReadHeading
) -> tuple[Heading, ...]:
    width = max(len(groups), len(texts))
    above = _groups(row, groups, merges, width)
    joined = []
    for column, group in enumerate(above):
        own = texts[column] if column < len(texts) else ""
        alone = groups[column] if column < len(groups) else ""
        heading = read_heading(own, group.text) if visible_text(own) else read_heading(alone, "")
        if not visible_text(own) and heading.is_known_unused and not _is_tall(row, column, merges):
            heading = replace(heading, known=False)  # it may be a group heading over a blank one
        match group.reach:
            case _Reach.ASSUMED:
                heading = _unless_alone(heading, read_heading(own, ""))
            case _Reach.TITLE:
                heading = _unless_grouped(read_heading(own, ""), heading)
            case _Reach.CERTAIN:
                pass
        beside = [one.text for one in (*above[max(column - 1, 0) : column], *above[column + 1 : column + 2])]
        is_blank = not visible_text(own) and heading.role is None and bool(group.text) and group.text in beside
        joined.append(read_heading("", "") if is_blank else heading)
    return tuple(joined)


def _is_tall(row: int, column: int, merges: Sequence[MergedRange]) -> bool:
    """Whether a cell is merged with the one below it, so that its text is the heading of the column."""
    return any(
        merge.first_row <= row < merge.last_row and merge.first_column <= column + 1 <= merge.last_column
        for merge in merges
    )


def _unless_alone(under: Heading, alone: Heading) -> Heading:
    """The heading under a group that may end before it; in doubt if it has another meaning without the group."""
    if alone.is_known_unused or (alone.role and under.role and alone.role.field is under.role.field):
        return under
    doubtful = replace(alone, text=under.text, known=False, other_person=under.other_person)
    if alone.role is None:
        return doubtful
    return replace(
        doubtful, role=None, weak=False, why=Said("the group heading may end before it, and it is not merged")
    )


def _unless_grouped(alone: Heading, under: Heading) -> Heading:
    """The heading below a title.

    A number or e-mail address is in doubt if it would mean something else with the title as group.
    """
    is_contact = alone.role is not None and alone.role.field in CONTACTS
    if not is_contact or not under.known or (alone.role, alone.other_person) == (under.role, under.other_person):
        return alone
    why = Said("the text above the headings may be its group heading, under which it would be something else")
    return replace(alone, role=None, known=False, weak=False, why=why)


def _groups(row: int, texts: Sequence[str], merges: Sequence[MergedRange], width: int) -> list[_Group]:
    """The text above each column; a title is a text in the first column alone, or one merged over all columns.

    A merged cell is the group of its columns. Any other text is assumed to be the group of the blank cells to its
    right.
    """
    named = [column for column, text in enumerate(texts) if visible_text(text)]
    merged = {merge.first_column - 1: merge for merge in merges if merge.first_row <= row <= merge.last_row}
    if len(named) == 1 and (merged[named[0]].last_column - named[0] >= width if named[0] in merged else not named[0]):
        return [_Group(texts[named[0]], _Reach.TITLE)] * width
    found = [_Group("")] * width
    for column, following in zip(named, [*named[1:], width], strict=False):
        end = merged[column].last_column if column in merged else following
        for place in range(column, min(end, width)):
            is_certain = place == column or column in merged
            found[place] = _Group(texts[column], _Reach.CERTAIN if is_certain else _Reach.ASSUMED)
    return found


def begins_another_list(cells: Sequence[Cell], columns: ColumnMap, header: Header) -> bool:
    """Whether the row is the title of another list, or its headings; the same headings again only begin a new page."""
    _, key = columns.key
    if _OF_A_VALUE.search(cells[key].text):
        return False
    contacts = [cells[index].text for index in columns.contacts]
    if any(map(_OF_A_VALUE.search, contacts)):
        return False
    texts = [cell.text for cell in cells]
    if any(contacts) and find_header([(header.row, texts)], (), read_heading) is not None:
        return not _repeats(texts, header)
    is_alone = list(filter(None, texts)) == [texts[key]]
    return (is_alone or any(contacts)) and _is_title_of_others(texts[key])


def _repeats(texts: Sequence[str], header: Header) -> bool:
    ours = [heading.text.rpartition(GROUP_SEPARATOR)[2] for heading in header.headings]
    return list(map(folded, filter(None, texts))) == list(map(folded, filter(None, ours)))


def _is_title_of_others(text: str) -> bool:
    heading = read_heading(text)
    is_of_others = heading.known and Topic.OTHER_PERSON in heading.topics
    return len(text) > _LONGEST_INITIALS and (is_of_others or names_leavers(text))
