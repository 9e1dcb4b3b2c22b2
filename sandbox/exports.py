"""The workbook that HR would export for a made-up staff: a real `.xlsx`, with the spellings that real exports have.

Called by the demo, the benchmarks and the tests. Two heading rows stand above the header; phone cells are text,
integers and formatted integers. The same staff always gives the same bytes.
"""

from __future__ import annotations

import re
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import NamedTuple, assert_never

import phonenumbers
import xlsxwriter  # type: ignore[import-untyped] # the package ships no types
from phonenumbers import PhoneNumberFormat

from sandbox.people import Staff, StaffMember
from sandbox.spellings import Spelling
from shared.core.person.account import KeyKind
from shared.core.values.slot import PhoneNumber, PhoneType

KEY_HEADERS: dict[KeyKind, str] = {
    KeyKind.OBJECT_ID: "Object ID",
    KeyKind.USER_PRINCIPAL_NAME: "User principal name",
    KeyKind.EMPLOYEE_ID: "Employee ID",
    KeyKind.MAIL: "E-mail",
}
PHONE_HEADERS: dict[PhoneType, str] = {
    PhoneType.MOBILE: "Mobile phone",
    PhoneType.ALTERNATE_MOBILE: "Alternate mobile",
    PhoneType.OFFICE: "Office phone",
}
HEADINGS = ("Staff list", "Human Resources, confidential")
PRINTED = datetime(2026, 1, 1)  # noqa: DTZ001 - workbooks know no time zones; a fixed time keeps the bytes the same

GENERAL, SHOWN_WITH_PLUS = "General", '"+"0'
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"


class SpelledCell(NamedTuple):
    """What is stored in a cell, and the format by which Excel shows it; "" = a blank cell."""

    value: str | int
    number_format: str = GENERAL


BLANK = SpelledCell("")


def write_export(staff: Staff, *, key: KeyKind | str = KeyKind.USER_PRINCIPAL_NAME, file: Path | None = None) -> bytes:
    """The workbook's bytes, also written to `file` when one is given; people are named by `key`.

    Raises ValueError when `key` is not a kind of key.
    """
    key = KeyKind(key)
    stream = BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        book.set_properties({"title": HEADINGS[0], "created": PRINTED})
        formats = {code: book.add_format({"num_format": code}) for code in (GENERAL, SHOWN_WITH_PLUS)}
        bold = book.add_format({"bold": True})
        sheet = book.add_worksheet("Staff")
        headers = ("Department", "Name", KEY_HEADERS[key], "Country", *PHONE_HEADERS.values())
        for row, texts in enumerate((*((heading,) for heading in HEADINGS), headers)):
            for column, text in enumerate(texts):
                sheet.write_string(row, column, text, bold)
        for row, member in enumerate(staff.members, start=len(HEADINGS) + 1):
            for column, cell in enumerate(_cells(member, key)):
                match cell:
                    case SpelledCell(int(value), number_format):
                        sheet.write_number(row, column, value, formats[number_format])
                    case SpelledCell(str(value)) if value:
                        sheet.write_string(row, column, value)
        sheet.set_column(0, len(headers) - 1, 24)
        sheet.freeze_panes(len(HEADINGS) + 1, 0)
    content = stream.getvalue()
    if file is not None:
        file.write_bytes(content)
    return content


def _cells(member: StaffMember, key: KeyKind) -> list[SpelledCell]:
    texts = (member.department, member.name, member.keys[key], member.country_cell)
    phones = (
        spell(member.wanted[phone_type], member.spellings[phone_type]) if phone_type in member.wanted else BLANK
        for phone_type in PHONE_HEADERS
    )
    return [*map(SpelledCell, texts), *phones]


def spell(number: PhoneNumber, spelling: Spelling) -> SpelledCell:
    """One number as HR wrote it."""
    value: str | int
    match spelling:
        case Spelling.INTERNATIONAL:
            value = _punctuated(number)
        case Spelling.E164:
            value = f"+{number.digits}"
        case Spelling.NO_BREAK_SPACES:
            value = NO_BREAK_SPACE + _punctuated(number).replace(" ", NO_BREAK_SPACE)
        case Spelling.DOTS:
            value = re.sub(r"[ -]", ".", _punctuated(number))
        case Spelling.NATIONAL:
            value = _punctuated(number, PhoneNumberFormat.NATIONAL)
        case Spelling.INTEGER_SHOWN_WITH_PLUS:
            value = int(number.digits)
        case Spelling.NATIONAL_INTEGER:
            value = int(number.national)
        case Spelling.LETTER_FOR_ZERO:
            value = "O".join(_punctuated(number).split("0", 1))
        case _:
            assert_never(spelling)
    return SpelledCell(value, SHOWN_WITH_PLUS if spelling is Spelling.INTEGER_SHOWN_WITH_PLUS else GENERAL)


def _punctuated(number: PhoneNumber, style: int = PhoneNumberFormat.INTERNATIONAL) -> str:
    known = phonenumbers.parse(f"+{number.digits}")
    return phonenumbers.format_number(known, style) + (f" ext. {number.extension}" if number.extension else "")
