"""Parts as the usual programs write them, and what is read of a part when all of it, or only a part, is parsed."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any
from xml.parsers.expat import ExpatError

import openpyxl
import xlsxwriter  # type: ignore[import-untyped] # the package ships no types

from shared.adapters.workbook.reading.scan import scan_sheet
from shared.adapters.workbook.reading.shared_strings import read_shared_strings
from shared.adapters.workbook.reading.sheet_rows import read_rows
from shared.adapters.workbook.reading.source import LAST_ROW
from shared.core.values.errors import FileRefusedError
from tests.adapters.workbook.packages import MAIN, OFFICE, unzipped

PEOPLE = (
    ("userPrincipalName", "mobile", "R&D <Zürich>", "hours"),
    ("ana@contoso.example", "+1 202 555 0123", ' \n\'Müller & "Söhne"', 38.5),
    ("bo@contoso.example", None, "東京 _x000D_", 40),
    ("cy@contoso.example", "+33 1 99 00 12 34", "]]", True),
)
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'

EXCEL = (
    f'{_DECLARATION}\r\n<worksheet xmlns="{MAIN}" xmlns:r="{OFFICE}" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" mc:Ignorable="x14ac xr" '
    'xmlns:x14ac="http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac" '
    'xmlns:xr="http://schemas.microsoft.com/office/spreadsheetml/2014/revision" '
    'xr:uid="{00000000-0001-0000-0000-000000000000}"><dimension ref="A1:C4"/><sheetViews><sheetView tabSelected="1" '
    'workbookViewId="0"/></sheetViews><sheetFormatPr defaultRowHeight="15" x14ac:dyDescent="0.25"/>'
    '<cols><col min="1" max="1" width="30" customWidth="1"/></cols><sheetData>'
    '<row r="1" spans="1:3" s="1" customFormat="1" ht="30" customHeight="1" x14ac:dyDescent="0.25">'
    '<c r="A1" s="1" t="s"><v>0</v></c><c r="B1" s="1" t="s"><v>1</v></c><c r="C1" s="2"/></row>'
    '<row r="2" spans="1:3" hidden="1" x14ac:dyDescent="0.25"><c r="A2" t="s"><v>2</v></c><c r="C2"><v>9.5</v></c>'
    "</row>"
    '<row r="4" spans="1:3" x14ac:dyDescent="0.25"><c r="AA4" t="b"><v>1</v></c><c r="XFD4" t="e"><v>#N/A</v></c></row>'
    '</sheetData><pageMargins left="0.7" right="0.7" top="0.75" bottom="0.75" header="0.3" footer="0.3"/></worksheet>'
).encode()
LIBREOFFICE = (
    f'{_DECLARATION}\n<worksheet xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheetPr filterMode="false">'
    '<pageSetUpPr fitToPage="false"/></sheetPr><dimension ref="A1:C2"/><sheetFormatPr defaultRowHeight="15">'
    '</sheetFormatPr><sheetData><row r="1" customFormat="false" ht="15" hidden="false" customHeight="false" '
    'outlineLevel="0" collapsed="false"><c r="A1" s="0" t="s"><v>0</v></c><c r="C1" s="0" t="n"><v>3</v></c></row>'
    '<row r="2" customFormat="false" ht="12.8" hidden="true" customHeight="false" outlineLevel="0" collapsed="false">'
    '<c r="B2" s="1" t="s"><v>2</v></c></row></sheetData></worksheet>'
).encode()
_SHEET, _STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"


def _by_openpyxl() -> dict[str, bytes]:
    book = openpyxl.Workbook()
    for line in PEOPLE:
        book.worksheets[0].append(line)
    packed = BytesIO()
    book.save(packed)
    return unzipped(packed.getvalue())


def _by_xlsxwriter(**options: bool) -> dict[str, bytes]:
    packed = BytesIO()
    with xlsxwriter.Workbook(packed, {"in_memory": True, **options}) as book:
        page = book.add_worksheet()
        for row, line in enumerate(PEOPLE):
            page.write_row(row, 0, line)
    return unzipped(packed.getvalue())


def usual_sheets() -> dict[str, bytes]:
    return {
        "Excel": EXCEL,
        "LibreOffice": LIBREOFFICE,
        "openpyxl": _by_openpyxl()[_SHEET],
        "XlsxWriter": _by_xlsxwriter()[_SHEET],
        "XlsxWriter in constant memory": _by_xlsxwriter(constant_memory=True)[_SHEET],
    }


def usual_strings() -> bytes:
    return _by_xlsxwriter()[_STRINGS]


def parsed_as_a_whole(part: bytes) -> bytes:
    """The same part with an instruction before its first row or text: no program writes any, every parser skips it."""
    for first in (b"<sheetData>", b"<si>"):
        if first in part:
            return part.replace(first, b"<?x?>" + first, 1)
    return part


def of_sheet(part: bytes) -> tuple[object, object]:
    """What the count and the reader say of a sheet."""
    return (
        _outcome(lambda: scan_sheet(BytesIO(part), stop_after=LAST_ROW, first_row=2)),
        _outcome(lambda: list(read_rows(BytesIO(part)))),
    )


def of_strings(part: bytes) -> object:
    return _outcome(lambda: read_shared_strings(BytesIO(part), len(part)))


def _outcome(read: Callable[[], Any]) -> object:
    try:
        return read()
    except FileRefusedError as refused:
        return refused.code, refused.message
    except (ExpatError, ArithmeticError, ValueError, LookupError) as error:
        return type(error)
