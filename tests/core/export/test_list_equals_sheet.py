"""People split over several sheets at random come to the same as the same people on one sheet."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from shared.core.export.desired import DesiredValueRules
from shared.core.export.export_row import ExportRow
from shared.core.export.places import Places
from shared.core.export.same_person import desired_of_person, united
from shared.core.run.keys_seen import SameKey
from shared.core.run.row import Outcome
from shared.core.values.said import Said
from shared.flows.intake.understand import Understood
from testing.exports import opened, understood
from tests.core.export.test_one_list import workbook

LISTS_OF_A_TEST, LISTS_OF_A_LONG_TEST = 8, 3_000
HEADINGS = ("Employee ID", "Name", "Mobile", "Office phone", "Country")
HARMLESS = ("Cost center", "Department", "")
SHORT = "12345"

type Person = dict[str, object]


def person(chance: random.Random, people: int) -> Person:
    index = chance.randrange(people)
    last = chance.randrange(10, 99)
    mobiles = (f"+49 171 12345{last}", f"0171 12345{last}", f"+33 6 12 34 56 {last}", f"06 12 34 56 {last}")
    odd = (None, None, "N/A", "-", "+49 171 12E4567", "remove", "ask reception", SHORT)
    return {
        "Employee ID": chance.choice((f"E{index}",) * 12 + (None, "  ")),
        "Name": f"Person {index}",
        "Mobile": chance.choice(mobiles if chance.random() < 0.85 else odd),
        "Office phone": chance.choice((f"+49 30 231256{last}", f"030 231256{last}") if chance.random() < 0.8 else odd),
        "Country": chance.choice(("DE", "DE", "Deutschland", "FR", None)),
    }


def split(chance: random.Random, people: list[Person]) -> list[list[Person]]:
    sheets: list[list[Person]] = [[] for _ in range(chance.randint(2, 6))]
    for one in people:
        chance.choice(sheets).append(one)
    return [sheet for sheet in sheets if sheet]


def page(chance: random.Random, people: list[Person], *, is_first: bool) -> tuple[list[list[object]], int]:
    """A sheet with the columns in some order, and its header row; the first one has them in theirs."""
    headings = [*HEADINGS]
    if not is_first:
        chance.shuffle(headings)
        if chance.random() < 0.5:
            headings.insert(chance.randrange(len(headings) + 1), chance.choice(HARMLESS))
    above: list[list[object]] = [["Staff"], []] if chance.random() < 0.3 else []
    rows = [[one.get(heading, "K1" if heading else None) for heading in headings] for one in people]
    return [*above, [*headings], *rows], len(above) + 1


def told(row: ExportRow) -> object:
    """What a row asks for and why it does not, without places."""
    cells = [(kind, cell.kind, cell.text) for kind, cell in row.phones]
    refused = [(one.slot, one.code, one.reason.removeprefix(one.address)) for one in row.refusals]
    return (row.key, cells, row.country and row.country.text, refused, row.left_out)


def addresses_of(row: ExportRow) -> Iterator[str]:
    yield from (cell.address for _, cell in row.phones)
    yield from (refusal.address for refusal in row.refusals)


def wanted(row: ExportRow, rows: dict[int, ExportRow], grouped: SameKey) -> object:
    """The desired values and refusals of a person with a row, or several, without an account."""
    together = united(row, [rows[number] for number in grouped.other_rows]) or row
    found = desired_of_person(together, DesiredValueRules(), usage_location=None, file_region=None)
    return found.slots, [(one.slot, one.code) for one in found.refused]


def compare(seed: int) -> bool:
    """Whether the sheets are one list; raises AssertionError where it comes to something else than one sheet."""
    chance = random.Random(seed)
    sheets = split(chance, [person(chance, 30) for _ in range(chance.randint(6, 60))])
    pages = [page(chance, people, is_first=not place) for place, people in enumerate(sheets)]
    names = [f"Team {place}" if chance.random() < 0.5 else f"T{place}" for place in range(len(pages))]
    several = understood(opened(workbook(dict(zip(names, (rows for rows, _ in pages), strict=True)))))
    everybody = [one for people in sheets for one in people]
    single = understood(opened(workbook({"All": page(random.Random(0), everybody, is_first=True)[0]})))
    if len(sheets) > 1 and not several.mapping.people_sheets.as_list:
        assert any(is_odd(people, kind) for people in sheets for kind in ("Mobile", "Office phone")), seed
        return False
    check_rows(several, single, names, pages)
    return True


def is_odd(people: list[Person], kind: str) -> bool:
    """Whether a sheet alone would not be believed: short numbers are three or more, or the most of its values."""
    values = [one[kind] for one in people if one[kind] not in (None, "N/A", "-")]
    return values.count(SHORT) > 2 or 2 * values.count(SHORT) > len(values)


def check_rows(
    several: Understood, single: Understood, names: list[str], pages: list[tuple[list[list[object]], int]]
) -> None:
    def roles(found: Understood) -> dict[str, tuple[object, object]]:
        return {one.heading: (one.use, one.role) for one in found.mapping.columns if one.heading in HEADINGS}

    assert roles(single) == roles(several)
    places, listed, alone = several.export.places, list(several.rows), list(single.rows)
    standing = [(name, row) for name, (rows, header) in zip(names, pages, strict=True) for row in below(header, rows)]
    if len(pages) > 1:
        assert standing == [(place.sheet, place.row) for place in (places.of(row.row) for row in listed)]
    addresses = {sheet.name: sheet.in_addresses for sheet in places.sheets}
    numbers = {0: 0} | {one.row: other.row for one, other in zip(alone, listed, strict=True)}
    rows_alone, rows_listed = {row.row: row for row in alone}, {row.row: row for row in listed}
    for one, other in zip(alone, listed, strict=True):
        assert told(one) == told(other)
        stands = places.of(other.row)
        for address in addresses_of(other):
            assert address.startswith(addresses.get(stands.sheet, ""))
            assert address.endswith(str(stands.row))
        grouped_alone, grouped = single.keys.same_key(one), several.keys.same_key(other)
        assert (numbers[grouped_alone.first_row], [numbers[row] for row in grouped_alone.other_rows]) == (
            grouped.first_row,
            list(grouped.other_rows),
        )
        assert in_places(grouped_alone.outcome, numbers, places) == grouped.outcome
        if grouped.outcome is None and one.key is not None and not one.row_refusals:
            assert wanted(one, rows_alone, grouped_alone) == wanted(other, rows_listed, grouped)


def below(header: int, rows: list[list[object]]) -> range:
    return range(header + 1, len(rows) + 1)


def in_places(outcome: Outcome | None, numbers: dict[int, int], places: Places) -> Outcome | None:
    """An outcome on one sheet as the list words it, with the places of the rows that it names."""
    if outcome is None or not places.sheets:
        return outcome
    rows = [numbers[int(row)] for row in re.findall(r"\b\d+\b", outcome.reason.partition(" a")[0])]
    return replace(outcome, reason=Said(re.sub("^rows? [0-9, ]*[0-9]", places.name_all(rows), outcome.reason)))


def test_people_split_over_sheets_come_to_the_same_as_on_one() -> None:
    """Columns, rows, refusals, places, and the values of a person who stands on several sheets."""
    lists = sum(compare(seed) for seed in range(LISTS_OF_A_TEST))
    assert lists > LISTS_OF_A_TEST / 2


@pytest.mark.long
def test_many_lists_come_to_the_same_as_on_one_sheet() -> None:
    lists = sum(compare(seed) for seed in range(LISTS_OF_A_TEST, LISTS_OF_A_LONG_TEST))
    assert lists > LISTS_OF_A_LONG_TEST / 2
