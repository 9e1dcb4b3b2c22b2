"""Odd packages: namespaces, dimensions, parts, sheets and tables, each as some program was seen to write it."""

from __future__ import annotations

from io import BytesIO

from openpyxl import Workbook as OpenpyxlWorkbook
from openpyxl.chart import BarChart

from tests.adapters.workbook.odd import PEOPLE_ROWS, Odd, read, refused
from tests.adapters.workbook.packages import (
    HEADER,
    MAIN,
    OFFICE,
    PEOPLE,
    TABLE,
    inline,
    inline_rows,
    parts,
    relationships,
    row,
    shared,
    sheet,
    strings,
    table_part,
    workbook,
    zipped,
)

_STRICT = "http://purl.oclc.org/ooxml"
_CHARTSHEET = f'<chartsheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0"/></sheetViews></chartsheet>'


def _plain() -> str:
    return sheet(inline_rows())


def _strict(*, dates: bool = False) -> bytes:
    made = parts(
        sheet(row(1, [shared(0), shared(1), shared(2)]) + inline_rows(PEOPLE, first=2)),
        shared_strings=strings(*HEADER),
        properties='<workbookPr date1904="0"/>' if dates else "",
    )
    replaced = {
        name: str(xml)
        .replace(MAIN, f"{_STRICT}/spreadsheetml/main")
        .replace(f"{OFFICE}/", f"{_STRICT}/officeDocument/relationships/")
        .replace(OFFICE, f"{_STRICT}/officeDocument/relationships")
        for name, xml in made.items()
    }
    return zipped(replaced)


def _dimension(ref: str) -> bytes:
    return workbook(sheet(inline_rows(), before=f'<dimension ref="{ref}"/>'))


def _prefixed() -> bytes:
    made = parts(_plain())
    xml = str(made["xl/worksheets/sheet1.xml"])
    for tag in ("worksheet", "sheetData", "row", "c", "is", "t"):
        xml = (
            xml.replace(f"<{tag} ", f"<x:{tag} ").replace(f"<{tag}>", f"<x:{tag}>").replace(f"</{tag}>", f"</x:{tag}>")
        )
    made["xl/worksheets/sheet1.xml"] = xml.replace(f'xmlns="{MAIN}"', f'xmlns:x="{MAIN}"')
    book = str(made["xl/workbook.xml"]).replace("<", "<w:").replace("<w:/", "</w:").replace("<w:?", "<?")
    made["xl/workbook.xml"] = book.replace("xmlns=", "xmlns:w=").replace("r:id", "q:id").replace("xmlns:r", "xmlns:q")
    return zipped(made)


def _absolute_targets() -> bytes:
    made = parts(_plain())
    made["_rels/.rels"] = relationships(("officeDocument", "/xl/workbook.xml"))
    made["xl/_rels/workbook.xml.rels"] = relationships(("worksheet", "/xl/worksheets/sheet1.xml"))
    return zipped(made)


def _minimal() -> bytes:
    made = parts(_plain())
    del made["[Content_Types].xml"]
    return zipped(made)


def _other_case() -> bytes:
    made = parts(_plain())
    made["xl/Worksheets/Sheet1.XML"] = made.pop("xl/worksheets/sheet1.xml")
    return zipped(made)


def _backslashes() -> bytes:
    return zipped({name.replace("/", "\\"): xml for name, xml in parts(_plain()).items()})


def _unrelated_strings() -> bytes:
    made = parts(sheet(row(1, [shared(0), shared(1), shared(2)]) + inline_rows(PEOPLE, first=2)))
    return zipped(made | {"xl/sharedStrings.xml": strings(*HEADER)})


def _same_relationship_ids() -> bytes:
    made = parts(_plain(), _plain())
    made["xl/worksheets/_rels/sheet1.xml.rels"] = relationships(("hyperlink", "../nothing.xml"))
    made["xl/worksheets/_rels/sheet2.xml.rels"] = relationships(("hyperlink", "../nothing.xml"))
    return zipped(made)


def _chart_sheet_first() -> bytes:
    made = parts(_CHARTSHEET, _plain(), names=("Chart", "People"))
    made["xl/_rels/workbook.xml.rels"] = relationships(
        ("chartsheet", "worksheets/sheet1.xml"), ("worksheet", "worksheets/sheet2.xml")
    )
    return zipped(made)


def _written_with_chart() -> bytes:
    book = OpenpyxlWorkbook()
    for texts in TABLE:
        book.worksheets[0].append(texts)
    book.create_chartsheet().add_chart(BarChart())
    saved = BytesIO()
    book.save(saved)
    return saved.getvalue()


def _macros() -> bytes:
    made = parts(_plain(), f'<dialogsheet xmlns="{MAIN}"/>', f'<xm:macrosheet xmlns:xm="{MAIN}"/>')
    made["xl/_rels/workbook.xml.rels"] = relationships(
        ("worksheet", "worksheets/sheet1.xml"),
        ("dialogsheet", "worksheets/sheet2.xml"),
        ("xlMacrosheet", "worksheets/sheet3.xml"),
    )
    made["xl/vbaProject.bin"] = b"\xcc\x61\xff\xff macros"
    return zipped(made)


def _without_sheets() -> bytes:
    return workbook()


def _lost_sheet() -> bytes:
    made = parts(_plain(), _plain())
    made["xl/_rels/workbook.xml.rels"] = relationships(("worksheet", "worksheets/sheet1.xml"))
    return zipped(made)


def _missing_part() -> bytes:
    made = parts(_plain())
    del made["xl/worksheets/sheet1.xml"]
    return zipped(made)


def _two_sheets(*states: str) -> bytes:
    other = sheet(inline_rows([("Notes",), ("nothing here",)]))
    return workbook(other, _plain(), states=states)


def two_tables(*, ref: str = "A3:C6", second: str = "A9:B11", attributes: str = "", below: str = "") -> bytes:
    """Table People with its header in row 3, and table Cities below it."""
    cities = (("city", "people"), ("Rome", "1"), ("Oslo", "2"))
    rows = row(1, [inline("Export of today")]) + inline_rows(TABLE, first=3) + below + inline_rows(cities, first=9)
    made = parts(
        sheet(rows, after='<tableParts count="2"><tablePart r:id="rId1"/><tablePart r:id="rId2"/></tableParts>')
    )
    made["xl/worksheets/_rels/sheet1.xml.rels"] = relationships(
        ("table", "../tables/table1.xml"), ("table", "/xl/tables/table2.xml")
    )
    made["xl/tables/table1.xml"] = table_part("People", ref, HEADER, attributes)
    made["xl/tables/table2.xml"] = table_part("Cities", second, ("city", "people"))
    return zipped(made)


def _header_in_row(number: int) -> bytes:
    title = [("Export of today",), *((f"remark {i}",) for i in range(2, number))]
    return workbook(sheet(inline_rows(title) + inline_rows(TABLE, first=number)))


def _moved(rows: int) -> list[tuple[int, tuple[str, ...]]]:
    return [(row + rows, texts) for row, texts in PEOPLE_ROWS]


CORPUS: list[Odd] = [
    read("transitional", lambda: workbook(_plain())),
    read("strict", _strict),
    read("strict with properties", lambda: _strict(dates=True)),
    read("dimension too small", lambda: _dimension("A1:B2")),
    read("dimension of one cell", lambda: _dimension("A1")),
    read("dimension of the whole sheet", lambda: _dimension("A1:XFD1048576")),
    read("dimension that is no range", lambda: _dimension("everything")),
    read("foreign prefixes", _prefixed),
    read("absolute targets", _absolute_targets),
    read("no content types", _minimal),
    read("part names in other case", _other_case),
    read("part names with backslashes", _backslashes),
    read("strings without a relationship", _unrelated_strings),
    read("relationship ids used twice", _same_relationship_ids),
    read("chart sheet first", _chart_sheet_first),
    read("chart sheet by openpyxl", _written_with_chart),
    read("macros, dialog and macro sheets", _macros, file="export.XLSM"),
    read("second sheet holds the people", lambda: _two_sheets("visible", "visible")),
    read("first sheet hidden", lambda: workbook(sheet(inline_rows([HEADER])), _plain(), states=("hidden", "visible"))),
    read("first sheet very hidden", lambda: workbook(_plain(), _plain(), states=("veryHidden", "visible"))),
    read("header in row 20", lambda: _header_in_row(20), _moved(19)),
    read(
        "sheet protection", lambda: workbook(sheet(inline_rows(), after='<sheetProtection sheet="1" password="CC1A"/>'))
    ),
    read("workbook protection", lambda: workbook(_plain(), properties='<workbookProtection lockStructure="1"/>')),
    refused("header in row 21", lambda: _header_in_row(21), "headingsTooLow"),
    refused("only the hidden sheet holds people", lambda: _two_sheets("visible", "hidden"), "noVisibleSheet"),
    refused("all sheets hidden", lambda: workbook(_plain(), states=("hidden",)), "noVisibleSheet"),
    refused("no sheets", _without_sheets, "noVisibleSheet"),
    refused("sheet without a relationship", _lost_sheet, "corruptFile"),
    refused("sheet without a part", _missing_part, "corruptFile"),
    refused("empty sheet", lambda: workbook(sheet("")), "emptyFile"),
    refused("no header", lambda: workbook(sheet(inline_rows(PEOPLE))), "noPersonColumn"),
]
