"""Files laid out as HR systems do it, from the file to the directory: what was once written wrongly is not any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO

import pytest
from openpyxl import Workbook

from shared.core.values.states import RunState
from tests.flows.small_tenant import outcomes, person, tenant_of

Value = str | int | None


@dataclass(frozen=True, slots=True)
class Case:
    """`written` = the numbers of the first person; `held` = words of the message of a held run."""

    rows: Sequence[Sequence[Value]]
    written: Mapping[str, str] = field(default_factory=dict)
    held: str = ""
    code: str = ""
    """The code of the first row, where it is refused or left out."""
    location: str | None = None
    region: str = ""
    merges: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    formats: Mapping[str, str] = field(default_factory=dict)
    more_sheets: Mapping[str, Sequence[Sequence[Value]]] = field(default_factory=dict)


M, OTHER, DESK = "+49 171 1234567", "+49 171 7654321", "+49 30 23125678"
MOBILE = {"mobile": "+49 1711234567"}
OFFICE = {"office": "+49 3023125678"}

CASES: dict[str, Case] = {
    "an area code in its own column": Case(
        [["Personalnummer", "Vorwahl", "Telefon Büro"], ["E1", "030", "23125678"]], OFFICE, region="DE"
    ),
    "an area code in French": Case(
        [["Matricule", "Indicatif", "Mobile"], ["E1", "+33", "612345678"]], {"mobile": "+33 612345678"}, region="NL"
    ),
    "a calling code as a number": Case(
        [["Employee ID", "International Phone Code", "Mobile Phone"], ["E1", 41, 791234567]],
        {"mobile": "+41 791234567"},
        location="FR",
    ),
    "a prefix": Case(
        [["Employee ID", "Prefix", "Mobile"], ["E1", "+33", "612345678"]], {"mobile": "+33 612345678"}, region="NL"
    ),
    "three parts": Case(
        [["Employee ID", "Office Country Code", "Office Area Code", "Office Phone"], ["E1", 49, 30, 23125678]],
        OFFICE,
        region="DE",
    ),
    "an extension": Case(
        [["Employee ID", "Work phone", "Ext"], ["E1", "030 23125678", "12"]],
        {"office": "+49 3023125678x12"},
        region="DE",
    ),
    "a work country": Case(
        [["Employee ID", "Office Phone", "Work Country"], ["E1", "020 1234567", "NL"]],
        {"office": "+31 201234567"},
        region="DE",
    ),
    "a contact under a group": Case(
        [
            ["Employee", None, "Emergency contact", None],
            ["Employee ID", "Mobile", "Name", "Mobile phone"],
            ["E1", M, "B", OTHER],
        ],
        MOBILE,
        merges=("A1:B1", "C1:D1"),
    ),
    "a contact's phone": Case(
        [["Employee ID", "Emergency Contact", "Relationship", "Contact Phone"], ["E1", "B", "spouse", OTHER]],
        held="column D (Contact Phone)",
    ),
    "a phone behind next of kin": Case(
        [["Employee ID", "Next of kin", "Mobile"], ["E1", "B", OTHER]], held="column C (Mobile)"
    ),
    "a manager under a group": Case(
        [
            ["Manager", None, "Employee", None],
            ["Employee ID", "E-mail", "Work email", "Mobile"],
            ["E2", "p2@example.com", "p1@example.com", M],
        ],
        MOBILE,
        merges=("A1:B1", "C1:D1"),
    ),
    "one row per phone": Case(
        [
            ["Employee ID", "Phone Type", "Phone Number"],
            ["E1", "Fax", DESK],
            ["E1", "Home", OTHER],
            ["E1", "Mobile", M],
            ["E1", "Work", DESK],
        ],
        {**MOBILE, **OFFICE},
    ),
    "a desk line beside a work cell": Case([["Employee ID", "Phone", "Work Cell"], ["E1", DESK, M]], MOBILE),
    "a room": Case([["Employee ID", "Office", "Mobile"], ["E1", 30123, M]], held="column B (Office)", region="DE"),
    "a place": Case([["Employee ID", "Office", "Mobile"], ["E1", "New York", M]], MOBILE, region="US"),
    "an old number in a hidden column": Case(
        [["Employee ID", "Mobile", "Mobile phone"], ["E1", OTHER, M]], held="column B (Mobile)", hidden=("B",)
    ),
    "a currency format": Case(
        [["Employee ID", "Mobile"], ["E1", 1711234567]], MOBILE, region="NL", formats={"B2": "[$+49]0"}
    ),
    "digits in a format": Case(
        [["Employee ID", "Mobile"], ["E1", 612345678]],
        {"mobile": "+31 612345678"},
        region="DE",
        formats={"B2": "+31 0 00000000"},
    ),
    "several sheets of people": Case(
        [["Employee ID", "Mobile"], ["E1", M]],
        held="'February'",
        more_sheets={"February": [["Employee ID", "Mobile"], ["E2", OTHER]]},
    ),
    "a key that Excel changed": Case(
        [["Employee ID", "Mobile"], [300000, M]], code="keyConverted", formats={"A2": "0.00E+00"}
    ),
    "two countries": Case(
        [["Employee ID", "Country", "Mobile"], ["E1", "FR", "079 123 45 67"]], code="numberAmbiguous", location="CH"
    ),
    "groups of another country": Case(
        [["Employee ID", "Mobile"], ["E1", "70255 50133"]], code="groupingForeign", location="US"
    ),
    "a person who has left": Case(
        [["Employee ID", "Status", "Termination Date", "Mobile"], ["E1", "Terminated", "2024-01-31", M]],
        code="personHasLeft",
    ),
    "a joiner of next year": Case(
        [["Employee ID", "Effective Date", "Mobile"], ["E1", "2099-01-01", M]], code="rowNotInForce"
    ),
    "a misspelt heading": Case(
        [["Employee ID", "Moblie phone", "Office phone"], ["E1", M, DESK]], held="column B (Moblie phone)"
    ),
    "a column without a heading": Case([["Employee ID", "Mobile", None], ["E1", M, OTHER]], held="column C"),
    "a mistyped domain": Case(
        [["Employee ID", "Private e-mail"], ["E1", "someone@gmial.com"]], code="emailDomainSuspicious"
    ),
}


def workbook_of(case: Case) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Staff"
    for row in case.rows:
        sheet.append(list(row))
    for merged in case.merges:
        sheet.merge_cells(merged)
    for letters in case.hidden:
        sheet.column_dimensions[letters].hidden = True
    for address, code in case.formats.items():
        sheet[address].number_format = code
    for name, rows in case.more_sheets.items():
        other = book.create_sheet(name)
        for row in rows:
            other.append(list(row))
    saved = BytesIO()
    book.save(saved)
    return saved.getvalue()


@pytest.mark.parametrize("name", CASES)
async def test_a_layout_of_an_hr_system(name: str) -> None:
    """It is understood rightly, held with the column named, or its row is refused; nothing else is written."""
    case = CASES[name]
    people = [person(index, phones={}, usageLocation=case.location) for index in (1, 2)]
    async with tenant_of(people, DEFAULT_REGION=case.region, EMAIL_METHODS="true") as world:
        run = await world.run_to_end("staff.xlsx", workbook_of(case))

        assert bool(case.held) is (run.state is RunState.HELD), run.message
        assert case.held in run.message
        found = {identity: numbers for identity, numbers in world.directory().items() if numbers}
        assert ({people[0].id: dict(case.written)} if case.written else {}) == found
        if case.code:
            assert case.code == (await outcomes(world, run))[0][1]
