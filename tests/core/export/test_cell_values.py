"""The cells of a row that are not phone numbers: keys, removal, yes or no, e-mail addresses, countries."""

from __future__ import annotations

import phonenumbers
import pytest

from shared.core.export.country import read_country, regions_by_name
from shared.core.export.desired import REMOVE_WORDS, is_remove, read_email
from shared.core.export.key_cell import read_key
from shared.core.export.yes_no import NO_WORDS, YES_WORDS, read_yes_no
from shared.core.person.account import KeyKind, PersonKey
from shared.core.values.cell import Cell, CellKind, Refusal, is_empty
from tools.country_names import ALIASES

TEXT, INTEGER, FLOAT = CellKind.TEXT, CellKind.INTEGER, CellKind.FLOAT
OBJECT_ID = "3F2504E0-4f89-41d3-9a0c-0305e82c3301"


def text_cell(text: str) -> Cell:
    return Cell("A17", TEXT, text)


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        (KeyKind.OBJECT_ID, text_cell(f" {OBJECT_ID}\u00a0"), OBJECT_ID),
        (KeyKind.OBJECT_ID, text_cell(f"{{{OBJECT_ID}}}"), OBJECT_ID),
        (KeyKind.USER_PRINCIPAL_NAME, text_cell("jan@contoso.example"), "jan@contoso.example"),
        (KeyKind.USER_PRINCIPAL_NAME, text_cell("m.o'brien@contoso.example"), "m.o'brien@contoso.example"),
        (
            KeyKind.USER_PRINCIPAL_NAME,
            text_cell("jan_example.com#EXT#@contoso.example"),
            "jan_example.com#EXT#@contoso.example",
        ),
        (KeyKind.MAIL, text_cell("\u200ejan@contoso.example"), "jan@contoso.example"),
        (KeyKind.EMPLOYEE_ID, text_cell("E-0042"), "E-0042"),
        (KeyKind.EMPLOYEE_ID, Cell("A17", INTEGER, "42"), "42"),
        (KeyKind.EMPLOYEE_ID, Cell("A17", FLOAT, "42.0"), "42"),
        (KeyKind.EMPLOYEE_ID, Cell("A17", INTEGER, "42", "00000"), "00042"),
        (KeyKind.EMPLOYEE_ID, Cell("A17", INTEGER, "42", '"E-"0000'), "E-0042"),
        (KeyKind.EMPLOYEE_ID, Cell("A17", TEXT, "0042", '"E-"@'), "E-0042"),
        (KeyKind.EMPLOYEE_ID, Cell("A17", TEXT, "0042", ";;;"), "0042"),
        (KeyKind.EMPLOYEE_ID, Cell("A17", INTEGER, "1234", "#,##0"), "1234"),
        (KeyKind.EMPLOYEE_ID, Cell("A17", INTEGER, "1234", "0.00"), "1234"),
        (KeyKind.EMPLOYEE_ID, text_cell("3E05"), "3E05"),
        (KeyKind.EMPLOYEE_ID, text_cell("1-2"), "1-2"),
    ],
)
def test_keys_are_taken_as_a_person_sees_them(kind: KeyKind, cell: Cell, value: str) -> None:
    """A key loses what cannot be seen and keeps the zeros that its format shows."""
    assert read_key(cell, kind) == PersonKey(kind, value)


@pytest.mark.parametrize(
    ("kind", "cell", "reason"),
    [
        (KeyKind.OBJECT_ID, text_cell("jan@contoso.example"), "holds no object id"),
        (KeyKind.OBJECT_ID, text_cell(OBJECT_ID.replace("-", "")), "holds no object id"),
        (KeyKind.USER_PRINCIPAL_NAME, text_cell("jan"), "holds no user principal name"),
        (KeyKind.USER_PRINCIPAL_NAME, text_cell("jan@contoso.example; piet@contoso.example"), "user principal name"),
        (KeyKind.MAIL, text_cell("a@b"), "holds no e-mail address"),
        (KeyKind.EMPLOYEE_ID, text_cell("4\x002"), "holds no employee id"),
        (KeyKind.EMPLOYEE_ID, text_cell("4" * 321), "holds no employee id"),
        (KeyKind.EMPLOYEE_ID, Cell("A17", FLOAT, "42.5"), "a number that is no key"),
        (KeyKind.EMPLOYEE_ID, Cell("A17", CellKind.FORMULA), "a formula without a stored result"),
        (KeyKind.EMPLOYEE_ID, Cell("A17", CellKind.ERROR, "#N/A"), "an Excel error"),
        (KeyKind.EMPLOYEE_ID, Cell("A17", CellKind.BOOLEAN, "true"), "true or false"),
    ],
)
def test_a_key_of_another_form_is_refused(kind: KeyKind, cell: Cell, reason: str) -> None:
    """A cell that cannot be the key its column promises is refused, without telling its content."""
    found = read_key(cell, kind)
    assert isinstance(found, Refusal)
    assert "keyMalformed" == found.code
    assert found.reason.startswith("A17: the person's cell holds ")
    assert found.reason.endswith(reason)


@pytest.mark.parametrize(
    ("cell", "form"),
    [
        (Cell("A17", INTEGER, "300000", "0.00E+00"), "scientific notation"),
        (Cell("A17", INTEGER, "300000", "##0.0E+0"), "scientific notation"),
        (Cell("A17", TEXT, "3.00E+05"), "scientific notation"),
        (Cell("A17", TEXT, "3,00E+05"), "scientific notation"),
        (Cell("A17", INTEGER, "5", "0%"), "a percentage"),
        (Cell("A17", INTEGER, "5", "# ?/?"), "a fraction"),
        (Cell("A17", INTEGER, "5", "[$\u20ac-407] #,##0.00"), "an amount of money"),
        (Cell("A17", INTEGER, "5", "$#,##0"), "an amount of money"),
        (Cell("A17", INTEGER, "46024", "d-mmm"), "a date"),
        (Cell("A17", INTEGER, "46024", "[h]:mm"), "a date"),
        (Cell("A17", CellKind.DATE, "2026-11-21"), "a date"),
        (Cell("A17", INTEGER, "5", "Id 0"), "a number whose format does not show it plainly"),
        (Cell("A17", INTEGER, "5", ";;;"), "a number whose format does not show it plainly"),
    ],
)
def test_a_key_that_a_program_converted_is_refused(cell: Cell, form: str) -> None:
    """An id such as 3E05 or 1-2 becomes a number or a date in Excel, and the number may be another person's id."""
    found = read_key(cell, KeyKind.EMPLOYEE_ID)
    assert isinstance(found, Refusal)
    assert ("keyConverted", "A17") == (found.code, found.address)
    assert f"A17: the person's cell holds {form}, so a program may have changed the key" == found.reason


@pytest.mark.parametrize("word", [*REMOVE_WORDS.split(","), "REMOVE", "Löschen ", "usun", "'remove", "ta-bort"])
def test_the_word_for_a_removal(word: str) -> None:
    """The word is understood in every language of the headers, whatever its case and accents."""
    assert is_remove(text_cell(word))


@pytest.mark.parametrize("text", ["", "-", "none", "0", "n/a", "removed", "please remove"])
def test_nothing_else_removes(text: str) -> None:
    """Blanks, dashes and sentences take nothing away."""
    assert not is_remove(text_cell(text))
    assert not is_remove(Cell("A17", CellKind.BOOLEAN, text))


@pytest.mark.parametrize(
    ("cell", "empty"),
    [
        (Cell("A17", CellKind.BLANK), True),
        (text_cell(""), True),
        (text_cell(" \u00a0\u200b"), True),
        (text_cell("'"), True),
        (text_cell("-"), False),
        (Cell("A17", INTEGER, "0"), False),
        (Cell("A17", CellKind.FORMULA), False),
    ],
)
def test_blank_is_what_nobody_can_see(cell: Cell, empty: bool) -> None:  # noqa: FBT001 - a table's column
    """Spaces and invisible characters are no opinion; a dash, a zero and an uncalculated formula are not nothing."""
    assert is_empty(cell) == empty


@pytest.mark.parametrize(
    ("cell", "answer"),
    [
        *((text_cell(word), True) for word in YES_WORDS.split(",")),
        *((text_cell(word), False) for word in NO_WORDS.split(",")),
        (text_cell("JA"), True),
        (text_cell("NÃO"), False),
        (Cell("A17", CellKind.BOOLEAN, "true"), True),
        (Cell("A17", CellKind.BOOLEAN, "FALSE"), False),
        (Cell("A17", INTEGER, "1"), True),
        (Cell("A17", INTEGER, "0"), False),
    ],
)
def test_yes_and_no(cell: Cell, answer: bool) -> None:  # noqa: FBT001 - a table's column
    """Words of eleven languages, booleans, 1 and 0."""
    assert read_yes_no(cell) is answer


@pytest.mark.parametrize("cell", [text_cell("maybe"), Cell("A17", INTEGER, "2"), Cell("A17", CellKind.DATE, "1")])
def test_neither_yes_nor_no(cell: Cell) -> None:
    """Anything else is refused."""
    found = read_yes_no(cell)
    assert isinstance(found, Refusal)
    assert "yesNoInvalid" == found.code


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("jan@example.com", "jan@example.com"),
        (" mailto:jan@example.com\u00a0", "jan@example.com"),
        ("jan@example", None),
        ("jan@example.com; piet@example.com", None),
        ("Jan <jan@example.com>", None),
        ("0612345678", None),
    ],
)
def test_email_addresses_by_their_shape(text: str, address: str | None) -> None:
    """One bare address, or a refusal."""
    found = read_email(text_cell(text))
    assert (found if isinstance(found, str) else None) == address


@pytest.mark.parametrize(
    ("name", "region"),
    [
        ("NL", "NL"),
        ("nl", "NL"),
        ("NLD", "NL"),
        ("The Netherlands", "NL"),
        ("Niederlande", "NL"),
        ("Pays-Bas", "NL"),
        ("Países Bajos", "NL"),
        ("Paesi Bassi", "NL"),
        ("Nederland", "NL"),
        ("Países Baixos", "NL"),
        ("Holandia", "NL"),
        ("Nederländerna", "NL"),
        ("UK", "GB"),
        ("England", "GB"),
        ("U.S.A.", "US"),
        ("Österreich", "AT"),
        ("OESTERREICH", "AT"),
        ("Côte d’Ivoire", "CI"),  # noqa: RUF001 - a typographic apostrophe is the case
        ("Kosovo", "XK"),
    ],
)
def test_countries_by_code_and_name(name: str, region: str) -> None:
    """Two letters, three letters, or the name in any of the languages."""
    assert read_country(text_cell(name)) == region


@pytest.mark.parametrize("cell", [text_cell("Atlantis"), text_cell("31"), text_cell("+31"), Cell("A17", INTEGER, "31")])
def test_unknown_countries_are_refused(cell: Cell) -> None:
    """A dialling code or an unknown name is no country."""
    found = read_country(cell)
    assert isinstance(found, Refusal)
    assert "countryUnknown" == found.code


def test_every_region_with_numbers_has_its_codes() -> None:
    """Each region of the numbering plans is known by two letters, three letters and a name."""
    regions = regions_by_name()
    assert set(phonenumbers.SUPPORTED_REGIONS) == set(regions.values())
    assert all(regions[region.lower()] == region for region in phonenumbers.SUPPORTED_REGIONS)


@pytest.mark.parametrize(
    ("name", "region"), [(name.strip(), region) for region, names in ALIASES.items() for name in names.split(",")]
)
def test_usual_names_outside_cldr_are_understood(name: str, region: str) -> None:
    """The aliases that are listed by hand."""
    assert region == read_country(text_cell(name))


def test_a_name_of_two_regions_is_refused() -> None:
    """In German and the Nordic languages, "Kongo" is a name of both Congos."""
    found = read_country(text_cell("Kongo"))
    assert isinstance(found, Refusal)
    assert "countryUnknown" == found.code
