"""Exports as HR systems lay them out, in ten languages, with one damage each and a known truth.

A layout is made from the words of one language, or from the fixed names of a system. A damage changes its headings,
cells or rows, and says what may still be written for whom.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from io import BytesIO
from pathlib import Path

import phonenumbers
from openpyxl import Workbook
from phonenumbers import PhoneNumberType

from shared.core.export.file_mapping import column_letters
from shared.core.values.slot import DesiredValue, PhoneNumber, Slot

Value = str | int | float | bool | date | None
PEOPLE = 8
PAST, LONG_AGO, FUTURE = date(2024, 1, 31), date(2019, 5, 2), date(2087, 1, 1)
REGIONS = {
    "en": "GB", "de": "DE", "fr": "FR", "es": "ES", "it": "IT", "nl": "NL", "pt": "PT", "pl": "PL", "sv": "SE",
    "da": "DK",
}  # fmt: skip
LANGUAGES = tuple(REGIONS)


@dataclass(frozen=True, slots=True)
class Someone:
    index: int
    region: str
    mobile: PhoneNumber
    office: PhoneNumber

    @property
    def key(self) -> str:
        return f"E{1000 + self.index}"

    @property
    def mail(self) -> str:
        return f"person{self.index}@contoso.example"


@dataclass(slots=True)
class Column:
    """`means` is the truth: a concept of the words, or "" for a column that says nothing."""

    means: str
    heading: str
    group: str = ""
    is_hidden: bool = False


@dataclass(slots=True)
class Row:
    """The person whom the row describes, and its cells by column."""

    person: Someone
    cells: list[Value]


@dataclass(slots=True)
class Layout:
    """`may_hold`: index of a person -> the values that may be written, by slot."""

    name: str
    language: str
    columns: list[Column]
    rows: list[Row]
    may_hold: dict[int, dict[Slot, set[DesiredValue]]]
    knows_region: bool = True
    """Whether the accounts have a usage location."""
    title: str = ""
    more_sheets: list[tuple[str, list[list[Value]]]] = field(default_factory=list)

    def word(self, concept: str, variant: int = 0) -> str:
        words = system_words()[self.language][concept]
        return words[variant % len(words)]

    def place(self, *concepts: str) -> int:
        """The first column of one of these meanings."""
        return next(index for index, column in enumerate(self.columns) if column.means in concepts)

    def add(self, chance: random.Random, column: Column, value: Callable[[Row], Value]) -> int:
        """A further column at any place; returns the place."""
        place = chance.randint(0, len(self.columns))
        self.insert(place, column, value)
        return place

    def insert(self, place: int, column: Column, value: Callable[[Row], Value]) -> None:
        self.columns.insert(place, column)
        for row in self.rows:
            row.cells.insert(place, value(row))

    def remove(self, place: int) -> None:
        del self.columns[place]
        for row in self.rows:
            del row.cells[place]

    def nothing_for(self, person: Someone) -> None:
        self.may_hold[person.index] = {}

    def workbook(self) -> bytes:
        book, stream = Workbook(), BytesIO()
        sheet = book.worksheets[0]
        sheet.title = "Export"
        lines: list[list[Value]] = [[self.title]] if self.title else []
        if any(column.group for column in self.columns):
            lines.append([column.group or None for column in self.columns])
        lines += [[column.heading or None for column in self.columns], *(row.cells for row in self.rows)]
        for line in lines:
            sheet.append(line)
        for index, column in enumerate(self.columns):
            sheet.column_dimensions[column_letters(index)].hidden = column.is_hidden
        for name, rows in self.more_sheets:
            other = book.create_sheet(name)
            for line in rows:
                other.append(line)
        book.save(stream)
        return stream.getvalue()


@cache
def system_words() -> dict[str, dict[str, list[str]]]:
    """Language -> concept -> headings; `words` are cells: active, left, yes, no, mobile, work, fax, nothing."""
    found: dict[str, dict[str, list[str]]] = json.loads(
        Path(__file__).with_name("system_words.json").read_text(encoding="utf-8")
    )
    return found


TRANSLATED: dict[str, str] = {
    "Workday": "key first last mail country office mobile hired left status unit costs boss",
    "SuccessFactors": "key last first mail office mobile country status hired left unit",
    "ADP": "last first key hired left status mail mobile office unit costs",
    "BambooHR": "key first last born mail office mobile hired country unit",
    "Personio": "key first last mail status unit office mobile hired left contract",
    "HiBob": "first last key mail mobile office country hired unit boss",
    "DATEV": "key last first born office mobile mail hired left country",
    "Sage": "key first last mail mobile office hired left status",
    "AFAS": "key last hired left office mobile mail country unit",
    "Lucca": "key last first mail office mobile hired contract unit boss",
    "UKG": "key last first mail country mobile office hired left status",
    "Oracle": "key last mail office mobile status hired left country",
}
"""System -> the meanings of its columns, from the left, under the headings of the language."""

TECHNICAL: dict[str, list[tuple[str, str]]] = {
    "Entra": [
        ("upn", "userPrincipalName"), ("", "displayName"), ("last", "surname"), ("mail", "mail"),
        ("first", "givenName"), ("", "id"), ("", "userType"), ("unit", "department"), ("country", "usageLocation"),
        ("office", "businessPhones"), ("mobile", "mobilePhone"),
    ],
    "Microsoft 365": [
        ("", "Block credential"), ("unit", "Department"), ("", "Display name"), ("first", "First name"),
        ("last", "Last name"), ("mobile", "Mobile Phone"), ("", "Office"), ("office", "Office Phone"),
        ("upn", "User principal name"), ("country", "Usage location"),
    ],
    "Get-ADUser": [
        ("", "DistinguishedName"), ("flag", "Enabled"), ("first", "GivenName"), ("mobile", "MobilePhone"),
        ("", "Name"), ("office", "OfficePhone"), ("", "SamAccountName"), ("last", "Surname"),
        ("upn", "UserPrincipalName"),
    ],
    "Workday connector": [
        ("key", "WorkerID"), ("mail", "EmailAddress"), ("office", "PrimaryWorkTelephone"),
        ("mobile", "PrimaryWorkMobile"), ("country", "CountryReferenceTwoLetter"), ("flag", "Active"),
        ("hired", "HireDate"), ("left", "TerminationDate"),
    ],
    "BambooHR fields": [
        ("key", "employeeNumber"), ("first", "firstName"), ("last", "lastName"), ("office", "workPhone"),
        ("mobile", "mobilePhone"), ("mail", "workEmail"), ("hired", "hireDate"), ("left", "terminationDate"),
    ],
}  # fmt: skip


def base_layout(system: str, language: str, seed: int) -> Layout:
    """The layout without a damage. Every phone names its country, or the account or a column does."""
    chance = random.Random(f"{system} {language} {seed}")
    people = [_someone(chance, REGIONS[language], index) for index in range(PEOPLE)]
    if system in TECHNICAL:
        columns = [Column(means, heading) for means, heading in TECHNICAL[system]]
    else:
        words = system_words()[language]
        columns = [Column(means, chance.choice(words[means])) for means in TRANSLATED[system].split()]
    national = chance.random() < 0.4
    layout = Layout(
        name=f"{system}, {language}",
        language=language,
        columns=columns,
        rows=[],
        may_hold={one.index: {Slot.MOBILE: {one.mobile}, Slot.OFFICE: {one.office}} for one in people},
    )
    layout.rows = [Row(one, [_value(layout, column, one, national=national) for column in columns]) for one in people]
    return layout


def _value(layout: Layout, column: Column, one: Someone, *, national: bool) -> Value:
    active = layout.word("words")
    values: dict[str, Value] = {
        "key": one.key,
        "upn": one.mail,
        "mail": one.mail,
        "first": "Example",
        "last": f"Person {one.index}",
        "boss": "Boss Example",
        "mobile": home_form(one.mobile) if national else plus(one.mobile),
        "office": home_form(one.office) if national else plus(one.office),
        "country": one.region,
        "hired": LONG_AGO,
        "born": date(1980, 2, 1 + one.index),
        "left": FUTURE if one.index == 1 else None,
        "contract": FUTURE if one.index == 1 else None,
        "status": active,
        "flag": True,
        "unit": ("North", "South", "Sales")[one.index % 3],
        "costs": 4400 + one.index % 2,
    }
    return values.get(column.means, "example")


def _someone(chance: random.Random, region: str, index: int) -> Someone:
    return Someone(
        index,
        region,
        number(chance, region, PhoneNumberType.MOBILE),
        number(chance, region, PhoneNumberType.FIXED_LINE),
    )


def number(chance: random.Random, region: str, kind: int = PhoneNumberType.MOBILE) -> PhoneNumber:
    """A valid number of the kind, near the region's example."""
    example = phonenumbers.example_number_for_type(region, kind)
    assert example is not None
    while True:
        digits = phonenumbers.national_significant_number(example)
        changed = phonenumbers.parse(f"+{example.country_code}{digits[:-4]}{chance.randrange(10_000):04}")
        if phonenumbers.number_type(changed) == phonenumbers.number_type(example):
            assert changed.country_code is not None
            return PhoneNumber(changed.country_code, phonenumbers.national_significant_number(changed))


def plus(value: PhoneNumber) -> str:
    return f"+{value.country_code} {value.national}"


def home_form(value: PhoneNumber) -> str:
    """As it is dialled at home."""
    region = phonenumbers.region_code_for_country_code(value.country_code)
    return (phonenumbers.ndd_prefix_for_region(region, strip_non_digits=True) or "") + value.national


def all_bases() -> Sequence[tuple[str, str]]:
    """Every system in every language that it offers."""
    translated = [(system, language) for system in TRANSLATED for language in LANGUAGES]
    return [*translated, *((system, "en") for system in TECHNICAL)]
