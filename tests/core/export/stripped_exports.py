"""Made-up exports of twenty countries in which a system has stripped pluses and zeros, each cell with its true number.

The numbers are drawn from the whole numbering plan of a country, because the share of ambiguous ones depends on it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberType

from shared.core.export.column_readings import ReadingCounts, with_proved_readings, with_readings
from shared.core.export.columns import ColumnMap, PhoneColumns
from shared.core.export.desired import DesiredValueRules, desired_of_row
from shared.core.export.export_row import ExportRow
from shared.core.export.fields import Field
from shared.core.export.file_mapping import FileMapping, MappedColumn, Use
from shared.core.export.headings.heading import Role
from shared.core.numbers import numbering_plan
from shared.core.person.account import KeyKind
from shared.core.values.cell import Cell, CellKind
from shared.core.values.slot import PhoneNumber, PhoneType, Slot

COUNTRIES = (
    *("US", "GB", "DE", "FR", "IT", "ES", "NL", "BE", "CH", "AT"),
    *("SE", "PL", "PT", "CZ", "HU", "BR", "MX", "IN", "JP", "AU"),
)
PEOPLE = 60
_ABROAD = "plus lost, one number in four from abroad"
_LINES = {PhoneType.MOBILE: PhoneNumberType.MOBILE, PhoneType.OFFICE: PhoneNumberType.FIXED_LINE}


@dataclass(frozen=True, slots=True)
class Truth:
    region: str
    code: int
    national: str
    dialled: str
    """With the trunk prefix, as people write it at home."""

    @property
    def number(self) -> PhoneNumber:
        return PhoneNumber(self.code, self.national)


Spelling = Callable[[Truth], tuple[CellKind, str]]

WAYS: dict[str, Spelling] = {
    "plus lost, stored as number": lambda truth: (CellKind.INTEGER, f"{truth.code}{truth.national}"),
    "plus lost, text": lambda truth: (CellKind.TEXT, f"{truth.code}{truth.national}"),
    _ABROAD: lambda truth: (CellKind.INTEGER, f"{truth.code}{truth.national}"),
    "zero lost, stored as number": lambda truth: (CellKind.INTEGER, truth.dialled.lstrip("0")),
    "zero lost, text": lambda truth: (CellKind.TEXT, truth.dialled.lstrip("0")),
    "as dialled at home": lambda truth: (CellKind.TEXT, truth.dialled),
}
"""How a system or Excel stores the numbers of a whole column."""


def truths(chance: random.Random, region: str, phone_type: PhoneType, count: int = PEOPLE) -> list[Truth]:
    return [_truth(chance, region, phone_type) for _ in range(count)]


def _truth(chance: random.Random, region: str, phone_type: PhoneType) -> Truth:
    code, prefixes, length = _plan(region, _LINES[phone_type])
    while True:
        start = chance.choice(prefixes)
        digits = start + "".join(chance.choice("0123456789") for _ in range(length - len(start)))
        fits = {_LINES[phone_type], PhoneNumberType.FIXED_LINE_OR_MOBILE}
        if not digits.endswith("000") and numbering_plan.line_type(code, digits) in fits:
            return Truth(region, code, digits, f"{_trunk(region)}{digits}")


@cache
def _plan(region: str, line: int) -> tuple[int, tuple[str, ...], int]:
    """The calling code, the first two digits that lead to such a line, and how long a usual number is."""
    example = phonenumbers.example_number_for_type(region, line)
    assert example is not None
    assert example.country_code is not None
    code, length = example.country_code, len(phonenumbers.national_significant_number(example))
    chance, found = random.Random(region), set[str]()
    for first in range(100):
        start = f"{first:02}"
        for _ in range(200):
            digits = start + "".join(chance.choice("0123456789") for _ in range(length - 2))
            if numbering_plan.line_type(code, digits) in {line, PhoneNumberType.FIXED_LINE_OR_MOBILE}:
                found.add(start)
                break
    return code, tuple(sorted(found)), length


@cache
def _trunk(region: str) -> str:
    """The prefix that people write before a national number; Hungary's and North America's are only dialled."""
    plan = PhoneMetadata.metadata_for_region(region, None)
    prefix = (plan.national_prefix if plan else None) or ""
    return prefix if prefix == "0" else ""


def rows_of(
    cells: Sequence[tuple[CellKind, str]], regions: Sequence[str], phone_type: PhoneType
) -> tuple[ExportRow, ...]:
    return tuple(
        ExportRow(
            number,
            None,
            phones=((phone_type, Cell(f"B{number}", kind, text)),),
            country=Cell(f"C{number}", CellKind.TEXT, region),
        )
        for number, ((kind, text), region) in enumerate(zip(cells, regions, strict=True), 2)
    )


def _columns(phone_type: PhoneType) -> ColumnMap:
    return ColumnMap((KeyKind.EMPLOYEE_ID, 0), (PhoneColumns(phone_type, 1),), country=2)


def mapping_with(rows: Sequence[ExportRow], phone_type: PhoneType, role: Role | None = None) -> FileMapping:
    """The mapping of a file with an id and one phone, as its rows prove it; `role` = what a person has approved."""
    phone = role or Role(Field(phone_type.value))
    columns = (
        MappedColumn(0, "Employee ID", Use.USED, Role(Field.EMPLOYEE_ID)),
        MappedColumn(1, "Phone", Use.USED, phone, chosen_by="" if role is None else "an approver"),
        MappedColumn(2, "Country", Use.USED, Role(Field.COUNTRY)),
    )
    readings = ReadingCounts(_columns(phone_type), None)
    for row in rows:
        readings.add(row)
    return with_readings(FileMapping("Staff", 1, columns), readings.proofs())


@dataclass(slots=True)
class Result:
    rows: int = 0
    refused: int = 0
    """Rows refused because the number may be another one, or one of another country."""
    wrong: int = 0

    def add(self, other: Result) -> None:
        self.rows, self.refused = self.rows + other.rows, self.refused + other.refused
        self.wrong += other.wrong

    @property
    def share(self) -> float:
        return self.refused / self.rows


_DOUBTS = frozenset({"numberAmbiguous", "plusMissing", "columnContradicted", "numberNotValid", "groupingForeign"})


def read_under(rows: Sequence[ExportRow], mapping: FileMapping, phone_type: PhoneType) -> list[ExportRow]:
    return list(with_proved_readings(rows, mapping, _columns(phone_type)))


def result_of(rows: Sequence[ExportRow], owners: Sequence[Truth], phone_type: PhoneType) -> Result:
    found = Result(rows=len(rows))
    for row, owner in zip(rows, owners, strict=True):
        desired = desired_of_row(row, DesiredValueRules(), usage_location=None, file_region=None)
        found.refused += any(refusal.code in _DOUBTS for refusal in desired.refused)
        found.wrong += any(value != owner.number for _, value in desired.slots)
        assert all(slot is Slot(phone_type.value) for slot, _ in desired.slots)
    return found


def before_and_after(region: str, phone_type: PhoneType, way: str) -> tuple[Result, Result]:
    """The rows of one export read number by number, and under the reading that the file proposes."""
    chance = random.Random(f"{region} {phone_type}")
    owners = truths(chance, region, phone_type)
    if way == _ABROAD:
        owners[::4] = [_truth(chance, chance.choice(COUNTRIES), phone_type) for _ in owners[::4]]
    rows = rows_of([WAYS[way](owner) for owner in owners], [region] * len(owners), phone_type)
    under = read_under(rows, mapping_with(rows, phone_type), phone_type)
    return result_of(rows, owners, phone_type), result_of(under, owners, phone_type)


def tables() -> str:
    """The shares of refused rows, by way and by country, as decision 47 shows them."""
    by_way = {way: Row() for way in WAYS}
    by_country = {region: Row() for region in COUNTRIES}
    for region in COUNTRIES:
        for way in WAYS:
            for phone_type in _LINES:
                found = before_and_after(region, phone_type, way)
                by_way[way].add(phone_type, found)
                by_country[region].add(phone_type, found)
    return "\n\n".join(_table(*one) for one in (("numbers", by_way), ("country", by_country)))


class Row:
    """One line of a table: before and after, by phone type."""

    def __init__(self) -> None:
        self.found = {phone_type: (Result(), Result()) for phone_type in _LINES}

    def add(self, phone_type: PhoneType, found: tuple[Result, Result]) -> None:
        for mine, more in zip(self.found[phone_type], found, strict=True):
            mine.add(more)

    def __str__(self) -> str:
        shares = (f"{one.share:.1%}".replace("%", " %") for both in self.found.values() for one in both)
        wrong = sum(after.wrong for _, after in self.found.values())
        return f"{' | '.join(shares)} | {wrong}"


def _table(name: str, lines: dict[str, Row]) -> str:
    head = f"| {name} | mobile before | mobile after | office before | office after | wrong numbers |"
    return "\n".join([head, "|---|---|---|---|---|---|", *(f"| {key} | {line} |" for key, line in lines.items())])


if __name__ == "__main__":
    print(tables())  # noqa: T201 - for the decision
