"""Decides what every column of an export means, from its heading, its values and its neighbours.

Called when an export is read. A column whose meaning is not certain is in doubt and carries one proposal, which the
plan already follows; the run is held until a person approves it. The order of the decisions:

1. what COLUMN_MAP or an approver says of a column holds;
2. a heading that is known and not used is ignored, one that is about phones, people or countries and is not understood
   is in doubt, and so is a column whose values look like phones or dialling codes under a heading that says nothing;
3. a heading that can mean several things is believed as far as its values agree;
4. of several columns for one thing, and of a phone that may be somebody else's, none is believed;
5. parts of numbers join the phone that they belong to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from shared.core.export.column_evidence import ADDRESSES, evidence_against, looks_important
from shared.core.export.column_parts import attached
from shared.core.export.column_profile import PHONE_KINDS, ColumnProfile, ValueKind
from shared.core.export.fields import Field
from shared.core.export.file_mapping import (
    COLUMN_MAP,
    KEY_FIELDS,
    Chosen,
    FileMapping,
    MappedColumn,
    Use,
    shown_heading,
)
from shared.core.export.header import Header
from shared.core.export.heading import EMAIL_NOT_USED, Heading, Role, Topic
from shared.core.export.other_people import columns_of_other_people
from shared.core.values.cell import folded
from shared.core.values.slot import PhoneType

PHONES = (Field.MOBILE, Field.ALTERNATE_MOBILE, Field.OFFICE)
_Columns = Sequence[MappedColumn]
_ABOUT_COUNTRIES = ("countries", "calling codes")
_CONTACTS = frozenset({*PHONES, Field.PHONE, Field.EMAIL, Field.MAIL})
HIDDEN = "hidden"
"""Stands among the kinds of a hidden column, so that a column that becomes hidden changes the layout."""


@dataclass(frozen=True, slots=True)
class MappingRules:
    default_phone_type: PhoneType = PhoneType.MOBILE
    by_hand: Mapping[int, Role | None] = field(default_factory=dict)
    """Columns that COLUMN_MAP names; None = to be ignored."""
    choices: Mapping[int, Chosen] = field(default_factory=dict)
    """Columns that people decided about."""
    email_methods: bool = True
    """False = a column of addresses is ignored."""


@dataclass(frozen=True, slots=True)
class SheetFacts:
    """What else is known of the sheet. Columns are counted from 0."""

    name: str
    hidden: frozenset[int] = frozenset()
    ours: frozenset[int] = frozenset()
    doubts: tuple[str, ...] = ()


def map_columns(
    header: Header, profiles: Sequence[ColumnProfile], facts: SheetFacts, rules: MappingRules
) -> FileMapping:
    """`profiles` has one entry per column; a column beyond the header has a blank heading."""
    mapper = _Mapper(header, profiles, facts, rules)
    mapper.decide_alone()
    mapper.choose_keys()
    mapper.choose_phones()
    mapper.doubt_other_people()
    mapper.choose_singles()
    mapper.choose_country()
    mapper.attach_parts()
    return FileMapping(
        sheet=shown_heading(facts.name),
        header_row=header.row,
        columns=tuple(mapper.with_kinds(mapper.columns[index]) for index in sorted(mapper.columns)),
        doubts=facts.doubts,
        other_keys=tuple(mapper.other_keys),
    )


class _Mapper:
    """The decisions about one file, in the order in which `map_columns` calls them."""

    def __init__(
        self, header: Header, profiles: Sequence[ColumnProfile], facts: SheetFacts, rules: MappingRules
    ) -> None:
        blank = Heading("", None, known=False, topics=frozenset())
        self._headings = [*header.headings, *[blank] * (len(profiles) - len(header.headings))]
        self._profiles, self._facts, self._rules = profiles, facts, rules
        by_setting = {index: Chosen(role, COLUMN_MAP) for index, role in rules.by_hand.items()}
        self._decided = {**by_setting, **rules.choices}
        self.columns: dict[int, MappedColumn] = {}
        self.other_keys: list[tuple[int, str]] = []

    def decide_alone(self) -> None:
        """What each column means by itself."""
        for index, heading in enumerate(self._headings):
            column = MappedColumn(index, shown_heading(heading.text), Use.IGNORED, why=heading.why)
            if index in self._facts.ours:
                self.columns[index] = replace(column, use=Use.OURS, why="")
            elif index in self._decided:
                chosen = self._decided[index]
                use = Use.USED if chosen.role else Use.IGNORED
                why = f"{chosen.by} says so"
                self.columns[index] = replace(column, use=use, role=chosen.role, why=why, chosen_by=chosen.by)
            else:
                self.columns[index] = self._by_heading(column, heading, self._profiles[index])

    def _by_heading(self, column: MappedColumn, heading: Heading, profile: ColumnProfile) -> MappedColumn:
        if heading.role is not None:
            return self._by_values(replace(column, use=Use.USED, role=heading.role), heading, profile)
        if heading.known:
            return column
        if heading.topics and not heading.weak:
            topics = " or ".join(sorted(heading.topics))
            why = heading.why or f"its heading says something about a {topics} and is not understood"
            return replace(column, use=Use.IN_DOUBT if profile.total else Use.IGNORED, why=why)
        seen = looks_important(profile)
        if seen == ADDRESSES and not self._rules.email_methods:
            return replace(column, why=EMAIL_NOT_USED)
        if seen:
            which = "heading is not known" if heading.text else "heading is blank"
            return replace(column, use=Use.IN_DOUBT, why=f"its {which} and its values look like {seen}")
        return replace(column, why=heading.why or ("it is not known" if heading.text else ""))

    def _by_values(self, column: MappedColumn, heading: Heading, profile: ColumnProfile) -> MappedColumn:
        """A heading with a role, judged by its values."""
        judged = evidence_against(heading, profile)
        if judged.role is None and not judged.in_doubt:
            return replace(column, use=Use.IGNORED, role=None, why=judged.why)
        use = Use.IN_DOUBT if judged.in_doubt else Use.USED
        return replace(column, use=use, role=judged.role, why=judged.why or heading.why)

    def choose_keys(self) -> None:
        """One column identifies the person: the first kind in order of precedence that a column holds."""
        chosen: Field | None = None
        for kind in KEY_FIELDS:
            found = self._with_role(kind)
            if not found:
                continue
            if chosen is None:
                chosen = kind
                self._choose_one(found, f"several columns hold {kind.value}")
                continue
            for column in found:
                if column.use is Use.USED and not column.chosen_by:
                    self.other_keys.append((column.index, kind.value))
                    why = f"the column of {chosen.value} already identifies the person"
                    self._ignore(column, why)

    def choose_phones(self) -> None:
        """One column per phone type; a plain phone is the default type, or of the type that a column names."""
        types, plain = self._with_role(Field.PHONE_TYPE), self._with_role(Field.PHONE)
        others = [column for kind in PHONES for column in self._with_role(kind)]
        by_hand = [column for column in plain if column.chosen_by]
        if types and plain and not others:
            self._choose_one(plain, "several columns hold the phone of a type")
        else:
            for column in types:
                self._ignore(column, "the file names its phones by their columns")
            if plain and (by_hand or not others):
                for column in by_hand or plain:
                    self.columns[column.index] = replace(column, role=Role(Field(self._rules.default_phone_type.value)))
                plain = [column for column in plain if by_hand and not column.chosen_by]
            for column in plain:
                self._ignore(column, "beside another phone column it is not clear which phone type it is")
        for kind in PHONES:
            found = self._with_role(kind)
            if found:
                self._choose_one(found, f"several columns mean {kind.value}")

    def doubt_other_people(self) -> None:
        """A phone or an address that may be somebody else's is in doubt."""
        for index in columns_of_other_people(self._headings, self._profiles):
            column = self.columns[index]
            if column.use is Use.USED and not column.chosen_by and column.role and column.role.field in _CONTACTS:
                why = "it may belong to the other person whom the file describes"
                self.columns[index] = replace(column, use=Use.IN_DOUBT, role=None, why=why)

    def choose_singles(self) -> None:
        """One column for each of the rest. The country matters only where a phone does not name its own."""
        for kind in (Field.EMAIL, Field.SMS_SIGN_IN, Field.PHONE_TYPE, Field.EFFECTIVE_FROM):
            found = self._with_role(kind)
            if len(found) > 1:
                self._choose_one(found, f"several columns mean {kind.value}")

    def choose_country(self) -> None:
        """The country matters only where a phone that is used does not name its own."""
        countries = [column for column in self._with_role(Field.COUNTRY) if column.role == Role(Field.COUNTRY)]
        if self._needs_country():
            best = max((self._headings[column.index].rank for column in countries), default=0)
            lesser = [column for column in countries if self._headings[column.index].rank < best]
            for column in lesser:
                self._ignore(column, "another column names the country of the work place")
            several = [column for column in countries if column not in lesser]
            if len(several) > 1:
                self._choose_one(several, "several columns name a country")
            return
        for column in [*countries[1:], *filter(self._is_only_about_countries, self.columns.values())]:
            self._ignore(column, "every phone of the file names its own country")

    def attach_parts(self) -> None:
        """Calling codes, area codes and extensions join the phone that they belong to."""
        phones = [column for kind in (*PHONES, Field.PHONE) for column in self._with_role(kind)]
        for kind in (Field.CALLING_CODE, Field.AREA_CODE, Field.EXTENSION):
            found = self._with_role(kind)
            for column in found:
                self.columns[column.index] = attached(column, kind, phones)
            by_phone: dict[PhoneType | None, list[MappedColumn]] = {}
            for column in self._with_role(kind):
                by_phone.setdefault(column.role.phone if column.role else None, []).append(column)
            for several in by_phone.values():
                if len(several) > 1:
                    self._choose_one(several, f"several columns hold the {kind.value} of one phone")
            if None in by_phone and len(by_phone) > 1:
                self._doubt(by_phone[None][0], "it is not clear which phone it belongs to")

    def with_kinds(self, column: MappedColumn) -> MappedColumn:
        """The column with the kinds of values that it holds more than now and then."""
        hidden = [HIDDEN] if column.index in self._facts.hidden else []
        return replace(column, kinds=tuple(sorted([*hidden, *self._profiles[column.index].usual_kinds()])))

    def _needs_country(self) -> bool:
        """Whether a phone that is used holds a number without its country."""
        return any(
            self._profiles[column.index].total > self._profiles[column.index].count(ValueKind.INTERNATIONAL)
            for kind in (*PHONES, Field.PHONE)
            for column in self._with_role(kind)
        )

    def _is_only_about_countries(self, column: MappedColumn) -> bool:
        """Whether a column is in doubt for what it may say of countries, and for nothing else."""
        profile = self._profiles[column.index]
        return (
            column.use is Use.IN_DOUBT
            and self._headings[column.index].topics <= {Topic.COUNTRY, Topic.CALLING_CODE}
            and not profile.count(*PHONE_KINDS, ValueKind.EMAIL, ValueKind.OBJECT_ID)
            and (bool(self._headings[column.index].topics) or looks_important(profile) in _ABOUT_COUNTRIES)
        )

    def _with_role(self, kind: Field) -> list[MappedColumn]:
        used = (column for column in self.columns.values() if column.use is not Use.IGNORED)
        return [column for column in used if column.role is not None and column.role.field is kind]

    def _choose_one(self, found: Sequence[MappedColumn], why: str) -> None:
        """Of several columns for one thing, a chosen one or the best visible one is proposed, and all are in doubt."""
        found = self._preferred(found)
        if found[0].chosen_by:
            return
        if len(found) == 1:
            if found[0].index in self._facts.hidden and found[0].role and found[0].role.field not in KEY_FIELDS:
                self._doubt(found[0], "the column is hidden")
            return
        best = max(
            found, key=lambda one: (one.index not in self._facts.hidden, self._headings[one.index].rank, -one.index)
        )
        for column in found:
            self._doubt(column if column is best else replace(column, role=None), why)

    def _preferred(self, found: _Columns) -> _Columns:
        """The chosen columns, or those between which there is a doubt; blank, weaker and lesser ones are ignored.

        Keys have no rank: each may be the number of another system, unless its name is that of the property.
        """
        chosen = [column for column in found if column.chosen_by]
        if chosen:
            return self._without(found, chosen, "another column was chosen for the same")
        filled = [column for column in found if self._profiles[column.index].total]
        found = self._without(found, filled, "it is blank, and another column means the same")
        plain = [column for column in found if not self._headings[column.index].weak]
        found = self._without(found, plain, "another column says plainly that it is the same")
        best = max((self._headings[column.index].rank for column in found), default=0)
        leading = [column for column in found if self._headings[column.index].rank == best]
        is_certain = len(leading) == 1 and leading[0].index not in self._facts.hidden
        if not any(column.role is not None and column.role.field in KEY_FIELDS for column in found):
            return self._without(found, leading, "another column is the work one") if is_certain else found
        exact = [column for column in found if folded(column.heading) == folded(str(column.role))]
        return self._without(found, exact, "another column has the name of the property") if len(exact) == 1 else found

    def _without(self, found: Sequence[MappedColumn], kept: Sequence[MappedColumn], why: str) -> Sequence[MappedColumn]:
        """`kept`, and the others of `found` ignored; all of `found` where none is kept."""
        if not kept:
            return found
        for column in found:
            if column not in kept:
                self._ignore(column, why)
        return kept

    def _doubt(self, column: MappedColumn, why: str) -> None:
        self.columns[column.index] = replace(column, use=Use.IN_DOUBT, why=why)

    def _ignore(self, column: MappedColumn, why: str) -> None:
        self.columns[column.index] = replace(column, use=Use.IGNORED, role=None, why=why)
