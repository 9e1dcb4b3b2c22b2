"""The export of a made-up staff: a workbook as HR would send it, from which every wanted number can be read again."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import openpyxl
import phonenumbers
import pytest
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.worksheet.worksheet import Worksheet

from sandbox.exports import KEY_HEADERS, PHONE_HEADERS, SpelledCell, spell, write_export
from sandbox.people import PersonKind, Staff, StaffMember, make_staff
from sandbox.spellings import Spelling
from shared.core.export.desired import DesiredValueRules, desired_of_row
from shared.core.export.export_row import ExportRow
from shared.core.person.account import KeyKind, Methods, PhoneAuthenticationMethod
from shared.core.plan.plan import Plan, plan_person
from shared.core.values.slot import PhoneNumber, PhoneType, Slot, number_from_graph
from shared.core.values.states import Policy, RowState
from testing import exports

AMERICAN = PhoneNumber(1, "2025550123")
GERMAN = PhoneNumber(49, "1713920000")
OFFICE = PhoneNumber(33, "199001234", "77")


@pytest.fixture(scope="module")
def staff() -> Staff:
    return make_staff(300)


@pytest.fixture(scope="module")
def sheet(staff: Staff) -> Worksheet:
    return opened(write_export(staff))


def opened(content: bytes) -> Worksheet:
    sheet = openpyxl.load_workbook(BytesIO(content)).active
    assert isinstance(sheet, Worksheet)
    return sheet


def phone_cells(staff: Staff, sheet: Worksheet) -> list[tuple[StaffMember, PhoneType, Cell | MergedCell]]:
    return [
        (member, phone_type, sheet.cell(row, column))
        for row, member in enumerate(staff.members, start=4)
        for column, phone_type in enumerate(PHONE_HEADERS, start=5)
    ]


class TestSheet:
    def test_headings_stand_above_the_header(self, sheet: Worksheet) -> None:
        """The header is the third row, as in exports that people print."""
        assert [
            ["Staff list"],
            ["Human Resources, confidential"],
            [
                *("Department", "Name", "User principal name", "Country"),
                *("Mobile phone", "Alternate mobile", "Office phone"),
            ],
        ] == [[value for value in row if value] for row in sheet.iter_rows(max_row=3, values_only=True)]

    def test_one_row_per_person(self, staff: Staff, sheet: Worksheet) -> None:
        """Everybody has one row, in the staff's order, with what HR knows of them."""
        assert list(sheet.iter_rows(min_row=4, max_col=4, values_only=True)) == [
            (member.department, member.name, member.keys[KeyKind.USER_PRINCIPAL_NAME], member.country_cell or None)
            for member in staff.members
        ]

    @pytest.mark.parametrize("key", KeyKind)
    def test_any_key_names_the_people(self, key: KeyKind) -> None:
        """The key column holds the kind of key asked for, by Graph's name for it, under its own header."""
        small = make_staff(5)
        column = [row[2] for row in opened(write_export(small, key=key.value)).iter_rows(min_row=3, values_only=True)]
        assert column == [KEY_HEADERS[key], *(member.keys[key] for member in small.members)]

    def test_an_unknown_key_is_refused(self) -> None:
        """A key that nobody has is a mistake of the caller."""
        with pytest.raises(ValueError, match="birthday"):
            write_export(make_staff(1), key="birthday")

    def test_the_bytes_are_the_same_every_time(self, staff: Staff) -> None:
        """Two exports of one staff are one file, so a demo can be repeated to the byte."""
        assert write_export(staff) == write_export(make_staff(300))

    def test_it_can_be_written_to_a_file(self, tmp_path: Path) -> None:
        """The file holds what is returned."""
        content = write_export(make_staff(3), file=tmp_path / "staff.xlsx")
        assert (tmp_path / "staff.xlsx").read_bytes() == content


class TestSpelling:
    @pytest.mark.parametrize(
        ("number", "spelling", "cell"),
        [
            (AMERICAN, Spelling.INTERNATIONAL, SpelledCell("+1 202-555-0123")),
            (AMERICAN, Spelling.E164, SpelledCell("+12025550123")),
            (AMERICAN, Spelling.NO_BREAK_SPACES, SpelledCell("\xa0+1\xa0202-555-0123")),
            (AMERICAN, Spelling.DOTS, SpelledCell("+1.202.555.0123")),
            (AMERICAN, Spelling.NATIONAL, SpelledCell("(202) 555-0123")),
            (AMERICAN, Spelling.INTEGER_SHOWN_WITH_PLUS, SpelledCell(12025550123, '"+"0')),
            (AMERICAN, Spelling.NATIONAL_INTEGER, SpelledCell(2025550123)),
            (AMERICAN, Spelling.LETTER_FOR_ZERO, SpelledCell("+1 2O2-555-0123")),
            (GERMAN, Spelling.NATIONAL, SpelledCell("0171 3920000")),
            (GERMAN, Spelling.NATIONAL_INTEGER, SpelledCell(1713920000)),
            (OFFICE, Spelling.INTERNATIONAL, SpelledCell("+33 1 99 00 12 34 ext. 77")),
        ],
    )
    def test_how_a_number_is_written(self, number: PhoneNumber, spelling: Spelling, cell: SpelledCell) -> None:
        """Each spelling is what a person or a spreadsheet makes of the number."""
        assert spell(number, spelling) == cell

    def test_every_spelling_occurs(self, staff: Staff) -> None:
        """300 people show every way of writing a number."""
        assert {spelling for member in staff.members for spelling in member.spellings.values()} == set(Spelling)

    def test_cells_hold_what_was_spelled(self, staff: Staff, sheet: Worksheet) -> None:
        """Texts are stored as text, integers as numbers with their format, and a number not wanted is a blank cell."""
        for member, phone_type, cell in phone_cells(staff, sheet):
            number = member.wanted.get(phone_type)
            expected = SpelledCell("") if number is None else spell(number, member.spellings[phone_type])
            assert expected == ("" if cell.value is None else cell.value, cell.number_format)

    def test_the_same_number_is_spelled_differently(self, staff: Staff, sheet: Worksheet) -> None:
        """Where account and row agree, the texts never do: comparing texts would find only differences."""
        for member, phone_type, cell in phone_cells(staff, sheet):
            if member.kind is PersonKind.SAME_NUMBER_OTHER_SPELLING and phone_type in member.wanted:
                assert str(cell.value) != member.wanted[phone_type].spelled_for_graph()

    def test_every_number_can_be_read_again(self, staff: Staff, sheet: Worksheet) -> None:
        """With the person's country each cell gives the wanted number, but for those with a letter in them."""
        for member, phone_type, cell in phone_cells(staff, sheet):
            if phone_type not in member.wanted or member.kind is PersonKind.MISTYPED_NUMBER:
                continue
            shown = f"+{cell.value}" if cell.number_format == '"+"0' else str(cell.value)
            parsed = phonenumbers.parse(shown, member.country)
            national = phonenumbers.national_significant_number(parsed)
            assert PhoneNumber(parsed.country_code or 0, national, parsed.extension or "") == member.wanted[phone_type]

    def test_mistyped_numbers_have_a_letter(self, staff: Staff, sheet: Worksheet) -> None:
        """A mistyped cell holds the letter O where a zero belongs."""
        texts = [
            str(cell.value)
            for member, phone_type, cell in phone_cells(staff, sheet)
            if member.kind is PersonKind.MISTYPED_NUMBER and phone_type in member.wanted
        ]
        assert texts
        assert [] == [text for text in texts if "O" not in text]


def rows_read(content: bytes) -> Iterator[ExportRow]:
    """The rows as the app reads them."""
    return exports.rows_of(exports.opened(content, "staff.xlsx"))


def state_planned(member: StaffMember, row: ExportRow, base: dict[Slot, PhoneNumber]) -> RowState:
    """What the app's own decisions make of a row, once it is known who exists and who is an administrator."""
    if member.person is None or member.person.groups:
        return RowState.REFUSED
    desired = desired_of_row(
        row, DesiredValueRules(app_region="US"), usage_location=member.person.usageLocation, file_region=None
    )
    if desired.is_refused:
        return RowState.REFUSED
    stored = member.person.phones.items()
    there = Methods(
        tuple(PhoneAuthenticationMethod(PhoneType(name), number_from_graph(number)) for name, number in stored)
    )
    plan = plan_person(desired, base, there, Policy.MERGE)
    assert isinstance(plan, Plan)
    return plan.outcome


def _base(member: StaffMember) -> dict[Slot, PhoneNumber]:
    return {Slot(phone_type.value): number for phone_type, number in member.wanted.items()}


class TestExpectations:
    @pytest.mark.parametrize("key", KeyKind)
    def test_the_app_reads_what_hr_means(self, staff: Staff, key: KeyKind) -> None:
        """The app recognises the header, takes each person's key as written, and has no doubt about any of them."""
        rows = list(rows_read(write_export(staff, key=key)))
        assert [] == [row.refusals for row in rows if row.refusals]
        assert [row.key and (row.key.kind, row.key.value) for row in rows] == [
            (key, member.keys[key]) for member in staff.members
        ]

    def test_the_first_export(self, staff: Staff) -> None:
        """Over an empty ledger the app's decisions come to what the staff expects, row by row."""
        planned = [
            state_planned(member, row, base={})
            for member, row in zip(staff.members, rows_read(write_export(staff)), strict=True)
        ]
        assert planned == [member.expected for member in staff.members]

    @pytest.mark.parametrize("remembered", [True, False])
    def test_the_next_export(self, staff: Staff, *, remembered: bool) -> None:
        """So they do for the next export, whether or not the ledger remembers what the first one wrote."""
        following = staff.with_changed_numbers(0.2)
        planned = [
            state_planned(member, row, base=_base(before) if remembered else {})
            for before, member, row in zip(
                staff.members, following.members, rows_read(write_export(following)), strict=True
            )
        ]
        assert planned == [member.expected for member in following.members]
