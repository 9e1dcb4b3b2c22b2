"""The file mapping, which is the app's interpretation of one export: its sheets, its header, and every column.

`map_columns` makes it before any row is used. It is stored with the run, is part of the plan's digest, and is shown to
those who decide about the run.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import assert_never

from shared.core.export.column_profile import ValueKind
from shared.core.export.fields import Field
from shared.core.export.headings.heading import Role
from shared.core.export.headings.language import language_of
from shared.core.export.people_sheets import ONLY_SHEET, PeopleSheets
from shared.core.export.role_names import in_words
from shared.core.numbers.column_reading import ColumnReading, Proof
from shared.core.values.said import NOTHING, Said, counted, joined

MOST_COLUMNS = 120
"""A mapping of more columns with long headings would not fit a table property."""
COLUMN_MAP = "COLUMN_MAP"
"""The value of `chosen_by` for columns that the setting names."""
_NEARLY_ALL = 0.9
_NOT_PROVED = Said("this file does not prove that, so each number is read by itself")
KEY_FIELDS = (Field.OBJECT_ID, Field.USER_PRINCIPAL_NAME, Field.EMPLOYEE_ID, Field.MAIL)
"""The fields that identify a person, in order of precedence."""


class Use(StrEnum):
    """How a column is used."""

    USED = "used"
    PART = "part"
    """A part of a phone number: calling code, area code, extension or direct-dial digits."""
    IGNORED = "ignored"
    OURS = "ours"
    """Added by this app to an earlier result."""
    IN_DOUBT = "inDoubt"
    """Not certain: the run is held, and the proposal counts only with an approval."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What COLUMN_MAP or a caller (`by`) decided about a column; `role` None = it is ignored."""

    role: Role | None
    by: str


@dataclass(frozen=True, slots=True)
class MappedColumn:
    """One column. `role` is what it is used as; for a column in doubt it is the proposal; None = it is ignored."""

    index: int
    heading: str
    """As shown to people; "" for a blank heading, and for one that looks like a value."""
    use: Use
    role: Role | None = None
    why: Said = NOTHING
    """A sentence part for HR, for instance `a fax number`."""
    chosen_by: str = ""
    """Who decided about the column: `COLUMN_MAP`, or a caller; "" = the heading and the values."""
    kinds: tuple[str, ...] = ()
    """The usual kinds of its values, and `hidden` for a hidden column, sorted. No kinds of values are recorded for an
    ignored column whose heading is known and not used."""
    proof: Proof | None = None
    """The file's proof of the role's digit reading; None = the role has no reading that could be proved."""

    @property
    def letters(self) -> str:
        return column_letters(self.index)

    @property
    def name(self) -> Said:
        """`column C (Mobile phone)`."""
        if not self.heading:
            return Said("column {letters} (no heading)", letters=self.letters)
        return Said("column {letters} ({heading})", letters=self.letters, heading=self.heading)

    @property
    def is_chosen_by_a_person(self) -> bool:
        return self.chosen_by not in ("", COLUMN_MAP)

    @property
    def is_believed(self) -> bool:
        """Whether the role comes from the heading and the values, and not from COLUMN_MAP or a caller."""
        return self.role is not None and not self.chosen_by and self.use is not Use.IGNORED

    @property
    def reading(self) -> ColumnReading | None:
        """The digit reading that this file proves; for a column in doubt, the proposed one."""
        return self.role.reading if self.role is not None and self.proof is not None and self.proof.holds else None

    @property
    def _lacks_proof(self) -> bool:
        return self.role is not None and self.role.reading not in (None, ColumnReading.SINGLE) and self.reading is None

    @property
    def decided_role(self) -> Role | None:
        """The role, without a digit reading that is only proposed."""
        return self.role.without_reading if self.role is not None and self.use is Use.IN_DOUBT else self.role

    @property
    def _proposal(self) -> Said:
        return Said("ignore it") if self.role is None else Said("use it as {role}", role=in_words(self.role))

    @property
    def meaning(self) -> Said:
        """How the column is used, in words for HR."""
        match self.use:
            case Use.IN_DOUBT:
                return Said("in doubt, because {why}; proposal: {proposal}", why=self.why, proposal=self._proposal)
            case Use.OURS:
                return Said("added by this app to an earlier result")
            case Use.IGNORED:
                words = Said("ignored: {why}", why=self.why) if self.why else Said("ignored")
            case Use.USED | Use.PART:
                words = Said("used as {role}", role=in_words(self.role)) if self.role else Said("used")
                if self._lacks_proof:
                    words = joined("; ", (words, _NOT_PROVED))
            case _ as other:
                assert_never(other)
        if not self.is_chosen_by_a_person:
            return words
        return Said("{words} (chosen by {who})", words=words, who=self.chosen_by)

    def doubt(self) -> Said:
        """The sentence about the column in doubt, which holds the run."""
        return Said("{name}: {why}; proposal: {proposal}", name=self.name, why=self.why, proposal=self._proposal)

    def note(self) -> Said:
        """The sentence about the meaning of a column that is not used."""
        if not self.heading:
            return Said("Column {letters} (no heading): {why}", letters=self.letters, why=self.why)
        return Said("Column {letters} ({heading}): {why}", letters=self.letters, heading=self.heading, why=self.why)

    def choice(self) -> Said:
        """The sentence about a caller's choice, which holds the run until it is approved."""
        if self.role is None:
            return Said("{name}: {who} chose to ignore", name=self.name, who=self.chosen_by)
        return Said(
            "{name}: {who} chose to use as {role}", name=self.name, who=self.chosen_by, role=in_words(self.role)
        )


@dataclass(frozen=True, slots=True)
class FileMapping:
    """`doubts` are sentences that hold the run, besides those about columns in doubt and the choice of sheets."""

    sheet: str
    header_row: int
    columns: tuple[MappedColumn, ...]
    doubts: tuple[Said, ...] = ()
    other_keys: tuple[tuple[int, str], ...] = ()
    """Other columns that could identify the person, by index, with the role that they would have."""
    people_sheets: PeopleSheets = ONLY_SHEET

    @property
    def key(self) -> MappedColumn | None:
        """The column that identifies the person, or is proposed for it; of several, the first by precedence."""
        found = (column for kind in KEY_FIELDS for column in self.columns if column.role == Role(kind))
        return next((column for column in found if column.use is not Use.IGNORED), None)

    @property
    def language(self) -> str:
        """The code of the language in which the headings are written."""
        return language_of(column.heading for column in self.columns if column.use is not Use.OURS)

    @property
    def in_doubt(self) -> tuple[MappedColumn, ...]:
        return tuple(column for column in self.columns if column.use is Use.IN_DOUBT)

    def chosen_by_people(self) -> dict[int, Chosen]:
        """The choices of callers about columns, by index."""
        return {
            column.index: Chosen(column.decided_role, column.chosen_by)
            for column in self.columns
            if column.is_chosen_by_a_person
        }

    @property
    def is_by_hand(self) -> bool:
        """Whether COLUMN_MAP or callers named every column that is used."""
        return not any(column.is_believed for column in self.columns)

    def emptied_since(self, before: FileMapping, run: str) -> tuple[Said, ...]:
        """Sentences about columns that hold mostly placeholders, and held values `before`, in the file of `run`."""
        filled = {
            column.role.without_reading
            for column in before.columns
            if column.role is not None and column.kinds and ValueKind.PLACEHOLDER not in column.kinds
        }
        return tuple(
            Said(
                "most cells of {name} say nothing, such as N/A; in run {run} they had values", name=column.name, run=run
            )
            for column in self.columns
            if column.role is not None
            and ValueKind.PLACEHOLDER in column.kinds
            and column.role.without_reading in filled
        )

    @property
    def has_placeholders(self) -> bool:
        """Whether a column that is used, or proposed, holds mostly placeholders."""
        return any(column.role is not None and ValueKind.PLACEHOLDER in column.kinds for column in self.columns)

    def key_concern(self, unmatched: int, people: int) -> tuple[Said, ...]:
        """The sentence that holds a run that finds hardly any person, while another column could identify people."""
        if not self.other_keys or not people or unmatched < _NEARLY_ALL * people:
            return ()
        others = (Said("{name} as {role}", name=self._named(index), role=Said(role)) for index, role in self.other_keys)
        concern = Said(
            "{unmatched} of {people} not found by {key}; an approver can ignore that column and choose "
            "{others} instead",
            unmatched=unmatched,
            people=counted(people, "person is", "people are"),
            key=self.key.name if self.key else NOTHING,
            others=joined(" / ", others),
        )
        return (concern,)

    def _named(self, index: int) -> Said:
        return next(column.name for column in self.columns if column.index == index)

    def with_formulas(self, columns: Collection[int]) -> FileMapping:
        """The mapping with a doubt about each used column whose values come from formulas; `columns` are indexes."""
        doubts = tuple(
            Said(
                "{name} holds formulas; proposal: use the values that they had when the file was saved",
                name=column.name,
            )
            for column in self.columns
            if column.role is not None and column.index in columns
        )
        return replace(self, doubts=(*self.doubts, *doubts))

    def concerns(self) -> tuple[Said, ...]:
        """The doubts about the file, its sheets and its columns, each of which holds the run."""
        columns = (column.doubt() for column in self.in_doubt)
        return (*self.doubts, *self.people_sheets.doubt(), *columns)

    def notes(self) -> tuple[Said, ...]:
        """Sentences about the ignored columns for which there is a reason."""
        return tuple(column.note() for column in self.columns if column.use is Use.IGNORED and column.why)


def column_letters(index: int) -> str:
    """Excel's letters for a column counted from 0: A, Z, AA."""
    letters = ""
    while index >= 0:
        index, rest = divmod(index, 26)
        letters, index = chr(ord("A") + rest) + letters, index - 1
    return letters


def column_index(letters: str) -> int:
    """The column, counted from 0, with these letters in Excel. Raises ValueError for anything but A to ZZZ."""
    if not re.fullmatch(r"[A-Z]{1,3}", letters):
        raise ValueError("a column is named by its letters")
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1
