"""Each remedy of a cell is followed to the letter in Excel, and the file is dropped again: its row is good then."""

from __future__ import annotations

import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from shared.core.export.country import read_country
from shared.core.export.desired import DesiredValueRules, desired_of_row
from shared.core.numbers.numbering_plan import KNOWN_REGIONS
from shared.core.numbers.read_number import NumberRead, Regions, read_number
from shared.core.values.cell import Cell, CellKind, Refusal
from shared.core.values.codes_of_cells import CODES_OF_CELLS
from shared.core.values.slot import PhoneType, value_to_json
from shared.core.values.states import SmsSignIn
from testing.exports import opened, understood
from tests.adapters.workbook.packages import inline, row, sheet, workbook
from tests.flows.following import (
    ANA,
    BO,
    MOBILE,
    OFFICE,
    UPN,
    Case,
    Way,
    as_text,
    assert_covers,
    clear,
    edited,
    said,
    typed,
)
from tests.flows.in_excel import InExcel, StoredCell, day

WRITE = "Format the cell as Text, then write +, country code and number"
FILL = "Format the cell of the part as Text, then fill it"
CORRECT = "Format the cell as Text, then correct it"

_PLAIN = ("User principal name", "Mobile phone", "Office phone")
_WITH_COUNTRY = ("User principal name", "Mobile phone", "Country")
_WITH_CODE = ("User principal name", "Mobile calling code", "Mobile phone")
_SPLIT = ("User principal name", "Office country code", "Office area code", "Office phone")
_WITH_SMS = ("User principal name", "Mobile phone", "SMS sign-in")
_WITH_EMAIL = ("User principal name", "Mobile phone", "Private e-mail")
_LONG = "x" * 1_200


def mobile(code: str, cell: StoredCell, *more: Way, words: str = WRITE, to: str = MOBILE) -> Case:
    """A bad mobile beside a good office number; the remedy begins with writing the number as Text."""
    return Case(code, (_PLAIN, (UPN, cell, OFFICE)), (as_text("B2", to, words), *more))


def in_country(code: str, cell: StoredCell, country: str, to: str, *more: Way, words: str = WRITE) -> Case:
    return Case(code, (_WITH_COUNTRY, (UPN, cell, country)), (as_text("B2", to, words), *more))


def _import_as_text(excel: InExcel) -> None:
    """Data, From Text/CSV: the file of the HR system has the id itself."""
    cell = excel.sheet["A2"]
    cell.value, cell.data_type, cell.number_format = ANA.employeeId, "s", "General"


def _number_alone(excel: InExcel) -> None:
    excel.clear("B2")
    excel.as_text("C2", MOBILE)


def _country_column(excel: InExcel) -> None:
    excel.type("D1", "Country")
    excel.type("D2", "Germany")


def _without_extension(excel: InExcel) -> None:
    excel.as_text("B2", MOBILE)
    excel.clear("D2")


def _into_office(excel: InExcel) -> None:
    """The landline, or the number with its extension; here both stand in one cell."""
    excel.move("B2", "C2")


def _into_new_office_column(excel: InExcel) -> None:
    excel.type("C1", "Office phone")
    excel.move("B2", "C2")


CASES = [
    Case("keyMalformed", (_PLAIN[:2], ("person1", (MOBILE, "@"))), (
        as_text("A2", UPN, CORRECT),
        said("If many rows have this reason, the wrong column identifies people: ask your IT department"),
    )),
    Case("keyMalformed", (("Object ID", "Mobile phone"), (1, (MOBILE, "@"))), (
        as_text("A2", ANA.id, CORRECT),
        said("If many rows have this reason, the wrong column identifies people: ask your IT department"),
    )),
    Case("keyConverted", (("Employee ID", "Mobile phone"), ((300000, "0.00E+00"), (MOBILE, "@"))), (
        as_text("A2", "3E05", "Format the cell as Text, then type the person's id as the HR system shows it"),
        Way(
            "If many rows have this reason, import the HR system's file into Excel again, with Data, From Text/CSV, "
            "and the data type Text",
            _import_as_text,
        ),
    )),
    mobile("cellIsError", "#N/A", clear("B2")),
    mobile("cellIsBoolean", True, clear("B2")),  # noqa: FBT003 - what the cell holds
    mobile("cellIsDate", (day("2026-01-31"), "yyyy-mm-dd"), clear("B2")),
    mobile("numberMissing", "see list", clear("B2")),
    mobile("numberHasLetters", "0171x5550123y", words=f"{WRITE}, without letters"),
    mobile("numberMalformed", "0171*5550123#"),
    mobile("numberFormatUnclear", (1715550123, '"none"')),
    mobile("severalNumbers", "+49 171 5550123, +49 171 5550124", words=f"{WRITE} of one phone"),
    mobile("digitsLost", 491710000000, words=f"{WRITE} with all digits"),
    mobile("digitsLost", "4.91716E+11", words=f"{WRITE} with all digits"),
    mobile("numberNotValid", "+49 123"),
    mobile(
        "regionMissing", ("0171 5550123", "@"), Way("fill a column Country with the person's country", _country_column)
    ),
    mobile("regionMissing", 491715550123, said("fill a column Country with the person's country")),
    in_country("plusMissing", ("31612345678", "@"), "DE", "+31 612345678", typed("C2", "NL", "correct the country")),
    in_country("plusMissing", 31612345678, "DE", "+31 612345678", typed("C2", "Netherlands", "correct the country")),
    in_country("numberAmbiguous", 491715550123, "DE", MOBILE, said("the suggestions show the possible numbers")),
    in_country("numberOutdated", ("044 55 1234 5678", "@"), "MX", "+52 55 1234 5678",
               words=f"{WRITE} as the person confirms it"),
    in_country("groupingForeign", ("70255 50133", "@"), "US", "+1 702 555 0133"),
    mobile("landlineNotMobile", (OFFICE, "@"), Way("move the number into an office column", _into_office),
           words=f"{WRITE} of a mobile phone"),
    Case("landlineNotMobile", (_PLAIN[:2], (UPN, (OFFICE, "@"))), (
        as_text("B2", MOBILE, f"{WRITE} of a mobile phone"),
        Way("move the number into an office column", _into_new_office_column),
    )),
    Case("callingCodeNotAllowed", (_PLAIN, (UPN, ("+44 7400 123456", "@"), OFFICE)), (
        as_text("B2", MOBILE, f"{WRITE} of a phone of an allowed country"),
    ), settings={"allowed_calling_codes": frozenset({49})}),
    mobile("lineTypeRefused", ("+49 800 5550123", "@"), words=f"{WRITE} of the person's own phone"),
    Case("extensionOfficeOnly", (_PLAIN, (UPN, f"{MOBILE} ext 5", None)), (
        as_text("B2", MOBILE, f"{WRITE} without the extension"),
        said("clear a cell that holds only the extension"),
        Way("move the number with its extension into an office column", _into_office),
    )),
    Case("extensionOfficeOnly", (("User principal name", "Mobile", "Office", "Mobile extension"),
                                 (UPN, (MOBILE, "@"), None, 12)), (
        Way(f"{WRITE} without the extension, and clear a cell that holds only the extension", _without_extension),
        said("move the number with its extension into an office column"),
    )),
    mobile("cellTooLong", f"{MOBILE} {_LONG}", said(
        ", or the one key or e-mail address that belongs in the cell, and nothing else"
    )),
    Case("cellTooLong", (_PLAIN[:2], (UPN + _LONG, (MOBILE, "@"))), (
        said(f"{WRITE}, "),
        as_text("A2", UPN, "the one key or e-mail address that belongs in the cell, and nothing else"),
    )),
    Case("partMalformed", (_WITH_CODE, (UPN, "home?", ("171 5550123", "@"))), (
        as_text("B2", "+49", CORRECT),
        Way("clear it, format the number's cell as Text, and write +, country code and number there", _number_alone),
    )),
    Case("partsIncomplete", (_SPLIT, (UPN, 49, None, 23125678)), (
        as_text("C2", "030", FILL),
        as_text("D2", OFFICE, "format the number's cell as Text, and write +, country code and number there"),
    )),
    Case("partsContradict", (_WITH_CODE, (UPN, 44, (MOBILE, "@"))), (
        as_text("B2", "49", "Format the cell that is wrong as Text, then correct it"),
    )),
    Case("smsSignInNotAllowed", (_WITH_SMS, (UPN, (MOBILE, "@"), "yes")), (
        clear("C2", "Clear the cell"), said("ask your IT department whether SMS sign-in may be changed here"),
    )),
    Case("yesNoInvalid", (_WITH_SMS, (UPN, (MOBILE, "@"), "maybe")), (
        typed("C2", "yes", "Write yes"),
        typed("C2", "no", "no, where lists may disable SMS sign-in"),
        clear("C2"),
    ), {"sms_sign_in": SmsSignIn.COLUMN, "allow_removals": True}),
    Case("emailDomainSuspicious", (_WITH_EMAIL, (UPN, (MOBILE, "@"), "ana@gmial.com")), (
        said("Ask the person"),
        typed("C2", "ana@gmail.com", "correct the domain if the suggestion is right"),
        typed("C2", "ana@contoso.example", "otherwise use another e-mail address"),
    )),
    Case("emailMalformed", (_WITH_EMAIL, (UPN, (MOBILE, "@"), "ana at contoso")), (
        typed("C2", "ana@contoso.example", "Correct the e-mail address"), clear("C2"),
    )),
    Case("removalWaits", (_PLAIN, (UPN, "0171x5550123y", "remove")), (
        as_text("B2", MOBILE, "Correct the other number as its own remedy says"),
    ), {"allow_removals": True}),
    Case("smsSignInWaits", (_WITH_SMS, (UPN, "0171x5550123y", "yes")), (
        as_text("B2", MOBILE, "Correct the mobile number as its own remedy says"),
    ), {"sms_sign_in": SmsSignIn.COLUMN}),
]  # fmt: skip

_ELSEWHERE = {"countryUnknown", "cellCovered", "formulaNotCalculated", "encodingUncertain"} | {
    "formulaConstant",
    "formulaApproximate",
    "formulaOutside",
    "columnContradicted",
}
"""The codes whose remedies the tests at the end, and `test_column_readings`, follow."""


@pytest.mark.parametrize("case", CASES, ids=str)
def test_who_follows_the_remedy_gets_a_good_row(case: Case) -> None:
    """First the cell is refused; each way that the remedy offers ends that, and leads to no other refusal or doubt."""
    rules = DesiredValueRules(**case.settings)
    assert case.code in _refused(InExcel(*case.table).saved(), rules)
    for words, excel in edited(case):
        assert [] == _refused(excel.saved(), rules), words


def _refused(data: bytes, rules: DesiredValueRules, name: str = "export.xlsx") -> list[str]:
    """The codes of every refusal, and the doubts about the file, when it is dropped."""
    found = understood(opened(data, name))
    desired = [desired_of_row(row, rules, usage_location=None, file_region=None) for row in found.rows]
    return [*(refusal.code for one in desired for refusal in one.refused), *found.mapping.concerns()]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_word_of_the_remedy_is_followed(case: Case) -> None:
    """A remedy that is changed needs an edit that follows it."""
    assert_covers(case)


def test_every_code_of_a_cell_is_tried() -> None:
    """A new code comes with a remedy that was followed."""
    assert CODES_OF_CELLS.keys() == _ELSEWHERE | {case.code for case in CASES}


@pytest.mark.parametrize("country", ["Atlantis", "Germany/France"])
def test_a_country_is_written_as_the_remedy_says(country: StoredCell) -> None:
    """A country that is not understood costs the number that needs it."""
    table = (_WITH_COUNTRY, (UPN, "0171 5550123", country))
    ways = (
        typed("C2", "DE", "Write the country's code of two letters, such as NL"),
        Way(
            "clear the cell, format the number's cell as Text, and write +, country code and number there",
            _number_instead_of_country,
        ),
    )
    case = Case("countryUnknown", table, ways)
    assert_covers(case)
    assert "regionMissing" in _refused(InExcel(*table).saved(), DesiredValueRules())
    for words, excel in edited(case):
        assert [] == _refused(excel.saved(), DesiredValueRules()), words


def test_each_country_has_a_code_that_is_understood() -> None:
    """NA is Namibia and NO is Norway, not a placeholder or an answer."""
    for region in sorted(KNOWN_REGIONS):
        assert region == read_country(Cell("C2", CellKind.TEXT, region))


def _number_instead_of_country(excel: InExcel) -> None:
    excel.clear("C2")
    excel.as_text("B2", MOBILE)


def test_cells_that_are_unmerged_show_their_values() -> None:
    """Unmerging takes the range from the sheet; the value that it hid appears, and is then a row of its own."""
    rows = "".join(
        row(number, [inline(text) for text in texts])
        for number, texts in enumerate((_PLAIN[:2], (UPN, MOBILE), (BO.userPrincipalName, "+49 171 5550124")), 1)
    )
    merged = workbook(sheet(rows, after='<mergeCells count="1"><mergeCell ref="B2:B3"/></mergeCells>'))
    assert "cellCovered" in _refused(merged, DesiredValueRules())
    assert [] == _refused(workbook(sheet(rows)), DesiredValueRules())


_OF_A_CELL, _VALUE = "<f>D2&amp;E2</f>", f"<v>{MOBILE}</v>"


@pytest.mark.parametrize(
    ("code", "before", "after"),
    [
        ("formulaNotCalculated", f'<c r="@">{_OF_A_CELL}</c>', f'<c r="@" t="str">{_OF_A_CELL}{_VALUE}</c>'),
        ("formulaConstant", f'<c r="@" t="str"><f>"{MOBILE}"</f>{_VALUE}</c>', inline(MOBILE)),
        ("formulaApproximate", f'<c r="@" t="str"><f>VLOOKUP(A2,D:E,2)</f>{_VALUE}</c>', inline(MOBILE)),
        ("formulaOutside", f'<c r="@" t="str"><f>[1]Phones!B2</f>{_VALUE}</c>', inline(MOBILE)),
    ],
)
def test_a_formula_is_calculated_or_becomes_a_value(code: str, before: str, after: str) -> None:
    """Excel stores the result beside the formula when it saves; Paste Special, Values leaves the result alone."""
    rest = [inline(""), inline("+49 171 "), inline("5550123")]
    header = row(1, [*map(inline, _PLAIN[:2])])
    files = [workbook(sheet(header + row(2, [inline(UPN), cell, *rest]))) for cell in (before, after)]
    assert [True, False] == [code in _refused(data, DesiredValueRules()) for data in files]
    assert set() == set(_refused(files[1], DesiredValueRules())) & CODES_OF_CELLS.keys()


def test_text_in_another_encoding_is_saved_as_the_remedy_says() -> None:
    """UTF-8 and .xlsx say which letters they hold."""
    lines = f"upn;mobile\nkami\u0144ski@contoso.example;{MOBILE}\n"
    assert "encodingUncertain" in _refused(lines.encode("cp1250"), DesiredValueRules(), "export.csv")
    assert [] == _refused(lines.encode("utf-8-sig"), DesiredValueRules(), "export.csv")
    excel = InExcel(*(line.split(";") for line in lines.splitlines()))
    assert [] == _refused(excel.saved(), DesiredValueRules())


_SLOTS = tuple(PhoneType)
_LINES = {
    PhoneType.MOBILE: PhoneNumberType.MOBILE,
    PhoneType.ALTERNATE_MOBILE: PhoneNumberType.MOBILE,
    PhoneType.OFFICE: PhoneNumberType.FIXED_LINE,
}


@pytest.mark.parametrize("phone_type", _SLOTS)
def test_a_number_of_any_country_written_as_text_is_accepted(phone_type: PhoneType) -> None:
    """Whatever country the row or the account names, and in the spellings that people use for a number with its +."""
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        example = phonenumbers.example_number_for_type(region, _LINES[phone_type])
        if example is None:
            continue
        for form in (PhoneNumberFormat.E164, PhoneNumberFormat.INTERNATIONAL):
            cell = Cell("B2", CellKind.TEXT, phonenumbers.format_number(example, form), "@")
            for regions in (Regions(), Regions(row="DE", account="US"), Regions(account=region, app="IT")):
                assert isinstance(read_number(cell, phone_type, regions), NumberRead), region


_UNFIT = {"landlineNotMobile", "lineTypeRefused"}


@pytest.mark.parametrize("region", ["DE", "IT", "US", "MX", "BR", "GB", "AT", None])
def test_a_suggestion_typed_as_it_is_shown_is_certain(region: str | None) -> None:
    """It may be the wrong kind of number, and is then refused for that reason alone."""
    texts = ("491715550123", "3912345678", "39061234567", "044 55 1234 5678", "70255 50133", "31612345678", "0044 20")
    seen = 0
    for text in texts:
        for kind in (CellKind.TEXT, CellKind.INTEGER):
            found = read_number(Cell("B2", kind, text.replace(" ", "")), PhoneType.MOBILE, Regions(row=region))
            for suggestion in found.candidates if isinstance(found, Refusal) else ():
                written = Cell("B2", CellKind.TEXT, value_to_json(suggestion) or "", "@")
                again = read_number(written, PhoneType.MOBILE, Regions(row=region))
                assert isinstance(again, NumberRead) or again.code in _UNFIT
                seen += 1
    assert seen
