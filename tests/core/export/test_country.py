"""Calling codes and countries in one kind of cell."""

from __future__ import annotations

import pytest

from shared.core.export.country import calling_code_digits, read_country
from shared.core.numbers.numbering_plan import leading_country_code
from shared.core.values.cell import Cell, CellKind, Refusal

TEXT, INTEGER, FLOAT = CellKind.TEXT, CellKind.INTEGER, CellKind.FLOAT


def calling_code_of(cell: Cell) -> int | None:
    """The calling code without the digits of a smaller country behind it."""
    digits = calling_code_digits(cell)
    return None if digits is None else leading_country_code(digits)


def country_or_calling_code(cell: Cell) -> str | int | None:
    """What a cell below `Country code` says: digits are a calling code, a name or letters a country."""
    if any(map(str.isdigit, cell.text)):
        return calling_code_of(cell)
    country = read_country(cell)
    return None if isinstance(country, Refusal) else country


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        *(
            (Cell("B2", TEXT, text), 49)
            for text in (
                *("49", "+49", "0049", "(49)", "(+49)", "+ 49".replace(" ", ""), " +49 ", "'+49", "\uff0b\uff14\uff19"),
                *("DE (+49)", "Germany (+49)", "+49 (Germany)", "+49 DE", "DE +49", "49 - Germany", "Deutschland / 49"),
                *("Germany - DE (+49)", "DE", "DEU", "Germany", "Deutschland", "(0049) DE", "DE/49", "DE|+49"),
            )
        ),
        (Cell("B2", INTEGER, "49"), 49),
        (Cell("B2", FLOAT, "49.0"), 49),
        (Cell("B2", INTEGER, "49", '"+"0'), 49),
        (Cell("B2", INTEGER, "49", "0000"), 49),
        (Cell("B2", TEXT, "+1 (United States)"), 1),
        (Cell("B2", TEXT, "1-242"), 1),
        (Cell("B2", TEXT, "Bahamas (+1 242)"), 1),
        (Cell("B2", TEXT, "+1-242"), 1),
        (Cell("B2", TEXT, "+7"), 7),
        (Cell("B2", TEXT, "Kazakhstan +7"), 7),
        (Cell("B2", TEXT, "Canada (+1)"), 1),
        (Cell("B2", TEXT, "United Kingdom (+44)"), 44),
        (Cell("B2", TEXT, "C\u00f4te d'Ivoire (+225)"), 225),
    ],
)
def test_calling_codes_in_every_spelling(cell: Cell, code: int) -> None:
    """A code alone, with a plus, zeros or brackets, and with its country before or behind it."""
    assert code == calling_code_of(cell)


@pytest.mark.parametrize(
    "cell",
    [
        *(
            Cell("B2", TEXT, text)
            for text in (
                *("", "-", "999", "+999", "049", "493", "4930", "+49 30", "49,41", "49/41", "DE (+41)", "DE AT (+49)"),
                *("Atlantis (+49)", "Atlantis", "+49 main office", "20 2", "0", "00", "1-24", "2-242", "4 9"),
            )
        ),
        Cell("B2", INTEGER, "0"),
        Cell("B2", INTEGER, "-49"),
        Cell("B2", FLOAT, "49.5"),
        Cell("B2", INTEGER, "49", "0%"),
        Cell("B2", CellKind.ERROR, "#N/A"),
        Cell("B2", CellKind.BOOLEAN, "TRUE"),
        Cell("B2", CellKind.BLANK),
    ],
)
def test_what_is_no_calling_code(cell: Cell) -> None:
    """Unknown codes, two codes, other digits, and a country with another code."""
    assert calling_code_of(cell) is None


def test_a_shared_code_keeps_the_digits_of_its_country() -> None:
    """The Bahamas are +1 242."""
    assert "1242" == calling_code_digits(Cell("B2", TEXT, "1-242"))
    assert "49" == calling_code_digits(Cell("B2", TEXT, "+49"))


@pytest.mark.parametrize(
    ("text", "read"), [("49", 49), ("+49", 49), ("DE", "DE"), ("Germany", "DE"), ("DE (+49)", 49), ("Atlantis", None)]
)
def test_digits_decide_between_a_country_and_its_code(text: str, read: str | int | None) -> None:
    """A column called country code may hold either."""
    assert read == country_or_calling_code(Cell("B2", TEXT, text))


def test_a_placeholder_is_no_country() -> None:
    """NA is Namibia, and N/A is nothing."""
    assert "NA" == country_or_calling_code(Cell("B2", TEXT, "NA"))
    assert country_or_calling_code(Cell("B2", TEXT, "N/A")) is None
    assert calling_code_of(Cell("B2", TEXT, "N/A")) is None
