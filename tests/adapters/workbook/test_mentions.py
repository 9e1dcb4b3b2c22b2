"""A file names a person wherever a program would show it, and nobody by chance."""

from __future__ import annotations

import pytest
from openpyxl import Workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment

from shared.adapters.workbook.reading.limits import FileLimits
from shared.adapters.workbook.reading.mentions import mentions
from shared.core.run.erasure import Sought
from tests.flows.in_excel import InExcel

PERSON = Sought.of("C0FFEE00-1111-4222-8333-444455556666", ["Lee.O'Neil@contoso.com", "4711"])
LIMITS = FileLimits()


def book(change: object) -> bytes:
    excel = InExcel(("Name", "Number"), ("somebody@contoso.com", 4712))
    change(excel.book)  # type: ignore[operator]
    return excel.saved()


def in_a_hidden_sheet(book: Workbook) -> None:
    sheet = book.create_sheet("old")
    sheet.sheet_state = "hidden"
    sheet["Z99"] = "LEE.O'NEIL@contoso.com"


def in_a_comment(book: Workbook) -> None:
    book.active["A1"].comment = Comment("ask lee.o'neil@contoso.com.", "me")  # type: ignore[index]


def in_a_link(book: Workbook) -> None:
    book.active["A1"].hyperlink = "mailto:lee.o'neil@contoso.com"  # type: ignore[index]


def in_two_formats(book: Workbook) -> None:
    bold = TextBlock(InlineFont(b=True), "lee.o'")
    book.active["A1"] = CellRichText(bold, "neil@contoso.com")  # type: ignore[index]


def as_a_number(book: Workbook) -> None:
    book.active["A1"] = 4711  # type: ignore[index]


def in_a_formula(book: Workbook) -> None:
    book.active["A1"] = '="c0ffee00-1111-4222-8333-444455556666"'  # type: ignore[index]


PLACES = [in_a_hidden_sheet, in_a_comment, in_a_link, in_two_formats, as_a_number, in_a_formula]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_a_workbook_names_a_person(place: object) -> None:
    assert mentions(book(place), PERSON, LIMITS) is True


def test_a_workbook_names_nobody_by_chance() -> None:
    """Longer addresses and numbers, and numbers that lead to shared strings."""

    def others(book: Workbook) -> None:
        for row in range(1, 4800):
            book.active.cell(row, 1, f"text {row}")  # type: ignore[union-attr]
        book.active["B1"] = "ann.lee.o'neil@contoso.com lee.o'neil@contoso.com.au 47110 4711-9"  # type: ignore[index]

    assert mentions(book(others), PERSON, LIMITS) is False


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "mac_greek"]
)
@pytest.mark.parametrize("cell", ["lee.o'neil@CONTOSO.com", " 4711", '"4711"', "c0ffee00-1111-4222-8333-444455556666"])
def test_a_text_file_names_a_person(encoding: str, cell: str) -> None:
    assert mentions(f"name;number\nx;{cell}\n".encode(encoding), PERSON, LIMITS) is True
    assert mentions(f"{cell};x\n".encode(encoding), PERSON, LIMITS) is True
    assert mentions(f"name;number\nx;a{cell.strip(' "')}b\n".encode(encoding), PERSON, LIMITS) is False


@pytest.mark.parametrize(
    "data", [bytes.fromhex("d0cf11e0a1b11ae1") + b"x" * 99, b"PK\x03\x04 broken", b"%PDF-1.7 \x00"]
)
def test_what_cannot_be_searched_is_not_said_to_name_nobody(data: bytes) -> None:
    assert mentions(data, PERSON, LIMITS) is None
