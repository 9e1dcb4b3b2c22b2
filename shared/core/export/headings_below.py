"""Finds headings among the rows: where another list begins on the sheet, such as one of contacts or of leavers.

Called by `Understand` for every row. The rows below such headings would be read under the wrong ones.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from shared.core.export.columns import ColumnMap
from shared.core.export.header import Header, find_header
from shared.core.export.heading import GROUP_SEPARATOR, Topic
from shared.core.export.headings.reading import read_heading
from shared.core.export.statuses import names_leavers
from shared.core.values.cell import Cell, folded

_OF_A_VALUE = re.compile(r"[\d@]")
"""Nearly every key, number and e-mail address has one of these; headings rarely do."""
_LONGEST_INITIALS = 3
"""Characters; initials identify people in some companies."""


def begins_another_list(cells: Sequence[Cell], columns: ColumnMap, header: Header) -> bool:
    """Whether the row is the title of another list, or its headings; the same headings again are those of a page."""
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
