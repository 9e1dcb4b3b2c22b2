"""How a phone cell is read: what is accepted, what is refused with which code, and what never shows."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.core.numbers.line_types import ACCEPTED_LINES
from shared.core.numbers.read_number import NumberRead, Regions, RegionSource, read_number
from shared.core.values.cell import Cell, CellKind, Refusal
from shared.core.values.codes import CODES
from shared.core.values.slot import PhoneNumber, PhoneType

MOBILE, ALTERNATE, OFFICE = PhoneType.MOBILE, PhoneType.ALTERNATE_MOBILE, PhoneType.OFFICE
TEXT, INTEGER, FLOAT = CellKind.TEXT, CellKind.INTEGER, CellKind.FLOAT
NL_MOBILE = PhoneNumber(31, "612345678")
US_NUMBER = PhoneNumber(1, "2025550123")


def read(
    text: str,
    region: str | None = "NL",
    *,
    kind: CellKind = TEXT,
    number_format: str = "General",
    phone_type: PhoneType = MOBILE,
) -> NumberRead | Refusal:
    return read_number(Cell("C17", kind, text, number_format), phone_type, Regions(row=region))


def number_of(found: NumberRead | Refusal) -> PhoneNumber | str:
    return found.number if isinstance(found, NumberRead) else found.code


def suggested_by(refusal: Refusal) -> set[tuple[int, str]]:
    return {(each.country_code, each.national) for each in refusal.candidates if isinstance(each, PhoneNumber)}


@pytest.mark.parametrize(
    "text",
    [
        "+31612345678",
        "+31 6 12345678",
        "+ 31 6 12 34 56 78",
        "+31 (0)6 12345678",
        "+31(0)612345678",
        "+31 [0] 6 12345678",
        "+31 0 612345678",
        "+310612345678",
        "(+31) 6 12345678",
        "(+31)(0)6 12345678",
        "+(31) 6 12345678",
        "++31612345678",
        "0031612345678",
        "00 31 (0)6 12345678",
        "0612345678",
        "06 12 34 56 78",
        "06-12345678",
        "06.12.34.56.78",
        "06/12345678",
        "(06) 12345678",
        "(0)6 12345678",
        "612345678",
        "31612345678",
        "31 6 12345678",
        "tel:+31612345678",
        "TEL: 06-12345678",
        "'+31612345678",
        "’0612345678",  # noqa: RUF001 - a pasted apostrophe is the case
        '="0612345678"',
        '"0612345678"',
        "\u00a0+31\u00a06\u202f12345678 ",
        "\u202a+31612345678\u202c",
        "\u200e+31612345678\ufeff",
        "＋３１６１２３４５６７８",  # noqa: RUF001 - full-width characters are the case
        "+31\t6\t12345678",
        "٠٦١٢٣٤٥٦٧٨",
        "06 12–34–56–78",  # noqa: RUF001 - an en dash is the case
        "612345678.0",
        "612345678,00",
        "3.1612345678E+10",
        "3,1612345678E+10",
    ],
)
def test_one_number_in_many_spellings(text: str) -> None:
    """Whatever people and programs do to the spelling, the number is the same."""
    assert NL_MOBILE == number_of(read(text))


@pytest.mark.parametrize(
    ("text", "number_format"),
    [
        ("31612345678", "General"),
        ("612345678", "General"),
        ("31612345678", "0"),
        ("31612345678", '"+"0'),
        ("31612345678", "+0"),
        ("31612345678", "\\+##"),
        ("612345678", '"+31 "0'),
        ("612345678", "0000000000"),
        ("612345678", '0#" "##" "##" "##" "##'),
        ("612345678", "00\\-00000000"),
        ("31612345678", "0.00E+00"),
        ("31612345678", "#,##0"),
        ("31612345678", "0000000000000"),
        ("612345678", "[$+31]0"),
        ("612345678", "+31 0 00000000"),
        ("612345678", "[$+31-413] 0"),
        ("31612345678", '"+"General'),
        ("31612345678", "+0;-0;0"),
        ("31612345678", "[$-409]0"),
    ],
)
@pytest.mark.parametrize("kind", [INTEGER, FLOAT])
def test_stored_as_a_number(text: str, number_format: str, kind: CellKind) -> None:
    """A number that Excel took for a quantity is recovered, with its format as evidence."""
    stored = f"{float(text):.15E}" if kind is FLOAT else text
    assert NL_MOBILE == number_of(read(stored, kind=kind, number_format=number_format))


def test_a_plus_in_the_format_proves_the_country() -> None:
    """What looks ambiguous without a plus is certain when the format shows one."""
    digits = "4915123456789"
    assert "numberAmbiguous" == number_of(read(digits, "DE", kind=INTEGER))
    assert PhoneNumber(49, "15123456789") == number_of(read(digits, "DE", kind=INTEGER, number_format='"+"0'))


def test_a_plus_in_the_format_is_not_overruled() -> None:
    """A national number shown with a plus is what a person saw: no number."""
    assert "numberNotValid" == number_of(read("612345678", kind=INTEGER, number_format='"+"0'))


@pytest.mark.parametrize(
    ("text", "number_format", "expected"),
    [
        ("3023125678", "[$+49]0", PhoneNumber(49, "3023125678")),
        ("2025550123", "+1 (000) 000-0000", US_NUMBER),
        ("101234567", "+31 0 00000000", PhoneNumber(31, "101234567")),
        ("612345678", ";;;", "numberFormatUnclear"),
        ("612345678", '"none"', "numberFormatUnclear"),
        ("612345678", "+#,##0", "numberFormatUnclear"),
        ("612345678", '"+31"0.00', "numberFormatUnclear"),
        ("612345678", "0%", "numberFormatUnclear"),
        ("612345678", "0000/00000", "numberFormatUnclear"),
        ("612345678", "[DBNum1]0", "numberFormatUnclear"),
        ("612345678", "yyyy-mm-dd", "numberFormatUnclear"),
        ("612345678", "ggge", "numberFormatUnclear"),
        ("612345678", "[<100]0;dd.mm.yyyy", "numberFormatUnclear"),
        ("612345678", '"Fax "0', "numberHasLetters"),
        ("612345678", '"+33 "0', PhoneNumber(33, "612345678")),
    ],
)
def test_a_format_outweighs_the_region(text: str, number_format: str, expected: PhoneNumber | str) -> None:
    """What the format shows is what the person saw; a format that shows something else is a refusal."""
    found = read(text, "NL", kind=INTEGER, number_format=number_format, phone_type=OFFICE)
    assert expected == number_of(found)


@pytest.mark.parametrize(
    ("number_format", "text", "expected"),
    [
        ('"+"@', "33612345678", PhoneNumber(33, "612345678")),
        ('0;0;0;"+31 "@', "612345678", NL_MOBILE),
        ("_-@_-", "0612345678", NL_MOBILE),
        (";;;", "0612345678", "numberFormatUnclear"),
    ],
)
def test_a_text_is_read_as_its_format_shows_it(number_format: str, text: str, expected: PhoneNumber | str) -> None:
    """The text section of a format can add a plus, or hide the text."""
    assert expected == number_of(read(text, "NL", number_format=number_format))


@pytest.mark.parametrize(
    ("text", "kind", "code"),
    [
        ("", CellKind.FORMULA, "formulaNotCalculated"),
        ("#N/A", CellKind.ERROR, "cellIsError"),
        ("true", CellKind.BOOLEAN, "cellIsBoolean"),
        ("2026-11-21", CellKind.DATE, "cellIsDate"),
        ("-", TEXT, "numberMissing"),
        ("n/a", TEXT, "numberMissing"),
        ("06 FLOWERS 1", TEXT, "numberHasLetters"),
        ("+31 6 1234567B", TEXT, "numberHasLetters"),
        ("mobile 0612345678", TEXT, "numberHasLetters"),
        ("+31 6 XXXXXX78", TEXT, "numberHasLetters"),
        ("+31 6 ******78", TEXT, "numberMalformed"),
        ("*31#0612345678", TEXT, "numberMalformed"),
        ("-0612345678", TEXT, "numberMalformed"),
        ("0612345678²", TEXT, "numberMalformed"),
        ("0612345678.0", TEXT, "numberMalformed"),
        ("+31612345678.0", TEXT, "numberMalformed"),
        ("612345678.5", TEXT, "numberMalformed"),
        ("-612345678", INTEGER, "numberMalformed"),
        ("612345678.5", FLOAT, "numberMalformed"),
        ("nan", FLOAT, "numberMalformed"),
        ("1E+400", FLOAT, "numberMalformed"),
        ("3.16E+10", TEXT, "digitsLost"),
        ("3,16E+10", TEXT, "digitsLost"),
        ("6.12345E8", TEXT, "digitsLost"),
        ("31600000000", INTEGER, "digitsLost"),
        ("491512000000", INTEGER, "digitsLost"),
        ("3.16E+10", FLOAT, "digitsLost"),
        ("31600000000", TEXT, "digitsLost"),
        ("1.234567890123457E+17", FLOAT, "digitsLost"),
        ("1234567890123456", INTEGER, "digitsLost"),
        ("0612345678 / 0687654321", TEXT, "severalNumbers"),
        ("0612345678; 0687654321", TEXT, "severalNumbers"),
        ("0612345678, 0687654321", TEXT, "severalNumbers"),
        ("0612345678\n0687654321", TEXT, "severalNumbers"),
        ("0612345678 0687654321", TEXT, "severalNumbers"),
        ("+31612345678 +31687654321", TEXT, "severalNumbers"),
        ("0612345678/9", TEXT, "severalNumbers"),
        ("06/12/34/56/78", TEXT, "severalNumbers"),
        ("061234567", TEXT, "numberNotValid"),
        ("+0612345678", TEXT, "numberNotValid"),
        ("+999 12345678", TEXT, "numberNotValid"),
        ("112", TEXT, "numberNotValid"),
        ("0", INTEGER, "numberNotValid"),
        ("7" * 101, TEXT, "cellTooLong"),
    ],
)
def test_what_is_no_number_is_refused_by_name(text: str, kind: CellKind, code: str) -> None:
    """Nothing else is squeezed into a number; each refusal says what is wrong."""
    assert number_of(read(text, kind=kind)) == code


def test_a_blank_cell_is_no_number_at_all() -> None:
    """Blank means no opinion; asking for its number is a mistake of the caller."""
    with pytest.raises(ValueError, match="C17"):
        read("", kind=CellKind.BLANK)


@pytest.mark.parametrize(
    ("text", "region", "kind", "phone_type", "candidates"),
    [
        ("4915123456789", "DE", INTEGER, MOBILE, {(49, "15123456789"), (49, "4915123456789")}),
        ("62812345678", "ID", TEXT, MOBILE, {(62, "812345678"), (62, "62812345678")}),
        ("2015550123", "US", TEXT, MOBILE, {(1, "2015550123"), (20, "15550123")}),
        ("3123456789", "IT", INTEGER, MOBILE, {(39, "3123456789"), (39, "03123456789")}),
        ("+39 (0)312 3456789", "IT", TEXT, OFFICE, {(39, "3123456789"), (39, "03123456789")}),
        ("670 234 5678", "MP", TEXT, MOBILE, {(1, "6702345678"), (670, "2345678")}),
    ],
)
def test_two_valid_readings_are_refused_with_both(
    text: str, region: str, kind: CellKind, phone_type: PhoneType, candidates: set[tuple[int, str]]
) -> None:
    """Where two numbers fit, none is chosen and both are shown in the workbook."""
    found = read(text, region, kind=kind, phone_type=phone_type)
    assert isinstance(found, Refusal)
    assert "numberAmbiguous" == found.code
    assert suggested_by(found) == candidates


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("(201) 555-0123", "US", PhoneNumber(1, "2015550123")),
        ("201-555-0123", "US", PhoneNumber(1, "2015550123")),
        ("131 2345 6789", "CN", PhoneNumber(86, "13123456789")),
        ("49 1512 3456789", "DE", PhoneNumber(49, "15123456789")),
    ],
)
def test_typed_groups_tell_readings_apart(text: str, region: str, expected: PhoneNumber) -> None:
    """Digits grouped as only one of the readings is usually written are that reading."""
    assert expected == number_of(read(text, region))


def test_groups_made_by_a_format_prove_nothing() -> None:
    """A format groups the digits of every number in its column alike, right or wrong."""
    found = read("2015550123", "US", kind=INTEGER, number_format="[<=9999999]###-####;(###) ###-####")
    assert "numberAmbiguous" == number_of(found)


def test_another_countrys_number_without_its_plus_is_only_suggested() -> None:
    """A national number under a wrong region looks the same, so it is refused with the suggestion."""
    found = read("4915123456789", "NL", kind=INTEGER)
    assert isinstance(found, Refusal)
    assert ("plusMissing", (PhoneNumber(49, "15123456789"),)) == (found.code, found.candidates)


@pytest.mark.parametrize("region", [None, "AQ"])
def test_without_a_region_only_international_spellings_count(region: str | None) -> None:
    """With no country known, or one without telephones, a number must name its country."""
    assert "regionMissing" == number_of(read("0612345678", region))
    assert "regionMissing" == number_of(read("31612345678", region))
    assert "numberNotValid" == number_of(read("+31 612", region))
    assert NL_MOBILE == number_of(read("0031612345678", region))
    assert NL_MOBILE == number_of(read("+31612345678", region))


@pytest.mark.parametrize(
    ("regions", "source"),
    [
        (Regions(row="NL", account="US", file="FR", app="DE"), RegionSource.ROW),
        (Regions(account="NL", file="FR", app="US"), RegionSource.ACCOUNT),
        (Regions(file="NL", app="US"), RegionSource.FILE),
        (Regions(row="", app="nl"), RegionSource.APP),
    ],
)
def test_the_nearest_region_wins_and_is_recorded(regions: Regions, source: RegionSource) -> None:
    """Row before account before file before app, and the result says which it was."""
    found = read_number(Cell("C17", TEXT, "0612345678"), MOBILE, regions)
    assert found == NumberRead(NL_MOBILE, "NL", source)


@pytest.mark.parametrize(
    ("text", "row", "account", "expected"),
    [
        ("079 123 45 67", "FR", "CH", {(33, "791234567"), (41, "791234567")}),
        ("06 12 34 56 78", "FR", "NL", {(33, "612345678"), (31, "612345678")}),
        ("0612345678", "NL", "FR", {(33, "612345678"), (31, "612345678")}),
        ("612345678", "NL", "FR", {(33, "612345678"), (31, "612345678")}),
        ("0612345678", "NL", "DE", {(31, "612345678"), (49, "612345678")}),
        ("0612345678", "NL", "US", NL_MOBILE),
        ("0612345678", "NL", "NL", NL_MOBILE),
        ("0612345678", "NL", "nl", NL_MOBILE),
        ("0612345678", "NL", "", NL_MOBILE),
        ("0612345678", "NL", "AQ", NL_MOBILE),
        ("+31612345678", "FR", "NL", NL_MOBILE),
        ("0031612345678", "FR", "NL", NL_MOBILE),
        ("202 555 0123", "CA", "US", US_NUMBER),
        ("07400 123456", "GG", "GB", PhoneNumber(44, "7400123456")),
    ],
)
def test_row_and_account_that_disagree_make_both_readings_count(
    text: str, row: str, account: str, expected: PhoneNumber | set[tuple[int, str]]
) -> None:
    """A national number that is valid in both countries is refused with both; a plus decides, an equal plan agrees."""
    found = read_number(Cell("C17", TEXT, text), MOBILE, Regions(row=row, account=account, file="ES", app="ES"))
    if isinstance(expected, PhoneNumber):
        assert expected == number_of(found)
    else:
        assert isinstance(found, Refusal)
        assert "numberAmbiguous" == found.code
        assert expected == suggested_by(found)


def test_a_number_of_the_accounts_country_alone_is_suggested() -> None:
    """The row's country decides, so the reading in the account's is a suggestion."""
    found = read_number(Cell("C17", TEXT, "0171 1234567"), MOBILE, Regions(row="US", account="DE"))
    assert isinstance(found, Refusal)
    assert ("numberNotValid", (PhoneNumber(49, "1711234567"),)) == (found.code, found.candidates)


def test_a_files_or_the_apps_region_does_not_contradict_an_account() -> None:
    """Only the row and the account say something of the person."""
    found = read_number(Cell("C17", TEXT, "0612345678"), MOBILE, Regions(account="NL", file="FR", app="DE"))
    assert NL_MOBILE == number_of(found)


@pytest.mark.parametrize(
    ("text", "region", "suggested"),
    [
        ("70255 50133", "US", {(1, "7025550133"), (91, "7025550133")}),
        ("079 123 45 67", "DE", {(49, "791234567"), (41, "791234567")}),
        ("06 12 34 56 78", "DE", {(49, "612345678"), (33, "612345678")}),
        ("061 234 5678", "NL", {(31, "612345678"), (27, "612345678")}),
    ],
)
def test_groups_that_only_another_country_uses_are_a_doubt(
    text: str, region: str, suggested: set[tuple[int, str]]
) -> None:
    """Nobody breaks a number of his own country inside its prefix; both readings are shown."""
    found = read(text, region, phone_type=OFFICE)
    assert isinstance(found, Refusal)
    assert "groupingForeign" == found.code
    assert suggested <= suggested_by(found)


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("702 5550133", "US"),
        ("702-555 01 33", "US"),
        ("7025550133", "IN"),
        ("70255 50133", "IN"),
        ("079 1234567", "CH"),
        ("079 123 4567", "CH"),
        ("06 1234 5678", "NL"),
        ("0612 345678", "FR"),
        ("0171 12 34 567", "DE"),
        ("07911 123456", "GB"),
    ],
)
def test_careless_groups_of_the_own_country_pass(text: str, region: str) -> None:
    """The prefix stays together, and the rest is grouped as people like."""
    assert isinstance(read(text, region, phone_type=OFFICE), NumberRead)


def test_an_international_number_needs_no_region() -> None:
    """A number that names its country is recorded as read by itself."""
    assert read("+31612345678", "US") == NumberRead(NL_MOBILE, None, RegionSource.NUMBER)


@pytest.mark.parametrize("region", ["IT", "CI", "GA", "BJ"])
@pytest.mark.parametrize("kind", [TEXT, INTEGER])
def test_zeros_that_belong_to_the_number_are_kept(region: str, kind: CellKind) -> None:
    """Where a zero is no trunk prefix but part of the number, it is never dropped and comes back when Excel took it."""
    line = phonenumbers.PhoneNumberType.FIXED_LINE if region == "IT" else phonenumbers.PhoneNumberType.MOBILE
    example = phonenumbers.example_number_for_type(region, line)
    assert example is not None
    national = phonenumbers.national_significant_number(example)
    stored = national.lstrip("0") if kind is INTEGER else national
    assert national.startswith("0")
    expected = {PhoneNumber(example.country_code or 0, national), "numberAmbiguous"}
    assert number_of(read(stored, region, kind=kind, phone_type=OFFICE)) in expected
    assert number_of(read(f"+{example.country_code} {national}", None, phone_type=OFFICE)) == PhoneNumber(
        example.country_code or 0, national
    )


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("011 15-2345-6789", "AR", PhoneNumber(54, "91123456789")),
        ("06 20 123 4567", "HU", PhoneNumber(36, "201234567")),
        ("8 912 345-67-89", "RU", PhoneNumber(7, "9123456789")),
        ("011 31 6 12345678", "US", NL_MOBILE),
        ("0011 31 612 345 678", "AU", NL_MOBILE),
        ("8~10 31 612345678", "RU", "numberMalformed"),
        ("810 31 612345678", "RU", NL_MOBILE),
        ("464 1234", "AG", "numberNotValid"),
        ("1 202 555 0123", "US", US_NUMBER),
        ("030/12345678", "DE", "landlineNotMobile"),
        ("01512/3456789", "DE", PhoneNumber(49, "15123456789")),
    ],
)
def test_national_habits(text: str, region: str, expected: PhoneNumber | str) -> None:
    """Trunk and international prefixes of each country are known; a missing area code is never added."""
    assert expected == number_of(read(text, region))


@pytest.mark.parametrize(
    "text",
    [
        "+31 10 123 4567 x123",
        "010 1234567x123",
        "010 1234567 ext. 123",
        "010 1234567, ext 123",
        "010 1234567 Extension: 123",
        "tel:+31-10-1234567;ext=123",
        "010 1234567 tst 123",
        "０１０－１２３４５６７ ｘ１２３",  # noqa: RUF001 - full-width characters are the case
    ],
)
def test_extensions_belong_to_office_numbers_only(text: str) -> None:
    """An office number keeps its extension in Graph's spelling; the other types refuse it."""
    found = read(text, phone_type=OFFICE)
    assert isinstance(found, NumberRead)
    assert "+31 101234567x123" == found.number.spelled_for_graph()
    assert {"extensionOfficeOnly"} == {number_of(read(text, phone_type=other)) for other in (MOBILE, ALTERNATE)}


_LINES = {
    phonenumbers.PhoneNumberType.to_string(line): line
    for line in phonenumbers.PhoneNumberType.values()
    if line != phonenumbers.PhoneNumberType.UNKNOWN
}


def _example_of(line: int) -> str:
    examples = (phonenumbers.example_number_for_type(region, line) for region in sorted(phonenumbers.SUPPORTED_REGIONS))
    example = next(each for each in examples if each is not None and phonenumbers.number_type(each) == line)
    return phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)


@pytest.mark.parametrize("line", _LINES)
@pytest.mark.parametrize("phone_type", PhoneType)
def test_lines_are_accepted_by_type(line: str, phone_type: PhoneType) -> None:
    """Texts go to mobiles, calls also to landlines and VoIP, offices also have company-wide numbers; nothing else."""
    sms = {"MOBILE", "FIXED_LINE_OR_MOBILE"}
    voice = sms | {"FIXED_LINE", "VOIP"}
    accepted = {MOBILE: sms, ALTERNATE: voice, OFFICE: voice | {"UAN"}}[phone_type]
    found = read(_example_of(_LINES[line]), phone_type=phone_type)
    refused = "landlineNotMobile" if line == "FIXED_LINE" else "lineTypeRefused"
    assert (number_of(found) != refused) == (line in accepted)
    assert (_LINES[line] in ACCEPTED_LINES[phone_type]) == (line in accepted)


@pytest.mark.parametrize("text", ["+800 12345678", "+882 3451234567", "+870 301234567"])
def test_numbers_of_no_country_are_refused(text: str) -> None:
    """Satellite, freephone and other worldwide codes are nobody's own phone."""
    assert number_of(read(text, phone_type=OFFICE)) in {"lineTypeRefused", "numberNotValid"}


@settings(max_examples=300, deadline=None)
@given(
    text=st.one_of(
        st.text(max_size=40),
        st.text(alphabet="0123456789+ ()-./xEe,;\n", max_size=40),
        st.from_regex(r"\+?[0-9]{6,15}( ?/ ?[0-9]{5,12})?", fullmatch=True),
    ),
    kind=st.sampled_from([TEXT, INTEGER, FLOAT]),
    number_format=st.sampled_from(["General", '"+"0', "0000000000", "0.00E+00", "[<5]0;[>=5]00 00", "\\"]),
    region=st.sampled_from([None, "NL", "DE", "IT", "US", "ID", "AQ"]),
    phone_type=st.sampled_from(list(PhoneType)),
)
def test_any_cell_is_answered_and_nothing_shows_its_content(
    text: str, kind: CellKind, number_format: str, region: str | None, phone_type: PhoneType
) -> None:
    """Whatever a cell holds there is an answer with a known code, and no reason, repr or str tells its digits."""
    found = read_number(Cell("C17", kind, text, number_format), phone_type, Regions(row=region))
    digits = "".join(character for character in text if character.isdigit())
    shown = repr(found) + (found.reason if isinstance(found, Refusal) else str(found.number))
    assert len(digits) < 5 or digits not in shown
    if isinstance(found, Refusal):
        assert found.reason.startswith("C17: ")
        assert found.code in CODES
    else:
        assert not found.number.extension or OFFICE is phone_type
