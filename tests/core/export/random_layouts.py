"""Exports laid out at random, with a known truth: whose number stands in which cell.

A layout is made of blocks of columns in random order. The blocks hold the numbers of the person in one of the ways that
HR systems use, and numbers that must never be written: of contacts, managers and assistants, faxes, old numbers.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import phonenumbers
from phonenumbers import PhoneNumberType

from shared.core.export.header import MergedRange
from tests.core.export.mapped import Value

REGIONS = ("DE", "FR", "GB", "NL", "CH", "IT", "ES", "PL", "SE", "AT", "BE", "PT", "CZ")
_MOBILE_HEADINGS = ("Mobile", "Mobile phone", "Work mobile", "Handynummer", "Téléphone portable", "Móvil", "Cellulare")
_OFFICE_HEADINGS = ("Office phone", "Work phone", "Telefon geschäftlich", "Téléphone professionnel", "Telefono ufficio")
_KEYS = ("Employee ID", "Personalnummer", "Matricule", "Número de empleado", "Personeelsnummer", "Worker ID")
_HARMLESS = ("Department", "Cost centre", "First name", "Last name", "Job title", "Abteilung", "Gender", "Location")
_COUNTRIES = ("Country", "Work country", "Land", "Pays", "Country code")
_CODES = ("Calling code", "International phone code", "Country calling code", "Ländervorwahl")


@dataclass(frozen=True, slots=True)
class Someone:
    """Numbers as (calling code, national digits)."""

    key: str
    region: str
    mobile: tuple[int, str]
    office: tuple[int, str]


@dataclass(slots=True)
class Block:
    """Columns that stand together: headings, and the values of one person; `group` is a heading above them."""

    headings: list[str]
    values: Callable[[Someone], list[Value]]
    group: str = ""


@dataclass(slots=True)
class Layout:
    """`expected` holds, by row number, the person and the numbers that may be written to each slot."""

    rows: list[list[Value]]
    merges: list[MergedRange]
    hidden: set[int]
    people: dict[int, Someone] = field(default_factory=dict)
    knows_region: bool = False
    """Whether the accounts have a usage location."""


def random_layout(seed: int) -> Layout:
    chance = random.Random(seed)
    people = [_someone(chance, index) for index in range(chance.randint(3, 12))]
    knows_region = chance.random() < 0.5
    blocks = [Block([chance.choice(_KEYS)], lambda one: [one.key])]
    kinds = chance.sample((_mobile, _office), chance.randint(1, 2))
    blocks += [kind(chance, knows_region=knows_region) for kind in kinds]
    decoys = chance.sample(_DECOYS, chance.choice((0, 0, 1, 1, 2, 3)))
    blocks += [decoy(chance) for decoy in decoys]
    blocks += [_word(heading, lambda _: "One")(chance) for heading in chance.sample(_HARMLESS, chance.randint(0, 3))]
    chance.shuffle(blocks)
    return _laid_out(chance, blocks, people, knows_region=knows_region)


def _laid_out(
    chance: random.Random, blocks: Sequence[Block], people: Sequence[Someone], *, knows_region: bool
) -> Layout:
    headings = [heading for block in blocks for heading in block.headings]
    if chance.random() < 0.1:
        place = chance.randrange(len(headings))
        headings[place] = _misspelt(chance, headings[place])
    rows: list[list[Value]] = [["Staff list", *[""] * (len(headings) - 1)]] if chance.random() < 0.15 else []
    merges: list[MergedRange] = []
    if any(block.group for block in blocks):
        column, groups = 1, []
        for block in blocks:
            width = len(block.headings)
            groups += [block.group or "Employee", *[""] * (width - 1)]
            if width > 1:
                merges.append(MergedRange(len(rows) + 1, column, len(rows) + 1, column + width - 1))
            column += width
        rows.append(list(groups))
    rows.append(list(headings))
    layout = Layout(rows, merges, {place for place in range(len(headings)) if chance.random() < 0.02})
    layout.knows_region = knows_region
    for one in people:
        layout.people[len(rows) + 1] = one
        rows.append([value for block in blocks for value in block.values(one)])
    return layout


def _someone(chance: random.Random, index: int) -> Someone:
    region = chance.choice(REGIONS)
    mobile = _number(chance, region, PhoneNumberType.MOBILE)
    return Someone(f"E{index:04}", region, mobile, _number(chance, region, PhoneNumberType.FIXED_LINE))


def _number(chance: random.Random, region: str, kind: int) -> tuple[int, str]:
    """A valid number near the region's example."""
    example = phonenumbers.example_number_for_type(region, kind)
    assert example is not None
    code = example.country_code
    assert code is not None
    while True:
        digits = phonenumbers.national_significant_number(example)
        changed = digits[:-3] + f"{chance.randrange(1000):03}"
        number = phonenumbers.parse(f"+{code}{changed}")
        if phonenumbers.number_type(number) == phonenumbers.number_type(example):
            return code, changed


def _plus(number: tuple[int, str]) -> str:
    return f"+{number[0]} {number[1]}"


def _national(number: tuple[int, str], region: str) -> str:
    prefix = phonenumbers.ndd_prefix_for_region(region, strip_non_digits=True) or ""
    return prefix + number[1]


def _mobile(chance: random.Random, *, knows_region: bool) -> Block:
    return _phone(chance, chance.choice(_MOBILE_HEADINGS), lambda one: one.mobile, knows_region=knows_region)


def _office(chance: random.Random, *, knows_region: bool) -> Block:
    return _phone(chance, chance.choice(_OFFICE_HEADINGS), lambda one: one.office, knows_region=knows_region)


def _phone(
    chance: random.Random, heading: str, number: Callable[[Someone], tuple[int, str]], *, knows_region: bool
) -> Block:
    """One phone: with its plus, in parts, or as dialled at home beside a country."""
    form = chance.choice(("plus", "plus", "code", "code as number", "country", "home"))
    code = chance.choice(_CODES)
    match form:
        case "code":
            return Block([code, heading], lambda one: [f"+{number(one)[0]}", number(one)[1]])
        case "code as number":
            return Block([code, heading], lambda one: [number(one)[0], _national(number(one), one.region)])
        case "country":
            country = chance.choice(_COUNTRIES)
            return Block([country, heading], lambda one: [one.region, _national(number(one), one.region)])
        case "home" if knows_region:
            return Block([heading], lambda one: [_national(number(one), one.region)])
        case _:
            return Block([heading], lambda one: [_plus(number(one))])


def _other(chance: random.Random) -> str:
    region = chance.choice(REGIONS)
    return _plus(_number(chance, region, PhoneNumberType.MOBILE))


def _decoy(*headings: str, group: str = "", blank: bool = False) -> Callable[[random.Random], Block]:
    """A block whose last column holds the number of somebody or something else."""

    def make(chance: random.Random) -> Block:
        seed = chance.random()

        def values(one: Someone) -> list[Value]:
            return [*["B. Example"] * (len(headings) - 1), _other(random.Random(f"{seed}{one.key}"))]

        return Block([*headings[:-1], "" if blank else headings[-1]], values, group)

    return make


def _word(heading: str, choose: Callable[[random.Random], Value]) -> Callable[[random.Random], Block]:
    """A column with one word for everybody."""

    def make(chance: random.Random) -> Block:
        word = choose(chance)
        return Block([heading], lambda _: [word])

    return make


_DECOYS: tuple[Callable[[random.Random], Block], ...] = (
    _decoy("Emergency contact", "Relationship", "Contact phone"),
    _decoy("Emergency contact name", "Emergency contact phone"),
    _decoy("Notfallkontakt", "Telefon Notfallkontakt"),
    _decoy("Next of kin", "Phone"),
    _decoy("Next of kin", "Mobile phone"),
    _decoy("Name", "Mobile phone", group="Emergency contact"),
    _decoy("Name", "Mobile", group="Manager"),
    _decoy("Manager name", "Manager phone"),
    _decoy("Assistant", "Assistant phone"),
    _decoy("Fax"),
    _decoy("Home phone"),
    _decoy("Mobile (old)"),
    _decoy("Pager"),
    _decoy("Mobile", blank=True),
    _decoy("Phone for audit"),
    _word("Office", lambda chance: chance.randrange(10_000, 99_999)),
    _word("Country of birth", lambda chance: chance.choice(REGIONS)),
    _word("Nationality", lambda chance: chance.choice(REGIONS)),
)


def _misspelt(chance: random.Random, heading: str) -> str:
    if len(heading) < 4:
        return heading
    place = chance.randrange(len(heading) - 1)
    return heading[:place] + heading[place + 1] + heading[place] + heading[place + 2 :]
