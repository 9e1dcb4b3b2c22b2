"""Decides what every column of an export means, from its heading, its values and its neighbours.

A column whose meaning is not certain is in doubt and carries one proposal, which the plan already follows; the run is
held until an approver decides. Each column is first decided alone: by COLUMN_MAP or an approver, or by comparing its
heading with its values (`heading_and_values`). Then the columns are compared with each other, in the order of the calls
in `map_columns`: one of several columns for the same thing is chosen, or all of them are put in doubt, and parts of
numbers are assigned to their phones. Columns whose meaning depends on a column in doubt come last (`waiting`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from shared.core.export.appearance import Appearance, appearance_of
from shared.core.export.column_parts import attach_parts
from shared.core.export.column_profile import PHONE_KINDS, ColumnProfile, ValueKind
from shared.core.export.country import region_in_name
from shared.core.export.decisions import Columns, Decisions
from shared.core.export.fields import CONTACTS, PARTS, PHONES, Field
from shared.core.export.file_mapping import (
    COLUMN_MAP,
    KEY_FIELDS,
    Chosen,
    FileMapping,
    MappedColumn,
    Use,
)
from shared.core.export.header import Header
from shared.core.export.heading_and_values import judged
from shared.core.export.headings.heading import EMAIL_NOT_USED, Heading, Role, Topic, shown_heading
from shared.core.export.other_people import columns_of_other_people
from shared.core.export.row_qualifiers import phone_type_of
from shared.core.export.waiting import doubt_digits, hold_back
from shared.core.values.said import NOTHING, Said
from shared.core.values.slot import PhoneType

_ABOUT_COUNTRIES = frozenset({Appearance.COUNTRIES, Appearance.CALLING_CODES})
HIDDEN = "hidden"
"""Added to the kinds of a hidden column, so that hiding a column changes the layout."""


@dataclass(frozen=True, slots=True)
class MappingRules:
    default_phone_type: PhoneType = PhoneType.MOBILE
    by_setting: Mapping[int, Role | None] = field(default_factory=dict)
    """Columns that COLUMN_MAP names; None = to be ignored."""
    choices: Mapping[int, Chosen] = field(default_factory=dict)
    """Columns that approvers decided about, in this run or in that of an approved layout."""
    default_region: str | None = None
    """The country of people whose row names none, from the file or the settings; None = not known."""
    email_methods: bool = True
    """False = a column of e-mail addresses is ignored, unless it is a key."""


@dataclass(frozen=True, slots=True)
class SheetFacts:
    """Facts about the sheet besides its cells. Columns are counted from 0."""

    name: str
    hidden: frozenset[int] = frozenset()
    ours: frozenset[int] = frozenset()
    """The columns that the app added to a result."""
    names: tuple[str, ...] = ()
    """The names of the sheets that are read, as shown."""


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
    mapper.doubt_numbers_of_another_country()
    attach_parts(mapper)
    mapper.doubt_hidden()
    doubt_digits(mapper)
    hold_back(mapper)
    return FileMapping(
        sheet=shown_heading(facts.name),
        header_row=header.row,
        columns=tuple(mapper.with_kinds(mapper.columns[index]) for index in sorted(mapper.columns)),
        other_keys=tuple(mapper.other_keys),
    )


class _Mapper(Decisions):
    """The decisions about whole columns, in the order in which `map_columns` calls them."""

    def __init__(
        self, header: Header, profiles: Sequence[ColumnProfile], facts: SheetFacts, rules: MappingRules
    ) -> None:
        blank = Heading("", None, known=False, topics=frozenset())
        headings = [*header.headings, *[blank] * (len(profiles) - len(header.headings))]
        super().__init__(headings, profiles, facts.hidden)
        self._facts, self._rules = facts, rules
        by_setting = {index: Chosen(role, COLUMN_MAP) for index, role in rules.by_setting.items()}
        self._decided = {**by_setting, **rules.choices}
        self.other_keys: list[tuple[int, str]] = []

    def decide_alone(self) -> None:
        """Decide what each column means without its neighbours."""
        for index, heading in enumerate(self.headings):
            column = MappedColumn(index, shown_heading(heading.text), Use.IGNORED, why=heading.why)
            if index in self._facts.ours:
                self.columns[index] = replace(column, use=Use.OURS, why=NOTHING)
            elif index in self._decided:
                chosen = self._decided[index]
                use = Use.USED if chosen.role else Use.IGNORED
                why = Said("{who} says so", who=chosen.by)
                self.columns[index] = replace(column, use=use, role=chosen.role, why=why, chosen_by=chosen.by)
            else:
                self.columns[index] = self._by_itself(column)

    def _by_itself(self, column: MappedColumn) -> MappedColumn:
        if not self._rules.email_methods and self._is_open_and_like(column.index, Appearance.EMAILS):
            return replace(column, why=EMAIL_NOT_USED)
        found = judged(self.headings[column.index], self.profiles[column.index])
        use = Use.IN_DOUBT if found.in_doubt else Use.IGNORED if found.role is None else Use.USED
        return replace(column, use=use, role=found.role, why=found.why)

    def choose_keys(self) -> None:
        """Choose the column that identifies the person: the first in the order of precedence of keys.

        A key that an approver has chosen goes before that order.
        """
        chosen: Field | None = None
        for kind in sorted(KEY_FIELDS, key=self._is_left_to_the_app):
            found = self.with_role(kind)
            if not found:
                continue
            if chosen is None:
                chosen = kind
                self.choose_one(found, Said("several columns hold {what}", what=kind.said))
                continue
            for column in found:
                if column.use is Use.USED:
                    self.other_keys.append((column.index, kind.value))
                    own = replace(column, chosen_by="")
                    self.ignore(own, Said("the column of {what} already identifies the person", what=chosen.said))
        if chosen is None:
            return
        for column in [*self.columns.values()]:
            if column.use is Use.IN_DOUBT and self._is_open_and_like(column.index, Appearance.OBJECT_IDS):
                why = Said("it holds ids, and the column of {what} already identifies the person", what=chosen.said)
                self.ignore(column, why)

    def _is_left_to_the_app(self, kind: Field) -> bool:
        return not any(column.is_chosen_by_a_person for column in self.with_role(kind))

    def choose_phones(self) -> None:
        """Choose one column per phone type; a plain phone has the default type, or the type that its row names."""
        types, plain = self.with_role(Field.PHONE_TYPE), self.with_role(Field.PHONE)
        others = [column for kind in PHONES for column in self.with_role(kind)]
        by_hand = [column for column in plain if column.chosen_by]
        if types and plain and not others:
            self.choose_one(plain, Said("several columns hold the phone of a type"))
        else:
            self._leave_types(types, others[0] if len(others) == 1 and not plain else None)
            self._doubt_types_beside(plain if len(plain) == 1 and not others else [])
            rivals = [column for column in others if not self._is_second_phone(column)]
            if plain and (by_hand or not rivals):
                for column in by_hand or plain:
                    self.columns[column.index] = replace(column, role=Role(Field(self._rules.default_phone_type.value)))
                plain = [column for column in plain if by_hand and not column.chosen_by]
            for column in plain:
                self.ignore(column, Said("beside another phone column it is not clear which phone type it is"))
        for kind in PHONES:
            found = self.with_role(kind)
            if found:
                self.choose_one(found, Said("several columns mean {what}", what=kind.said))
        self._leave_types_under_other_headings()

    def _leave_types(self, types: Columns, phone: MappedColumn | None) -> None:
        """Ignore columns of phone types, but doubt one that names another type than that of `phone`, the only phone."""
        for column in types:
            named = {phone_type_of(word) for word in self.profiles[column.index].words} - {None}
            own = phone.role if phone and not phone.chosen_by and not column.chosen_by else None
            if phone and own and any(one != own.field.value for one in named):
                why = Said("it names other types of phones than that of {name}", name=phone.name)
                self.doubt(replace(column, role=None), why)
            else:
                self.ignore(column, Said("the headings of the phone columns name their types"))

    def _doubt_types_beside(self, phones: Columns) -> None:
        """Doubt a filled column `Type` beside the only phone: it may say that a phone is another person's."""
        for phone in phones:
            for column in self.beside(phone.index):
                heading = self.headings[column.index]
                is_open = column.use is Use.IGNORED and not column.chosen_by and not heading.known
                if is_open and heading.topics == {Topic.PHONE_TYPE} and self.profiles[column.index].total:
                    self.doubt(column, Said("its values may be types of {name}", name=phone.name))

    def _leave_types_under_other_headings(self) -> None:
        """Ignore columns of phone types whose heading is known and not used, if the file has several phones."""
        for column in list(self.columns.values()) if len(self.phones()) > 1 else ():
            is_known_unused = column.use is Use.IN_DOUBT and self.headings[column.index].is_known_unused
            if is_known_unused and appearance_of(self.profiles[column.index]) is Appearance.PHONE_TYPES:
                self.ignore(column, self.headings[column.index].why)

    def doubt_other_people(self) -> None:
        """Doubt phones, e-mail addresses and parts of numbers that may be another person's."""
        for index, other in columns_of_other_people(self.headings, self.profiles).items():
            column = self.columns[index]
            is_settled = column.use is Use.IGNORED or bool(column.chosen_by)
            if not is_settled and column.role and column.role.field in CONTACTS | PARTS:
                why = Said("it may belong to another person, because of {name}", name=self.columns[other].name)
                self.columns[index] = replace(column, use=Use.IN_DOUBT, role=None, why=why)

    def choose_singles(self) -> None:
        """Choose one column for each of the other fields that only one may have."""
        for kind in (Field.EMAIL, Field.SMS_SIGN_IN, Field.PHONE_TYPE, Field.EFFECTIVE_FROM):
            found = self.with_role(kind)
            if len(found) > 1:
                self.choose_one(found, Said("several columns mean {what}", what=kind.said))

    def choose_country(self) -> None:
        """Choose the column of the country if a phone needs it.

        Otherwise ignore all such columns after the first one, and also the columns that are in doubt only because they
        may name countries.
        """
        named = self.with_role(Field.COUNTRY)
        for phone in PhoneType:
            if len(found := [column for column in named if column.role == Role(Field.COUNTRY, phone)]) > 1:
                self.choose_one(found, Said("several columns name a country"))
        countries = [column for column in named if column.role == Role(Field.COUNTRY)]
        if any(map(self.needs_country, self.phones())):
            best = max((self.headings[column.index].rank for column in countries), default=0)
            ranks = {column.index: self.headings[column.index].rank for column in countries if not column.chosen_by}
            lesser = [column for column in countries if ranks.get(column.index, best) < best]
            for column in lesser:
                self.ignore(column, Said("the heading of another column fits better"))
            several = [column for column in countries if column not in lesser]
            if len(several) > 1:
                self.choose_one(several, Said("several columns name a country"))
            elif several and not several[0].chosen_by and not self.headings[several[0].index].rank:
                why = Said("it is the country of the home, and the numbers may be those of another country")
                self.doubt(replace(several[0], role=None), why)
            return
        for column in [*countries[1:], *filter(self._is_only_about_countries, self.columns.values())]:
            self.ignore(column, Said("every phone of the file names its own country"))

    def doubt_hidden(self) -> None:
        """Doubt hidden columns whose values are used; a hidden key only if another key is visible."""
        has_visible_key = any(index not in self.hidden for index, _ in self.other_keys)
        for column in list(self.columns.values()):
            if column.index not in self.hidden or column.use not in (Use.USED, Use.PART) or column.chosen_by:
                continue
            field = column.role.field if column.role else None
            is_no_matter = field is Field.COUNTRY and not any(map(self.needs_country, self.phones()))
            if has_visible_key if field in KEY_FIELDS else not is_no_matter:
                self.doubt(column, Said("the column is hidden"))

    def doubt_numbers_of_another_country(self) -> None:
        """Doubt numbers without a country on a sheet that is named after another country than the default one."""
        if self.with_role(Field.COUNTRY, Field.CALLING_CODE):
            return
        names = (name for name in self._facts.names if region_in_name(name) not in (None, self._rules.default_region))
        name = next(names, None)
        for phone in list(self.phones()) if name else ():
            if self.needs_country(phone) and not phone.chosen_by:
                why = Said(
                    "sheet '{name}' is called after a country, and the numbers do not say theirs", name=str(name)
                )
                self.doubt(replace(phone, role=None), why)

    def with_kinds(self, column: MappedColumn) -> MappedColumn:
        """The column with its usual kinds of values."""
        hidden = [HIDDEN] if column.index in self.hidden else []
        is_known_unused = self.headings[column.index].is_known_unused and column.use is Use.IGNORED
        kinds = [] if is_known_unused else self.profiles[column.index].usual_kinds()
        return replace(column, kinds=tuple(sorted([*hidden, *kinds])))

    def _is_only_about_countries(self, column: MappedColumn) -> bool:
        """Whether a column is in doubt only because it may name countries."""
        profile, topics = self.profiles[column.index], self.headings[column.index].topics
        seen = appearance_of(profile)
        return (
            column.use is Use.IN_DOUBT
            and topics <= {Topic.COUNTRY, Topic.PART_OF_NUMBER}
            and (seen in _ABOUT_COUNTRIES or (seen is None and bool(topics)))
            and not profile.count(*PHONE_KINDS, ValueKind.EMAIL, ValueKind.OBJECT_ID)
        )

    def _is_second_phone(self, column: MappedColumn) -> bool:
        """Whether a heading names a second plain phone: `Phone 2` beside `Phone 1`."""
        return self.headings[column.index].weak and column.role == Role(Field.ALTERNATE_MOBILE)

    def _is_open_and_like(self, index: int, appearance: Appearance) -> bool:
        """Whether the heading does not say what the column is, and its values have this appearance."""
        heading = self.headings[index]
        is_open = not heading.known and (heading.weak or not heading.topics)
        return is_open and appearance_of(self.profiles[index]) is appearance
