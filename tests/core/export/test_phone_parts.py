"""A number split over columns: joined as it would have been typed, or refused by the cell at fault."""

from __future__ import annotations

import random

import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from shared.core.export.part_cells import PhoneParts, is_unspecified
from shared.core.export.phone_parts import read_joined_number
from shared.core.numbers.read_number import NumberRead, Regions, RegionSource
from shared.core.values.cell import Cell, CellKind, Refusal
from shared.core.values.slot import PhoneNumber, PhoneType

MOBILE, OFFICE = PhoneType.MOBILE, PhoneType.OFFICE
Value = str | int | None
"""Text, number, or None for no such column; "" = a blank cell."""


def _cell(column: str, value: Value) -> Cell | None:
    match value:
        case None:
            return None
        case "":
            return Cell(f"{column}17", CellKind.BLANK)
        case int():
            return Cell(f"{column}17", CellKind.INTEGER, str(value))
        case str():
            return Cell(f"{column}17", CellKind.TEXT, value)


def parts_of(
    number: Value, code: Value = None, area: Value = None, extension: Value = None, direct_dial: Value = None
) -> PhoneParts:
    cell = _cell("D", number)
    assert cell is not None
    return PhoneParts(cell, _cell("B", code), _cell("C", area), _cell("E", extension), _cell("F", direct_dial))


def join(
    parts: PhoneParts, region: str | None = None, phone_type: PhoneType = OFFICE, account: str | None = None
) -> NumberRead | Refusal | None:
    return read_joined_number(parts, phone_type, Regions(row=region, account=account))


BERLIN = PhoneNumber(49, "3023125678")


@pytest.mark.parametrize("code", ["49", "+49", "0049", "(49)", 49, "DE (+49)", "Germany (+49)", "DE"])
@pytest.mark.parametrize("area", ["030", "(030)", 30, "30", "0 30"])
@pytest.mark.parametrize("number", ["23125678", 23125678, "231 256 78", "2312-5678", "+49 30 23125678"])
@pytest.mark.parametrize("region", [None, "FR"])
def test_one_number_in_many_splits(code: Value, area: Value, number: Value, region: str | None) -> None:
    """Whatever the spelling of the parts, the number is the same, and it names its country itself."""
    assert join(parts_of(number, code, area), region) == NumberRead(BERLIN, None, RegionSource.NUMBER)


@pytest.mark.parametrize(
    ("parts", "region", "phone_type", "expected"),
    [
        (parts_of("23125678", area="030"), "DE", OFFICE, BERLIN),
        (parts_of(791234567, 41), "FR", MOBILE, PhoneNumber(41, "791234567")),
        (parts_of("612345678", "+33"), "NL", MOBILE, PhoneNumber(33, "612345678")),
        (parts_of(2345678, 49, 30), "DE", OFFICE, PhoneNumber(49, "302345678")),
        (parts_of("23125678", area="030", extension="12"), "DE", OFFICE, PhoneNumber(49, "3023125678", "12")),
        (parts_of("23125678", "49", "030", 12), None, OFFICE, PhoneNumber(49, "3023125678", "12")),
        (parts_of("23125678", "49", "030", "ext. 12"), None, OFFICE, PhoneNumber(49, "3023125678", "12")),
        (parts_of("23125678", "49", "030", "n/a"), None, OFFICE, BERLIN),
        (parts_of("23125678 x12", "49", "030", "12"), None, OFFICE, PhoneNumber(49, "3023125678", "12")),
        (parts_of("1234567", "+39", "06"), None, OFFICE, PhoneNumber(39, "061234567")),
        (parts_of("555-0123", "+1 (United States)", "(202)"), None, OFFICE, PhoneNumber(1, "2025550123")),
        (parts_of("322 1234", "1-242"), None, OFFICE, PhoneNumber(1, "2423221234")),
        (parts_of("242 322 1234", "1-242"), None, OFFICE, PhoneNumber(1, "2423221234")),
        (parts_of("7946 0123", "44", "020"), "US", OFFICE, PhoneNumber(44, "2079460123")),
        (parts_of("32 12 34 56", "+45", ""), None, OFFICE, PhoneNumber(45, "32123456")),
        (parts_of("0171 1234567", "+49"), None, MOBILE, PhoneNumber(49, "1711234567")),
        (parts_of("0171 1234567", ""), "DE", MOBILE, PhoneNumber(49, "1711234567")),
        (parts_of("+49 171 1234567", "49", ""), None, MOBILE, PhoneNumber(49, "1711234567")),
        (parts_of("0049 171 1234567", "49", ""), None, MOBILE, PhoneNumber(49, "1711234567")),
        (parts_of("1234567", "49", "0171"), None, MOBILE, PhoneNumber(49, "1711234567")),
    ],
)
def test_splits_of_real_systems(
    parts: PhoneParts, region: str | None, phone_type: PhoneType, expected: PhoneNumber
) -> None:
    """Parts are joined in the country of their calling code, else in the person's."""
    found = join(parts, region, phone_type)
    assert isinstance(found, NumberRead)
    assert expected == found.number


@pytest.mark.parametrize(
    ("parts", "code", "address"),
    [
        (parts_of("", "49", "030", "12"), "partsIncomplete", "D17"),
        (parts_of("n/a", "49", "030", "12"), "partsIncomplete", "D17"),
        (parts_of("23125678", "49", ""), "partsIncomplete", "C17"),
        (parts_of("23125678", "49", "-"), "partsIncomplete", "C17"),
        (parts_of("23125678", None, ""), "partsIncomplete", "C17"),
        (parts_of("5550123", "1", ""), "partsIncomplete", "C17"),
        (parts_of("23125678", "999", "030"), "partMalformed", "B17"),
        (parts_of("23125678", "DE (+41)", "030"), "partMalformed", "B17"),
        (parts_of("23125678", "49", "Berlin"), "partMalformed", "C17"),
        (parts_of("23125678", "49", "03012345"), "partMalformed", "C17"),
        (parts_of("23125678", "49", "0"), "partMalformed", "C17"),
        (parts_of("23125678", "49", 0), "partMalformed", "C17"),
        (parts_of("23125678", "49", "030", "reception"), "partMalformed", "E17"),
        (parts_of("+49 30 23125678", "41", "030"), "partsContradict", "B17"),
        (parts_of("+49 30 23125678", "49", "040"), "partsContradict", "C17"),
        (parts_of("0049 30 23125678", "41"), "partsContradict", "B17"),
        (parts_of("23125678 x12", "49", "030", "13"), "partsContradict", "E17"),
        (parts_of("call me 1", "49", "030"), "numberHasLetters", "D17"),
        (parts_of("1", "49", "030"), "numberNotValid", "D17"),
        (parts_of(1234567, 39, 6), "digitsLost", "C17"),
    ],
)
def test_a_refusal_names_the_part_at_fault(parts: PhoneParts, code: str, address: str) -> None:
    """A part that is blank, unreadable or contradicts the number refuses it; nothing is completed."""
    found = join(parts, "DE")
    assert isinstance(found, Refusal)
    assert (code, address) == (found.code, found.address)
    assert found.reason.startswith(f"{address}: ")


DIRECT = [
    (parts_of("030 23125", direct_dial="678"), BERLIN),
    (parts_of("030 23125", direct_dial="-678"), BERLIN),
    (parts_of("030 23125", direct_dial=-678), BERLIN),
    (parts_of("030 23125", direct_dial="DW 678"), BERLIN),
    (parts_of("030 23125", direct_dial="Durchwahl: 678"), BERLIN),
    (parts_of("030 23125", extension="DW 678"), BERLIN),
    (parts_of("030 23125-0", direct_dial=678), BERLIN),
    (parts_of("030/23125-0", direct_dial=678), BERLIN),
    (parts_of("+49 30 23125-0", direct_dial=678), BERLIN),
    (parts_of("+49 (0)30 23125-00", direct_dial=678), BERLIN),
    (parts_of("0049 30 23125 - 0", direct_dial=678), BERLIN),
    (parts_of("030-23125", direct_dial=678), BERLIN),
    (parts_of("+49-30-23125", direct_dial=678), BERLIN),
    (parts_of("030 23125-678", direct_dial=678), BERLIN),
    (parts_of("030 23125-678", direct_dial=""), BERLIN),
    (parts_of("030 23125-0", direct_dial=""), PhoneNumber(49, "30231250")),
    (parts_of("030 23125-0", direct_dial=0), PhoneNumber(49, "30231250")),
    (parts_of("23125-0", "49", "030", direct_dial=678), BERLIN),
    (parts_of("23125", "+49", 30, direct_dial=678), BERLIN),
    (parts_of("23125", None, "030", direct_dial="678"), BERLIN),
    (parts_of("030 23125-0 DW 678"), BERLIN),
    (parts_of("030 23125-0 Durchwahl 678", direct_dial=678), BERLIN),
    (parts_of("+43 1 58858-0", direct_dial="21600"), PhoneNumber(43, "15885821600")),
    (parts_of("+44 20 7946 0123", direct_dial="0123"), PhoneNumber(44, "2079460123")),
    (parts_of("+49 30 23125678", extension="12"), PhoneNumber(49, "3023125678", "12")),
    (parts_of("+49 30 23125-0 x678"), PhoneNumber(49, "30231250", "678")),
    (parts_of("+1 202 555 0123", extension="678"), PhoneNumber(1, "2025550123", "678")),
]
"""Direct-dial digits lengthen a number; an extension stands behind one."""


@pytest.mark.parametrize(("parts", "expected"), DIRECT)
def test_direct_dial_digits_are_the_end_of_the_number(parts: PhoneParts, expected: PhoneNumber) -> None:
    """They take the place of the central's zero, and are not written twice."""
    found = join(parts, "DE")
    assert isinstance(found, NumberRead), found
    assert expected == found.number


@pytest.mark.parametrize(
    ("parts", "code", "address"),
    [
        (parts_of("030 23125", direct_dial=""), "partsIncomplete", "F17"),
        (parts_of("089-23125", direct_dial=""), "partsIncomplete", "F17"),
        (parts_of("030 23125", direct_dial="x678"), "partMalformed", "F17"),
        (parts_of("030 23125", direct_dial="see list"), "partMalformed", "F17"),
        (parts_of("030 23125678", direct_dial="678"), "numberAmbiguous", "D17"),
        (parts_of("030 23125678", direct_dial="679"), "numberAmbiguous", "D17"),
        (parts_of("030 231250", direct_dial="678"), "numberAmbiguous", "D17"),
        (parts_of("030 23125-678", direct_dial="679"), "numberAmbiguous", "D17"),
        (parts_of("030 23125 DW 678", direct_dial="679"), "partsContradict", "F17"),
        (parts_of("+44 20 7946 0000", direct_dial="123"), "numberNotValid", "D17"),
        (parts_of("030 23125", extension="678"), "numberAmbiguous", "D17"),
        (parts_of("030 23125-0", extension="678"), "numberAmbiguous", "D17"),
        (parts_of("+43 1 58858", extension="216"), "numberAmbiguous", "D17"),
    ],
)
def test_what_may_be_two_numbers_is_refused(parts: PhoneParts, code: str, address: str) -> None:
    """A stem is no number, a number that may hold the digits already is ambiguous, and so is a short extension."""
    found = join(parts, "DE")
    assert isinstance(found, Refusal), found
    assert (code, address) == (found.code, found.address)


@pytest.mark.parametrize("account", [None, "DE"])
def test_a_blank_calling_code_is_not_completed(account: str | None) -> None:
    """Only the file says whose number it is: by the row's country, or by the number itself."""
    blank = parts_of("0171 1234567", "")
    found = read_joined_number(blank, MOBILE, Regions(account=account, file="DE", app="DE"))
    assert isinstance(found, Refusal)
    assert ("partsIncomplete", "B17") == (found.code, found.address)
    for sure in (join(blank, "DE", MOBILE), join(parts_of("+49 171 1234567", ""), None, MOBILE)):
        assert isinstance(sure, NumberRead)
        assert PhoneNumber(49, "1711234567") == sure.number


def test_only_an_office_number_takes_the_extension() -> None:
    """The cell of the extension is named."""
    found = join(parts_of("1234567", "49", "0171", "12"), None, MOBILE)
    assert isinstance(found, Refusal)
    assert ("extensionOfficeOnly", "E17") == (found.code, found.address)


@pytest.mark.parametrize(
    "parts", [parts_of("", "49", "030", ""), parts_of("", "49"), parts_of("-", "", "030", "n/a"), parts_of(0, 49, 30)]
)
def test_codes_alone_say_nothing(parts: PhoneParts) -> None:
    """A calling code and an area code are filled in for everybody."""
    assert is_unspecified(parts)
    assert join(parts, "DE") is None


def test_all_valid_readings_stay_candidates() -> None:
    """A number that may repeat its calling code or its area code has two readings."""
    repeats_code = join(parts_of("62812345678", "62"), None, OFFICE)
    repeats_area = join(parts_of("30231256", None, "30"), "DE", OFFICE)
    assert isinstance(repeats_code, Refusal)
    assert isinstance(repeats_area, Refusal)
    assert ("numberAmbiguous", "numberAmbiguous") == (repeats_code.code, repeats_area.code)


def test_without_a_calling_code_two_countries_may_disagree() -> None:
    """The area code is national, so the countries of row and account both count."""
    found = join(parts_of("1234567", None, "079"), "FR", MOBILE, account="CH")
    assert isinstance(found, Refusal)


@pytest.mark.parametrize("line", [PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE])
def test_no_wrong_number_over_all_regions_and_splits(line: int) -> None:
    """In every region, each split comes back as the number itself or not at all, and never with more digits."""
    rng, phone_type = random.Random(1), MOBILE if line == PhoneNumberType.MOBILE else OFFICE
    regions = sorted(phonenumbers.SUPPORTED_REGIONS)
    right = refused = 0
    wrong: list[str] = []
    for region in regions:
        example = phonenumbers.example_number_for_type(region, line)
        if example is None:
            continue
        code, national = example.country_code or 0, phonenumbers.national_significant_number(example)
        dialled = "".join(filter(str.isdigit, phonenumbers.format_number(example, PhoneNumberFormat.NATIONAL)))
        for whole in (national, dialled):
            for length in (0, 1, 2, 3, 4):
                area, local = whole[:length], whole[length:]
                if not local:
                    continue
                elsewhere = rng.choice(regions)
                splits: list[tuple[PhoneParts, str]] = [
                    (parts_of(local, str(code), area or None), elsewhere),
                    (parts_of(local, f"+{code}", f"({area})" if area else None), elsewhere),
                    (parts_of(local, None, area or None), region),
                    (parts_of(whole, str(code), area or None), elsewhere),
                ]
                if not area or not local.startswith("0"):
                    splits.append((parts_of(int(local), code, int(area) if area.strip("0") else None), elsewhere))
                for parts, known in splits:
                    found = join(parts, known, phone_type)
                    if not isinstance(found, NumberRead):
                        refused += 1
                    elif found.number.digits == f"{code}{national}":
                        right += 1
                    else:
                        wrong.append(f"{region} {parts.number.text} {area} {code} {known}")
    assert [] == wrong
    print(f"\n{phone_type}: {right / (right + refused):.1%} of {right + refused} joined")  # noqa: T201
    assert right / (right + refused) > 0.8
