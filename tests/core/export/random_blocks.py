"""The columns of an export at random: the numbers of its people in the ways that HR systems use, and other numbers.

Called by `random_layouts`, which puts them on a page.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from shared.core.values.slot import Slot
from tests.core.export.mapped import Value
from tests.core.export.random_staff import (
    INTERNATIONAL,
    LOST_PLUS,
    NATIONAL,
    REGIONS,
    Form,
    Number,
    Someone,
    area_and_local,
    day,
    staff,
    with_trunk,
)
from tests.core.export.random_words import Words

_COUNTRY_NAMES = {"DE": "Germany", "FR": "France", "GB": "United Kingdom", "NL": "Netherlands", "US": "USA"}
_CODES: tuple[Form, ...] = (
    lambda number: f"+{number.code}",
    lambda number: number.code,
    lambda number: f"{number.code}",
    lambda number: f"00{number.code}",
    lambda number: f"{_COUNTRY_NAMES.get(number.region, number.region)} (+{number.code})",
)
_AREAS: tuple[Form, ...] = (
    lambda number: area_and_local(number)[0],
    lambda number: int(area_and_local(number)[0]),
    lambda number: with_trunk(number).removesuffix(area_and_local(number)[1]),
)
_VERSIONS = {"old": {"work mobile": "old mobile", "office": "old office"}, "future": {"work mobile": "future"}}


@dataclass(slots=True)
class Line:
    """One row: its person, and what only this row says."""

    one: Someone
    version: str = ""
    phone: str = ""
    """The name of the number of a row per phone."""
    facts: dict[str, Value] = field(default_factory=dict)

    def number(self, name: str) -> Number | None:
        return self.one.number(_VERSIONS.get(self.version, {}).get(name, name))


@dataclass(slots=True)
class Column:
    heading: str
    value: Callable[[Line], Value]
    explains: bool = False
    """Whether other columns mean something else without it: a code, an extension, a type, a status, a date."""


@dataclass(slots=True)
class Block:
    """Columns that stand together; `group` is the heading above them where the file has groups."""

    columns: list[Column]
    group: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """A column whose values may be written to a slot, unless the file has a better one for it."""

    slot: Slot
    rank: int
    name: str
    with_extension: bool = False


class Maker:
    """Collects the blocks of one file, and the claims that its headings make."""

    def __init__(self, chance: random.Random) -> None:
        self.chance, self.words = chance, Words(chance)
        self.people = staff(chance, several_countries=self.some(0.5))
        self.knows_region, self.grouped = self.some(0.6), self.some(0.25)
        self.blocks: list[Block] = []
        self.claims: list[Claim] = []
        self.features: set[str] = set()
        self.qualifies_leavers = False
        self.has_national = False
        self.lines = [Line(one) for one in self.people]

    def some(self, share: float) -> bool:
        return self.chance.random() < share

    def pick(self, *choices: str) -> str:
        return self.chance.choice(choices)

    def add(self, *columns: Column, group: str = "", feature: str = "") -> None:
        above = group or (self.words.of(self.pick("self", "contact_details")) if self.some(0.7) else "")
        self.blocks.append(Block(list(columns), above))
        self.features |= {feature} - {""}

    def text(self, heading: str, name: str) -> Column:
        return Column(heading, lambda line: line.one.texts[name])

    def fill(self) -> None:
        self.keys()
        (self.typed_rows if self.some(0.12) else self.own_phones)()
        if self.some(0.15):
            self.claims.append(Claim(Slot.EMAIL, 1, "private email"))
            self.add(self.text(self.words.of("email", "private"), "private email"))
        for _ in range(self.chance.choice((0, 0, 0, 1, 1, 2, 3))):
            self.chance.choice((self.other_person, self.other_person, self.other_numbers, self.unknown, self.places))()
        for _ in range(self.chance.randint(0, 3)):
            self.harmless()
        self.countries()
        if self.some(0.2):
            self.qualifiers()

    def keys(self) -> None:
        kinds = self.chance.sample(
            (("employee_id", "employee id"), ("upn", "upn"), ("object_id", "object id"), ("email", "mail")),
            self.chance.choice((1, 1, 1, 2)),
        )
        for concept, name in kinds:
            self.add(self.text(self.words.of(concept), name))
        if self.some(0.1):
            self.add(self.text(self.words.of("national_id"), "national id"), feature="ids like phones")

    def own_phones(self) -> None:
        mobiles = (("mobile", 1), ("mobile", 1), ("mobile work", 2))
        choices = [(*self.chance.choice(mobiles), Slot.MOBILE, "work mobile")]
        choices += [
            ("desk_line", 1, Slot.OFFICE, "office")
            if self.some(0.2)
            else ("phone|landline work", 1, Slot.OFFICE, "office")
        ]
        choices += [("mobile private", 0, Slot.MOBILE, "private mobile")] * self.some(0.2)
        choices += [("mobile alternate", 1, Slot.ALTERNATE_MOBILE, "second mobile")] * self.some(0.15)
        choices += [("phone mfa", 3, Slot.MOBILE, "private mobile")] * self.some(0.05)
        chosen = self.chance.sample(choices, self.chance.randint(1, len(choices)))
        if self.some(0.07):
            chosen = [("phone", 1, Slot.MOBILE, self.pick("work mobile", "office"))]
        if self.some(0.07):
            concepts, rank, slot, name = chosen[0]
            chosen.append((concepts, rank, slot, "old office" if name == "office" else "old mobile"))
            self.features.add("doubled")
        for concepts, rank, slot, name in chosen:
            with_extension = self.phone(concepts, name, alone=len(chosen) == 1)
            self.claims.append(Claim(slot, rank, name, with_extension))

    def phone(self, concepts: str, name: str, *, alone: bool) -> bool:
        """The columns of one phone; whether they say its extension."""
        group, heading = "", self.words.of(*concepts.split())
        if self.grouped and self.some(0.3) and " " in concepts:
            thing, whose = concepts.split()
            group, heading = self.words.of(whose), self.words.of(thing)
        elif self.grouped and self.some(0.3):
            group, heading = heading, self.words.of("number|phone")
        own = concepts.split() if not group and (not alone or self.some(0.3)) else []
        columns = self.number(heading, name, lambda part: self.words.of(part, *own) if own else self.words.of(part))
        has_extension = concepts in ("desk_line", "phone|landline work") and self.some(0.4)
        if has_extension:
            place = Column(self.words.of("extension"), lambda line: _extension(line.number(name)), explains=True)
            columns.append(place)
            self.features.add("extension")
        self.add(*columns, group=group)
        return has_extension

    def number(self, heading: str, name: str, part: Callable[[str], str]) -> list[Column]:
        """A number in one column or in several."""
        form = self.pick(
            "plus", "plus", "plus", "plus", "national", "national", "lost plus", "code", "areas", "all parts"
        )
        self.features.add(form)
        if form in ("national", "areas"):
            self.has_national = True
        written = self.chance.choice(_CODES)
        heading_of_code = part(self.pick("calling_code", "calling_code", "prefix"))
        if written is _CODES[0] and self.some(0.1):
            heading_of_code = self.words.of("harmless")
        code = Column(heading_of_code, self.of(name, written), explains=True)
        area = Column(part("area_code"), self.of(name, self.chance.choice(_AREAS)), explains=True)
        local = Column(heading, self.of(name, lambda number: area_and_local(number)[1]))
        match form:
            case "plus":
                return [Column(heading, self.of(name, self.chance.choice(INTERNATIONAL)))]
            case "national":
                return [Column(heading, self.of(name, self.chance.choice(NATIONAL)))]
            case "lost plus":
                return [Column(heading, self.of(name, self.chance.choice(LOST_PLUS)))]
            case "code":
                return [code, Column(heading, self.of(name, self.chance.choice(NATIONAL)))]
            case "areas":
                return [area, local]
            case _:
                return [code, area, local]

    def of(self, name: str, form: Form) -> Callable[[Line], Value]:
        blank = self.pick("", "", "", "n/a", "-")

        def value(line: Line) -> Value:
            number = line.number(name or line.phone)
            return blank if number is None else form(number)

        return value

    def typed_rows(self) -> None:
        """One row per phone, whose type another column names."""
        self.features.add("a row per phone")
        kinds = (
            ("mobile", "work mobile", Slot.MOBILE),
            ("phone work", "office", Slot.OFFICE),
            ("mobile alternate", "second mobile", Slot.ALTERNATE_MOBILE),
            ("phone private", "home", None),
            ("fax", "fax", None),
            ("phone other_person", "emergency", None),
        )
        words = [(self.words.of(*concepts.split()), name) for concepts, name, _ in kinds]
        number = self.number(self.words.of("phone"), "", self.words.of)
        heading = self.words.of("harmless" if self.some(0.08) else "phone_type")
        self.add(Column(heading, lambda line: line.facts["type"], explains=True), *number)
        self.claims += [Claim(slot, 1, name) for _, name, slot in kinds if slot]
        self.lines = []
        for one in self.people:
            for word, name in self.chance.sample(words, self.chance.randint(1, 4)):
                self.lines.append(Line(one, phone=name, facts={"type": word}))

    def other_person(self) -> None:
        """Names, ids, addresses and phones of somebody else."""
        whose, name = self.chance.choice(
            (
                ("other_person", "emergency"),
                ("other_person", "spouse"),
                ("superior", "manager"),
                ("superior", "assistant"),
            )
        )
        self.features.add("other people")
        thing = self.pick("phone", "mobile", "mobile", "phone work", "mobile private")
        in_group = self.grouped and self.some(0.7)
        behind = not in_group and self.some(0.3) and whose == "other_person"
        bare = in_group or behind
        first = [
            self.text(self.words.of(*(["name"] if in_group else [whose] if behind else [whose, "name"])), "other name")
        ]
        if not behind and self.some(0.3):
            first.append(self.text(self.words.of("email", *([] if in_group else [whose])), "other email"))
        if not behind and self.some(0.2):
            first.append(self.text(self.words.of("employee_id", *([] if in_group else [whose])), "other id"))
        concepts = thing.split()[:1] if behind else thing.split()
        heading = self.words.of(*concepts) if bare else self.words.of(whose, concepts[0])
        number = Column(heading, self.of(name, self.chance.choice(INTERNATIONAL + NATIONAL)))
        self.add(*(first if behind or self.some(0.7) else []), number, group=self.words.of(whose) if in_group else "")

    def other_numbers(self) -> None:
        """Numbers of the person for which accounts have no place."""
        concepts, name = self.chance.choice(
            (
                ("fax", "fax"),
                ("phone private", "home"),
                ("home_line", "home"),
                ("mobile former", "old mobile"),
                ("phone former", "old office"),
                ("mobile third", "spouse"),
                ("pager", "fax"),
            )
        )
        self.add(
            Column(self.words.of(*concepts.split()), self.of(name, self.chance.choice(INTERNATIONAL + NATIONAL))),
            feature="other numbers",
        )

    def unknown(self) -> None:
        """A column whose heading says nothing."""
        heading = "" if self.some(0.4) else self.words.unknown()
        name = self.pick("emergency", "home", "spouse")
        values: tuple[Callable[[Line], Value], ...] = (
            self.of(name, self.chance.choice(INTERNATIONAL + NATIONAL)),
            lambda line: line.one.texts["other name"],
            lambda line: line.one.texts["national id"],
            lambda line: len(line.one.texts["mail"]),
        )
        self.add(Column(heading, self.chance.choice(values)), feature="unknown headings")

    def places(self) -> None:
        """Rooms and places under a heading that may mean a phone."""
        values: tuple[Callable[[Line], Value], ...] = (
            lambda line: f"{10 + REGIONS.index(line.one.region)}.{len(line.one.numbers)}",
            lambda line: 30_000 + len(line.one.numbers),
            lambda line: _COUNTRY_NAMES.get(line.one.region, "New York"),
        )
        self.add(Column(self.words.of("office"), self.chance.choice(values)), feature="rooms")

    def harmless(self) -> None:
        values: tuple[Callable[[Line], Value], ...] = (
            lambda line: line.one.texts["national id"],
            lambda line: line.one.region,
            lambda _: "Sales",
            lambda _: 40,
        )
        heading, value = self.words.of("harmless"), self.chance.choice(values)
        self.add(self.text(self.words.of("name"), "name") if self.some(0.4) else Column(heading, value))

    def countries(self) -> None:
        if self.has_national and self.some(0.6):
            name = {region: _COUNTRY_NAMES.get(region, region) for region in REGIONS} if self.some(0.3) else {}
            heading = self.words.of(*self.pick("country", "country", "country work", "country code").split())
            country = Column(heading, lambda line: name.get(line.one.region, line.one.region), explains=True)
            self.add(country, feature="country")
        if self.some(0.12):
            heading = self.words.of(*self.pick("country private", "country residence").split())
            self.add(Column(heading, lambda line: line.one.home), feature="home country")
        if self.some(0.1):
            self.add(
                Column(self.words.of(*self.pick("citizenship", "country birth").split()), lambda line: line.one.home)
            )

    def qualifiers(self) -> None:
        """Leavers; or several versions of each row."""
        kind = self.pick("status", "leaving", "versions")
        self.features.add(kind)
        if kind == "versions":
            lines = [
                Line(line.one, version, line.phone, dict(line.facts))
                for line in self.lines
                if not line.phone or line.one.number(line.phone)
                for version in ("old", "", "future")
                if not version or self.some(0.4)
            ]
            for line in lines:
                shift = {"old": (2_000, 2_015), "": (2_016, 2_026), "future": (2_028, 2_040)}[line.version]
                line.facts["from"] = f"{self.chance.randint(*shift)}-0{self.chance.randint(1, 9)}-01"
            self.chance.shuffle(lines)
            self.lines = lines
            self.add(Column(self.words.of("valid_from"), lambda line: line.facts["from"], explains=True))
            return
        self.qualifies_leavers = True
        if kind == "status":
            words = {here: self.words.status(works_here=here) for here in (True, False)}
            self.add(Column(self.words.of("status"), lambda line: words[line.one.works_here], explains=True))
            return
        days = {here: "" if here and self.some(0.7) else day(self.chance, past=not here) for here in (True, False)}
        self.add(Column(self.words.of("leaving"), lambda line: days[line.one.works_here], explains=True))


def _extension(number: Number | None) -> Value:
    return number.extension if number else ""
