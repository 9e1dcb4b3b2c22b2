"""The marks of a result workbook that is uploaded again: which result of this app it is.

A mark stands in a property of the file and in a cell of a sheet that the app added, because not every program keeps
both. A text there that may be a changed mark is returned too, so that the file does not count as unmarked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

from shared.adapters.workbook.reading.sheets import first_rows, our_sheets
from shared.adapters.workbook.reading.source import RowSource
from shared.core.run.returned import ResultMark
from shared.core.values.errors import FileRefusedError

MARK_PROPERTY = "PhoneMethodsResult"
_LIKE_A_MARK = re.compile(r"\S*\d{8}T\d{6}\S*/\S*")
_COLUMNS = 4
"""How many columns of a sheet are searched for the cell."""


def marks_in(source: RowSource, export_sheet: str) -> frozenset[str]:
    """Every mark of the file, and every text that may be a changed mark.

    Results of version 0.1.0 have only the run's id, in a cell; it counts if there is no other mark.
    """
    found, runs = set[str](), set[str]()
    for text in _texts_of_other_sheets(source, export_sheet):
        mark = ResultMark.read(text)
        if mark is None or mark.attempt:
            found.add(text)
        else:
            runs.add(text)
    in_property = source.property_of_file(MARK_PROPERTY)
    if in_property is not None:
        found.add(in_property)
    return frozenset(found or runs)


def _texts_of_other_sheets(source: RowSource, export_sheet: str) -> Iterator[str]:
    for sheet in source.sheets:
        is_ours = sheet.name in our_sheets()
        if sheet.name != export_sheet and (sheet.visible or is_ours):
            with suppress(FileRefusedError):  # what cannot be read there is no mark, and no reason to refuse the file
                rows = first_rows(source, sheet, _COLUMNS)
                texts = (text.strip() for _, row in rows for text in row)
                yield from (text for text in texts if _may_be_mark(text, is_ours=is_ours))


def _may_be_mark(text: str, *, is_ours: bool) -> bool:
    mark = ResultMark.read(text)
    if mark is None:
        return is_ours and _LIKE_A_MARK.fullmatch(text) is not None
    return is_ours or mark.attempt > 0
