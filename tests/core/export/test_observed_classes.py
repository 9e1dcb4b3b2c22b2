"""Layouts of each class of files that were once written wrongly, from the workbook to what would be written.

`tests.flows.intake.test_observed_layouts` drops one of each class into the whole app.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from io import BytesIO

import pytest
from openpyxl import Workbook

from shared.core.export.desired import DesiredValueRules, desired_of_row
from shared.core.values.slot import PhoneNumber, PhoneType
from testing.exports import opened, understood

Value = str | int | float | bool | date | time | None
Rows = Sequence[Sequence[Value]]
M, X, DESK = "+49 171 1234567", "+49 172 9998877", "+49 30 23125678"
PAST, OLD, FUTURE = date(2024, 1, 31), date(2019, 5, 2), date(2087, 1, 1)


@dataclass(frozen=True, slots=True)
class Case:
    """`written` = key, slot and number of everything that may be written; `held` = words of what is in doubt;
    `codes` = why rows or slots ask for nothing."""

    rows: Rows
    written: frozenset[str] = frozenset()
    held: str = ""
    codes: str = ""
    location: str | None = None
    region: str | None = None
    merges: tuple[str, ...] = ()
    hidden: str = ""
    formats: Mapping[str, str] = field(default_factory=dict)
    sheets: Mapping[str, Rows] = field(default_factory=dict)
    title: str = "Staff"

    def workbook(self) -> bytes:
        book, stream = Workbook(), BytesIO()
        sheet = book.worksheets[0]
        sheet.title = self.title
        for row in self.rows:
            sheet.append(list(row))
        for merged in self.merges:
            sheet.merged_cells.add(merged)  # the covered cells keep their values
        for letters in self.hidden:
            sheet.column_dimensions[letters].hidden = True
        for address, code in self.formats.items():
            sheet[address].number_format = code
        for name, rows in self.sheets.items():
            other = book.create_sheet(name)
            for row in rows:
                other.append(row)
        book.save(stream)
        return stream.getvalue()


def mobile(number: str, key: str = "E1") -> frozenset[str]:
    return frozenset({f"{key} mobile {number}"})


def office(number: str, key: str = "E1") -> frozenset[str]:
    return frozenset({f"{key} office {number}"})


MOBILE, OFFICE = mobile("+491711234567"), office("+493023125678")

CLASSES: dict[str, list[Case]] = {
    "a part of a number taken for the whole": [
        Case([["Personal-Nr.", "Vorwahl", "Telefon dienstlich"], ["E1", "(030)", "23125678"]], OFFICE, region="DE"),
        Case(
            [["Worker ID", "Country Phone Code", "Work Mobile"], ["E1", "Switzerland (+41)", "791234567"]],
            mobile("+41791234567"),
            location="FR",
        ),
        Case([["Matricule", "Indicatif pays", "Portable"], ["E1", "0033", "612345678"]], mobile("+33612345678")),
        Case(
            [["Employee ID", "Mobile Country Code", "Mobile"], ["E1", 31, "0612345678"]],
            mobile("+31612345678"),
            region="DE",
        ),
        Case([["Employee ID", "Work Phone", "Extension"], ["E1", DESK, 12]], office("+493023125678x12")),
        *(
            Case([["Personalnummer", "Telefon Büro", heading], ["E1", stem, dialled]], OFFICE, region="DE")
            for heading, stem, dialled in (
                ("Durchwahl", "030 23125", 678),
                ("DW", "+49 30 23125-0", "-678"),
                ("Durchwahl-Nr.", "(030) 23125-0", -678),
                ("Telefon Durchwahl", "030/23125-0", "DW 678"),
                ("Direct dial", "030 23125-678", 678),
            )
        ),
        Case([["Personalnummer", "Zimmer", "Durchwahl"], ["E1", "A", "030 23125-678"]], OFFICE, region="DE"),
        *(
            Case([["Personalnummer", "Telefon Büro", heading], ["E1", stem, behind]], codes=code, region=region)
            for heading, stem, behind, code, region in (
                ("Klappe", "01 58858-0", "21600", "numberAmbiguous", "AT"),
                ("Nebenstelle", "030 23125", "678", "numberAmbiguous", "DE"),
                ("Durchwahl", "030 23125678", "678", "numberAmbiguous", "DE"),
                ("Durchwahl", "044 123 45 00", "67", "numberNotValid", "CH"),
                ("Doorkiesnummer", "020 794 6000", "012", "numberNotValid", "NL"),
            )
        ),
        Case(
            [["Personalnummer", "Telefon Büro", "Durchwahl"], ["E1", "030 23125", 678], ["E2", "030 23125", DESK]],
            held="column C (Durchwahl): its values are not all of one kind",
        ),
        *(
            Case(
                [[key, code, number], ["E1", "+49", "1711234567"], ["E2", blank, "1729998877"]],
                MOBILE,
                codes="partsIncomplete",
                region="DE",
                location="DE",
            )
            for key, code, number, blank in (
                ("Worker ID", "Country Phone Code", "Work Mobile", None),
                ("Personalnummer", "Ländervorwahl", "Handy", "n/a"),
                ("Matricule", "Indicatif pays", "Portable", " "),
                ("Employee ID", "Country Code", "Mobile", "-"),
                ("Personeelsnummer", "Landnummer", "Mobiel nummer", ""),
            )
        ),
        Case(
            [["Employee ID", "Country", "Country Phone Code", "Mobile"], ["E1", "DE", None, "0171 1234567"]],
            MOBILE,
            region="FR",
        ),
        Case([["Employee ID", "Country Phone Code", "Mobile"], ["E1", None, "0171 1234567"]], MOBILE, region="DE"),
        Case([["Employee ID", "Switchboard", "Extension", "Mobile"], ["E1", DESK, 12, M]], MOBILE),
        Case([["Employee ID", "Phone", "Extension"], ["E1", M, 12]], codes="extensionOfficeOnly"),
        Case([["Employee ID", "Mobile", "Zumba"], ["E1", "0171 1234567", "No"]], MOBILE, region="DE"),
        Case([["Employee ID", "Mobile", "Zumba"], ["E1", "0171 1234567", "NO"]], held="look like countries"),
    ],
    "a country beside the number": [
        Case(
            [["Employee ID", heading, "Office Phone"], ["E1", country, "020 1234567"]],
            office("+31201234567"),
            region="DE",
        )
        for heading, country in (
            ("Country", "NL"),
            ("Country/Region", "Netherlands"),
            ("Work location country", "NLD"),
            ("Land", "Niederlande"),
            ("Office Country", "nl"),
        )
    ]
    + [
        Case([["Employee ID", "Mobile"], ["E1", "079 123 45 67"]], held=f"sheet '{title}'", title=title)
        for title in ("Schweiz", "Team Suisse", "Switzerland 2026")
    ]
    + [
        *(
            Case(
                [["Employee ID", heading, "Mobile"], ["E1", country, "0791234567"]],
                held=f"column B ({heading}): its values are countries",
                region="FR",
            )
            for heading, country in (
                ("Entité", "Suisse"),
                ("Legal Entity", "Switzerland"),
                ("Abteilung", "Schweiz"),
                ("Business Unit", "Switzerland"),
                ("Team", "Svizzera"),
            )
        ),
        Case([["Employee ID", "Entité", "Mobile"], ["E1", "Suisse", M]], MOBILE),
        Case(
            [["Employee ID", "Nationalité", "Mobile"], ["E1", "Suisse", "06 12 34 56 78"]],
            mobile("+33612345678"),
            region="FR",
        ),
        Case([["Employee ID", "Mobile"], ["E1", M]], MOBILE, title="Schweiz"),
        Case([["Employee ID", "Land", "Mobile"], ["E1", "DE", "0171 1234567"]], MOBILE, title="Schweiz"),
        Case([["Employee ID", "Mobile"], ["E1", "0171 1234567"]], MOBILE, title="HR", region="DE"),
    ],
    "somebody else's number": [
        Case(
            [["Employee", None, "Next of kin", None], ["Employee ID", "Mobile", "Name", "Mobile"], ["E1", M, "B", X]],
            MOBILE,
            merges=("A1:B1", "C1:D1"),
        ),
        Case([["Personalnummer", "Mobil", "Notfallkontakt", "Handy Notfallkontakt"], ["E1", M, "B", X]], MOBILE),
        Case([["Employee ID", "Mobile", "Manager", "Manager mobile"], ["E1", M, "B", X]], MOBILE),
        Case([["Matricule", "Portable", "Conjoint", "Portable du conjoint"], ["E1", M, "B", X]], MOBILE),
        Case([["Employee ID", "Spouse", "Phone"], ["E1", "B", X]], held="column C (Phone)"),
    ],
    "one row per phone": [
        Case([["Employee ID", "Phone Type", "Phone Number"], ["E1", "Pager", X], ["E1", "Cell", M]], MOBILE),
        Case([["Personalnummer", "Telefonart", "Telefonnummer"], ["E1", "Privat", X], ["E1", "Mobil", M]], MOBILE),
        Case(
            [["Matricule", "Type de téléphone", "Numéro de téléphone"], ["E1", "Télécopie", X], ["E1", "Bureau", DESK]],
            OFFICE,
        ),
        Case(
            [["Employee ID", "Phone Device Type", "Phone Number"], ["E1", "Emergency", X], ["E1", "Mobile", M]], MOBILE
        ),
        Case(
            [["Employee ID", "Phone Type", "Phone Number"], ["E1", "Qrx", X], ["E1", "Mobile", M]],
            held="column B (Phone Type)",
        ),
        *(
            Case(
                [["Employee ID", heading, "Phone Number"], ["E1", "EMRG", X], ["E2", other, M]],
                held=f"column B ({heading}): {why}",
            )
            for heading, other, why in (
                ("Type", "QRX", "its values may be types of column C (Phone Number)"),
                ("Category", "P1", "its values may be types of column C (Phone Number)"),
                ("Type", "PRIV", "its heading is not known and its values look like types of phones"),
                ("Usage Type", "Mobile", "1 of its types is not known"),
            )
        ),
        Case(
            [["Employee ID", "Type", "Name", "Phone Number"], ["E1", "Permanent", "A", X], ["E2", "Temp", "B", M]],
            mobile("+491729998877") | mobile("+491711234567", "E2"),
        ),
    ],
    "a weak heading beside a plain one": [
        Case([["Employee ID", "Phone", "Mobile (company)"], ["E1", X, M]], MOBILE),
        Case([["Personalnummer", "Telefon", "Diensthandy"], ["E1", X, M]], MOBILE),
        Case(
            [["Personalnummer", "Telefon 1", "Telefon 2"], ["E1", M, X]], MOBILE | {"E1 alternateMobile +491729998877"}
        ),
        Case([["Employee ID", "Contact", "Mobile"], ["E1", "Building 3", M]], MOBILE),
        Case([["Employee ID", "Office", "Mobile"], ["E1", "Room 4.12", M]], MOBILE, region="DE"),
        Case([["Employee ID", "Office", "Mobile"], ["E1", 4711, M]], held="column B (Office)", region="DE"),
    ],
    "a time of day is no date": [
        *(
            Case([["Employee ID", "Mobile", heading], ["E1", M, time(8, 30)], ["E2", None, time(9, 0)]], MOBILE)
            for heading in ("Available from", "Time", "Call time", "Shift start", "")
        ),
        Case([["Personalnummer", "Handy", "Beginn"], ["E1", M, time(8, 30)]], held="not all of its values are dates"),
        Case([["Employee ID", "Mobile", "Time"], ["E1", M, date(2026, 1, 31)]], held="its values look like dates"),
    ],
    "hidden beside visible": [
        Case([["Employee ID", "Mobile", "Mobile"], ["E1", X, M]], held="column B (Mobile)", hidden="B"),
        Case([["Employee ID", "Mobile phone", "Cell"], ["E1", X, M]], held="column B", hidden="B"),
        Case([["Personalnummer", "Handy", "Handynummer"], ["E1", M, X]], held="column C", hidden="C"),
        Case([["Employee ID", "Mobile"], ["E1", X]], held="the column is hidden", hidden="B"),
        Case([["Employee ID", "Office phone", "Work phone"], ["E1", X, DESK]], held="column B", hidden="B"),
        *(
            Case(
                [["Employee ID", heading, "Mobile"], ["E1", value, "0612345678"]],
                held="column B",
                hidden="B",
                region="NL",
            )
            for heading, value in (("Country", "FR"), ("Prefix", "+33"), ("Status", "Active"), ("Effective date", PAST))
        ),
        Case([["Employee ID", "Phone type", "Phone"], ["E1", "Mobile", M]], held="the column is hidden", hidden="B"),
        Case([["Object ID", "Employee ID", "Mobile"], ["0" * 8, "E1", M]], held="column A (Object ID)", hidden="A"),
        Case([["Employee ID", "Country", "Mobile"], ["E1", "FR", M]], MOBILE, hidden="B"),
    ],
    "a number format": [
        Case([["Employee ID", "Mobile"], ["E1", 612345678]], mobile("+31612345678"), region="DE", formats={"B2": code})
        for code in ("[$+31]0", '"+31 "0', "\\+31 000000000", '"+"31 0', "+31\\ 0")
    ],
    "data under a merge": [
        Case([["Employee ID", "Mobile"], ["E1", M], ["E2", X]], MOBILE, codes="cellCovered", merges=("B2:B3",)),
        Case(
            [["Employee ID", "Mobile", "Office"], ["E1", M, DESK]],
            MOBILE,
            codes="cellCovered",
            merges=("B2:C2",),
        ),
        Case([["Employee ID", "Mobile"], ["E1", M], ["E2", X]], MOBILE, codes="cellCovered", merges=("A2:A3",)),
        Case([["Employee ID", "Mobile"], ["E1", M], ["E1", X]], codes="cellCovered", merges=("A2:B3",)),
        Case(
            [["Employee ID", "Status", "Mobile"], ["E1", "Active", M], ["E2", "Terminated", X]],
            MOBILE,
            codes="cellCovered",
            merges=("B2:B3",),
        ),
    ],
    "several sheets of people": [
        Case([["Employee ID", "Mobile"], ["E1", M]], held=f"'{name}'", sheets={name: rows})
        for name, rows in {
            "France": [["Employee ID", "Mobile"], ["E2", X]],
            "Older": [["Employee ID", "Mobile"], ["E1", X]],
            "Other columns": [["Mobile", "Name", "Worker ID"], [X, "B", "E2"]],
            "Deutschland": [["Liste"], ["Personalnummer", "Handy"], ["E2", X]],
            "Addresses": [["Work email", "Work phone"], ["p2@example.com", DESK]],
            "Goes on without headings": [["E2", X], ["E3", DESK]],
            "Externals": [["Name", "Mobile"], ["B", X]],
        }.items()
    ]
    + [
        Case([["Employee ID", "Mobile"], ["E1", M]], MOBILE, sheets={"Other": rows})
        for rows in (
            [["Country", "Prefix"], ["FR", "+33"]],
            [["Month", "Cost"], ["2026/01/31", "1500000"]],
            [["Questions?"], ["Call us:", DESK], ["Fill in every row."], ["Country", "by code"], ["Mobile", "with +"]],
        )
    ],
    "a key that a program has changed": [
        Case([["Employee ID", "Mobile"], [key, M]], codes="keyConverted", formats={"A2": code})
        for key, code in (
            (300000, "0E+00"),
            (45000, "yyyy-mm-dd"),
            (12, "# ?/?"),
            (4200, '#,##0.00 "EUR"'),
            ("3.0E+05", "General"),
        )
    ],
    "two countries": [
        Case(
            [["Employee ID", "Country", "Mobile"], ["E1", country, number]],
            codes="numberAmbiguous",
            location=location,
        )
        for country, number, location in (
            ("CH", "079 123 45 67", "FR"),
            ("France", "079 123 45 67", "CH"),
            ("SE", "070 123 45 67", "FI"),
            ("DE", "0151 23456789", "AT"),
            ("NL", "0612345678", "FR"),
        )
    ],
    "a person who has left": [
        Case(
            [["Employee ID", "Worker Status", "Status", "Mobile"], ["E1", "Terminated", "Inactive", M]],
            codes="personHasLeft",
        ),
        Case(
            [["Employee ID", "Active", "Mobile"], ["E1", False, X], ["E2", True, M]],
            mobile("+491711234567", "E2"),
            codes="personHasLeft",
        ),
        Case([["Personalnummer", "Austritt", "Vertragsende", "Mobil"], ["E1", None, PAST, M]], codes="rowNotInForce"),
        Case(
            [["Matricule", "Statut", "Portable"], ["E1", "Sorti", X], ["E2", "Actif", X]],
            mobile("+491729998877", "E2"),
            codes="personHasLeft",
        ),
        Case(
            [["Employee ID", "Status", "Termination Date", "Mobile"], ["E1", "Active", PAST, M]],
            codes="statusContradictory",
        ),
        *(
            Case(
                [["Employee ID", heading, "Mobile"], ["E1", left, X], ["E2", active, M]],
                held=f"column B ({heading}): its values are statuses of employment",
            )
            for heading, left, active in (
                ("State", "Left", "Active"),
                ("Termination reason", "Resigned", None),
                ("Group", "Ausgeschieden", "Aktiv"),
            )
        ),
        Case(
            [["Employee ID", "Info", "Mobile"], ["E1", "Terminated", X], ["E2", "Active", M]],
            held="column B (Info): its heading says nothing and its values look like statuses of employment",
        ),
        *(
            Case(
                [["Employee ID", heading, "Mobile"], ["E1", left, X], ["E2", here, M]],
                mobile("+491711234567", "E2"),
                codes="personHasLeft",
            )
            for heading, left, here in (
                ("Deleted", "1", "0"),
                ("Archived", "Yes", "No"),
                ("Deactivated", "true", "false"),
                ("Is current", "No", "Yes"),
                ("Current employee", "N", "Y"),
            )
        ),
        *(
            Case([["Employee ID", "Termination date", "Mobile"], ["E1", day, M]], codes="personHasLeft")
            for day in ("2024/01/31", "2024.01.31", "31-JAN-2024", "31 January 2024", "20240131", 20240131)
        ),
        Case([["Employee ID", "Termination date", "Mobile"], ["E1", "2024-01-31-08:00", M]], codes="personHasLeft"),
        *(
            Case([["Employee ID", "Termination date", "Mobile"], ["E1", day, M]], MOBILE)
            for day in ("00.00.0000", "0000-00-00", "00000000", 0)
        ),
    ],
    "a row of the future or of the past": [
        Case([["Employee ID", "Hire Date", "Mobile"], ["E1", FUTURE, M]], codes="rowNotInForce"),
        *(
            Case(
                [["Employee ID", heading, "Mobile"], ["E1", FUTURE, M]],
                held=f"column B ({heading}): its heading says nothing and its values look like dates",
            )
            for heading in ("As of", "New", "Current")
        ),
        Case(
            [["PERNR", "BEGDA", "ENDDA", "Mobile"], ["E1", OLD, PAST, X], ["E1", date(2024, 2, 1), FUTURE, M]],
            MOBILE,
            codes="rowNotInForce",
        ),
        Case(
            [["Employee ID", "Effective Date", "Mobile"], ["E1", OLD, X], ["E1", PAST, M], ["E1", FUTURE, X]],
            MOBILE,
            codes="rowReplaced rowNotInForce",
        ),
        Case([["Employee ID", "Effective Date", "Mobile"], ["E1", OLD, X], ["E1", PAST, None]], codes="rowReplaced"),
        Case(
            [
                ["Personalnummer", "Gültig ab", "Status", "Mobil"],
                ["E1", OLD, "Aktiv", M],
                ["E1", PAST, "Ausgeschieden", None],
            ],
            codes="personHasLeft",
        ),
    ],
    "a mistyped domain": [
        Case([["Employee ID", "Private e-mail"], ["E1", f"someone@{domain}"]], codes="emailDomainSuspicious")
        for domain in ("gmial.com", "gmail.con", "hotmial.com", "outlok.com", "yaho.com")
    ],
    "written as another country writes": [
        Case([["Employee ID", "Mobile"], ["E1", number]], codes="groupingForeign", location=location)
        for number, location in (
            ("70255 50133", "US"),
            ("80555 50133", "US"),
            ("91755 50133", "US"),
            ("90255 50147", "CA"),
            ("90955 50133", "US"),
        )
    ],
}


def outcome_of(case: Case) -> tuple[frozenset[str], str, set[str]]:
    """What would be written, why the file is held, and the codes of rows and slots."""
    found = understood(opened(case.workbook()))
    held = "; ".join(found.mapping.concerns())
    written, codes = set(), set()
    rules = DesiredValueRules(app_region=case.region)
    for row in found.rows:
        codes |= {row.left_out} - {""}
        codes |= {refusal.code for refusal in row.row_refusals}
        if row.left_out or row.row_refusals or row.key is None:
            continue
        desired = desired_of_row(row, rules, usage_location=case.location, file_region=None)
        codes |= {refusal.code for refusal in desired.refused}
        for slot, value in desired.slots:
            assert isinstance(value, PhoneNumber)
            extension = f"x{value.extension}" if value.extension else ""
            written.add(f"{row.key.value} {PhoneType(slot)} +{value.country_code}{value.national}{extension}")
    return frozenset(written), held, codes


@pytest.mark.parametrize(
    ("name", "place"), [(name, place) for name, cases in CLASSES.items() for place in range(len(cases))]
)
def test_a_layout_of_the_class(name: str, place: int) -> None:
    case = CLASSES[name][place]
    written, held, codes = outcome_of(case)
    assert bool(case.held) is bool(held), held
    assert case.held in held
    if not case.held:
        assert case.written == written
    assert set(case.codes.split()) <= codes
