"""A layout: the shape of an export that was approved, so that the next export of this shape runs through.

The fingerprint covers folder, sheets, headings and their order, without dates and numbers. A layout also has the kinds
of values that were approved for each column: a file with fewer kinds has the same layout, one with others has not.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from shared.core.export.export_folders import folder_of
from shared.core.export.file_mapping import COLUMN_MAP, Chosen, FileMapping, MappedColumn, Use
from shared.core.export.headings.heading import Role
from shared.core.export.people_sheets import sheets_in_words
from shared.core.values.cell import folded
from shared.core.values.said import NOTHING, Said, counted, joined

_DATES_AND_NUMBERS = re.compile(r"\d+(?:[./-]\d+)+|\d{2,}")
"""A single digit stays, because `Mobile 1` and `Mobile 2` are two things."""
_BETWEEN_WORDS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class LayoutColumn:
    """One column as it was approved; `role` None = ignored."""

    heading: str
    kinds: tuple[str, ...] = ()
    was_in_doubt: bool = False
    """Whether the approval, COLUMN_MAP or a caller decided about this column."""
    role: Role | None = None
    by_setting: bool = False
    """Whether COLUMN_MAP decided about it."""

    def is_read_otherwise(self, column: MappedColumn) -> bool:
        """Whether COLUMN_MAP decided about it, and this column of a file with its heading is something else."""
        return self.by_setting and _plain_role(column.role) != _plain_role(self.role)


@dataclass(frozen=True, slots=True)
class Layout:
    """An approved layout."""

    fingerprint: str
    folder: str
    sheet: str
    columns: tuple[LayoutColumn, ...]
    doubts: tuple[Said, ...]
    """The doubts about the file as a whole that were approved."""
    approved_by: str
    run: str
    at: datetime
    sheets: tuple[str, ...] = ()
    """The sheets that are read as one list; () = `sheet` alone."""
    forgotten_by: str = ""
    forgotten_at: datetime | None = None

    def allows(self, mapping: FileMapping) -> bool:
        """Whether a file with this fingerprint has only kinds of values and doubts that were approved.

        A column about which COLUMN_MAP decided must not be believed to be something else.
        """
        known = set(map(_plain, self.doubts))
        has_other_doubts = not set(map(_plain, mapping.doubts)) <= known
        is_believed_otherwise = any(column.is_believed for column in self.read_otherwise(mapping))
        return not (has_other_doubts or self._with_other_kinds(mapping) or is_believed_otherwise)

    def contradicts(self, mapping: FileMapping) -> bool:
        """Whether a file uses a column otherwise than was decided (`was_in_doubt`) about one with the same heading."""
        decided = {_plain(one.heading): one.role for one in self.columns if one.was_in_doubt and one.heading}
        return any(
            column.is_believed
            and _plain_role(column.role) != _plain_role(decided.get(_plain(column.heading), column.role))
            for column in mapping.columns
        )

    def _pairs(self, mapping: FileMapping) -> Iterator[tuple[MappedColumn, LayoutColumn]]:
        """The columns of a file with this fingerprint, each with what was approved about it."""
        return zip(_of_the_export(mapping), self.columns, strict=True)

    def _with_other_kinds(self, mapping: FileMapping) -> list[Said]:
        """Sentences about the columns with new kinds of values, of a file with the same headings."""
        return [
            Said("{name} holds {kinds}", name=column.name, kinds=joined(", ", map(Said, others)))
            for column, known in self._pairs(mapping)
            if (others := [kind for kind in column.kinds if kind not in known.kinds])
        ]

    def read_otherwise(self, mapping: FileMapping) -> list[MappedColumn]:
        """The columns about which COLUMN_MAP decided, and that are something else in this file."""
        return [column for column, known in self._pairs(mapping) if known.is_read_otherwise(column)]

    def choices(self, mapping: FileMapping) -> dict[int, Chosen]:
        """What was decided about columns (`was_in_doubt`), by index in a file with this fingerprint.

        Columns that are read otherwise, because COLUMN_MAP was changed, are left to it.
        """
        return {
            column.index: Chosen(known.role, self.approved_by)
            for column, known in self._pairs(mapping)
            if known.was_in_doubt and not known.is_read_otherwise(column)
        }

    def changes(self, mapping: FileMapping) -> Said:
        """What is different in `mapping`, in words for HR."""
        columns = _of_the_export(mapping)
        before, now = [_plain(one.heading) for one in self.columns], [_plain(one.heading) for one in columns]
        gone = [one.heading for one in self.columns if one.heading and _plain(one.heading) not in now]
        new = [one.name for one in columns if one.heading and _plain(one.heading) not in before]
        blank = len(now) - len(before) if not new and not gone else 0
        more = counted(abs(blank), "more column", "more columns")
        fewer = counted(abs(blank), "fewer column", "fewer columns")
        parts = [
            Said("new: {columns}", columns=joined(", ", new)) if new else NOTHING,
            Said("missing: {columns}", columns=", ".join(gone)) if gone else NOTHING,
            Said("{columns} without a heading", columns=more if blank > 0 else fewer) if blank else NOTHING,
            NOTHING if new or gone or blank or before == now else Said("the columns are in another order"),
            self._other_sheets(mapping),
            *(self._with_other_kinds(mapping) if before == now else ()),
            self._other_meanings(mapping) if before == now else NOTHING,
            *(doubt for doubt in mapping.doubts if _plain(doubt) not in map(_plain, self.doubts)),
        ]
        return joined("; ", parts)

    def _other_meanings(self, mapping: FileMapping) -> Said:
        names = [column.name for column in self.read_otherwise(mapping)]
        return Said("read otherwise than approved: {columns}", columns=joined(", ", names)) if names else NOTHING

    def _other_sheets(self, mapping: FileMapping) -> Said:
        now = mapping.people_sheets.as_list
        if _plain_sheets(self.sheets, self.sheet) == _plain_sheets(now, mapping.sheet):
            return NOTHING
        if now:
            return Said("{sheets} are read as one list", sheets=sheets_in_words(now))
        return Said("the sheet is {name}", name=mapping.sheet)


def _plain_sheets(sheets: Sequence[str], sheet: str) -> str | list[str]:
    """The names of the sheets, as layouts compare them: each once, so that one more month is the same layout."""
    return sorted(set(map(_plain_sheet, sheets))) if sheets else _plain_sheet(sheet)


def _plain_sheet(name: str) -> str:
    """The name of a sheet without dates, numbers and names of months."""
    words = _BETWEEN_WORDS.split(_DATES_AND_NUMBERS.sub(" ", name))
    return folded(" ".join(word for word in words if folded(word) not in _month_names()))


@cache
def _month_names() -> frozenset[str]:
    """In many languages, folded; `tools/month_names.py` generates the file."""
    return frozenset(json.loads(Path(__file__).with_name("month_names.json").read_text(encoding="utf-8")))


def _of_the_export(mapping: FileMapping) -> list[MappedColumn]:
    """The columns without those that the app added to a result, so that a result has the layout of its export."""
    return [column for column in mapping.columns if column.use is not Use.OURS]


def fingerprint(name: str, mapping: FileMapping) -> str:
    """SHA-256, in hex, over folder, sheets and headings in order; `name` is the export's."""
    sheets = _plain_sheets(mapping.people_sheets.as_list, mapping.sheet)
    shape = [folder_of(name), sheets, [_plain(column.heading) for column in _of_the_export(mapping)]]
    return hashlib.sha256(json.dumps(shape, ensure_ascii=False).encode()).hexdigest()


def layout_of(name: str, mapping: FileMapping, *, approved_by: str, run: str, at: datetime) -> Layout:
    """The layout of an approved file."""
    return Layout(
        fingerprint=fingerprint(name, mapping),
        folder=folder_of(name),
        sheet=mapping.sheet,
        columns=tuple(map(_approved, _of_the_export(mapping))),
        doubts=mapping.doubts,
        approved_by=approved_by,
        run=run,
        at=at,
        sheets=mapping.people_sheets.as_list,
    )


def _approved(column: MappedColumn) -> LayoutColumn:
    decided = column.use is Use.IN_DOUBT or bool(column.chosen_by)
    return LayoutColumn(column.heading, column.kinds, decided, column.role, column.chosen_by == COLUMN_MAP)


def _plain_role(role: Role | None) -> Role | None:
    """A column's role without its digit reading."""
    return role and role.without_reading


def _plain(text: str) -> str:
    return folded(_DATES_AND_NUMBERS.sub("", text))
