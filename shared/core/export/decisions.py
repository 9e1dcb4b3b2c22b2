"""The decisions about the columns of one file, and how one of several columns for the same thing is chosen."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import dropwhile, islice, takewhile

from shared.core.export.column_profile import ColumnProfile, ValueKind
from shared.core.export.fields import MOBILES, PARTS, PHONES, Field
from shared.core.export.file_mapping import KEY_FIELDS, MappedColumn, Use
from shared.core.export.headings.heading import Heading
from shared.core.values.cell import folded
from shared.core.values.said import Said

Columns = Sequence[MappedColumn]


class Decisions:
    """`columns` are the decisions so far, by index; `headings` and `profiles` have one entry per column."""

    def __init__(self, headings: Sequence[Heading], profiles: Sequence[ColumnProfile], hidden: Collection[int]) -> None:
        self.headings, self.profiles, self.hidden = headings, profiles, hidden
        self.columns: dict[int, MappedColumn] = {}

    def with_role(self, *kinds: Field) -> list[MappedColumn]:
        """The columns that are used, or proposed to be used, as one of `kinds`."""
        used = (column for column in self.columns.values() if column.use is not Use.IGNORED)
        return [column for column in used if column.role is not None and column.role.field in kinds]

    def phones(self) -> list[MappedColumn]:
        return self.with_role(*PHONES, Field.PHONE)

    def needs_country(self, phone: MappedColumn) -> bool:
        """Whether a phone column holds values other than numbers that name their country."""
        profile = self.profiles[phone.index]
        return profile.total > profile.count(ValueKind.INTERNATIONAL)

    def is_certainly_mobile(self, phone: MappedColumn) -> bool:
        """Whether the heading of a phone column says plainly that it is a mobile."""
        heading = self.headings[phone.index]
        return heading.role is not None and heading.role.field in MOBILES and not heading.weak

    def beside(self, index: int) -> list[MappedColumn]:
        """The columns next to a column, not counting parts of numbers in between; the one to its left is first."""
        sides = (dropwhile(self.is_part, self._on_one_side(index, step)) for step in (-1, 1))
        return [self.columns[place] for side in sides for place in islice(side, 1)]

    def parts_beside(self, index: int) -> list[MappedColumn]:
        """The parts of numbers next to a column, without another column between them."""
        sides = (takewhile(self.is_part, self._on_one_side(index, step)) for step in (-1, 1))
        return [self.columns[place] for side in sides for place in side]

    def is_part(self, index: int) -> bool:
        role = self.columns[index].role
        return role is not None and role.field in PARTS

    def _on_one_side(self, index: int, step: int) -> range:
        return range(index + step, -1 if step < 0 else len(self.headings), step)

    def choose_one(self, found: Columns, why: Said) -> None:
        """Choose the preferred one of several columns for one thing; if several are left, put all of them in doubt.

        Of keys, the first visible one is proposed. Of other columns none is, because it could hold another person's
        number. Columns that COLUMN_MAP names are put in doubt too: the setting is for all files, and does not choose
        between the columns of one.
        """
        found = self.preferred(found)
        is_key = found[0].role is not None and found[0].role.field in KEY_FIELDS
        if len(found) == 1:
            return
        visible = [column for column in found if column.index not in self.hidden]
        for column in found:
            is_proposed = is_key and column is (visible or found)[0]
            self.doubt(replace(column, role=column.role if is_proposed else None, chosen_by=""), why)

    def preferred(self, found: Columns) -> Columns:
        """The columns that an approver chose, else those that COLUMN_MAP names, else the best; the rest is ignored.

        A column is better if it is not blank, if its heading is not weak, and if its rank is higher and it is visible.
        The rank of keys does not count, because each may be the number of another system: only one whose heading is the
        property's name is better.
        """
        chosen = [column for column in found if column.chosen_by]
        if chosen:
            by_people = [column for column in chosen if column.is_chosen_by_a_person]
            return self._without(found, by_people or chosen, Said("another column was chosen instead"))
        filled = [column for column in found if self.profiles[column.index].total]
        found = self._without(found, filled, Said("it is blank, and another column means the same"))
        plain = [column for column in found if not self.headings[column.index].weak]
        found = self._without(found, plain, Said("the heading of another column says this more clearly"))
        best = max((self.headings[column.index].rank for column in found), default=0)
        leading = [column for column in found if self.headings[column.index].rank == best]
        is_certain = len(leading) == 1 and leading[0].index not in self.hidden
        if not any(column.role is not None and column.role.field in KEY_FIELDS for column in found):
            return (
                self._without(found, leading, Said("the heading of another column fits better"))
                if is_certain
                else found
            )
        exact = [column for column in found if folded(column.heading) == folded(str(column.role))]
        return (
            self._without(found, exact, Said("another column has the name of the property"))
            if len(exact) == 1
            else found
        )

    def _without(self, found: Columns, kept: Columns, why: Said) -> Columns:
        """Return `kept` and ignore the others of `found`; if `kept` is empty, return all."""
        if not kept:
            return found
        for column in found:
            if column not in kept:
                self.ignore(column, why)
        return kept

    def doubt(self, column: MappedColumn, why: Said) -> None:
        self.columns[column.index] = replace(column, use=Use.IN_DOUBT, why=why)

    def ignore(self, column: MappedColumn, why: Said) -> None:
        self.columns[column.index] = replace(column, use=Use.IGNORED, role=None, why=why)
