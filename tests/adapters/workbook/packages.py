"""Makes workbooks part by part, as raw XML in a zip, so that each oddity is exactly what a test says."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'

HEADER = ("userPrincipalName", "mobile", "country")
PEOPLE = (
    ("ana@contoso.example", "+1 202 555 0123", "US"),
    ("bo@contoso.example", "+61 491 570 006", "AU"),
    ("cy@contoso.example", "+33 1 99 00 12 34", "FR"),
)
TABLE = (HEADER, *PEOPLE)

Parts = dict[str, str | bytes]


def zipped(parts: Mapping[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The parts as a zip file, in the order given."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", compression) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return packed.getvalue()


def unzipped(data: bytes) -> dict[str, bytes]:
    """The parts of a zip file."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def sheet(rows: str, *, before: str = "", after: str = "", main: str = MAIN, prolog: str = "") -> str:
    """A worksheet part around the XML of its rows."""
    return (
        f'{_DECLARATION}{prolog}<worksheet xmlns="{main}" xmlns:r="{OFFICE}">'
        f"{before}<sheetData>{rows}</sheetData>{after}</worksheet>"
    )


def inline_rows(table: Iterable[Sequence[str]] = TABLE, *, first: int = 1) -> str:
    """The XML of rows of inline strings; a blank text is no cell."""
    return "".join(row(number, [inline(text) for text in texts]) for number, texts in enumerate(table, first))


def row(number: int, cells: Sequence[str], attributes: str = "") -> str:
    """One row; each cell is XML in which `@` stands for its address."""
    filled = "".join(cell.replace("@", f"{chr(65 + index)}{number}", 1) for index, cell in enumerate(cells))
    return f'<row r="{number}" {attributes}>{filled}</row>'


def inline(text: str) -> str:
    return f'<c r="@" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>' if text else ""


def number(value: str, style: int = 0) -> str:
    return f'<c r="@" s="{style}"><v>{value}</v></c>'


def shared(index: int) -> str:
    return f'<c r="@" t="s"><v>{index}</v></c>'


def strings(*texts: str) -> str:
    """A shared strings part of plain texts."""
    return string_items("".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in texts))


def string_items(items: str) -> str:
    """A shared strings part around the XML of its items."""
    return f'{_DECLARATION}<sst xmlns="{MAIN}">{items}</sst>'


def styles(*formats: str) -> str:
    """A stylesheet whose style 0 is General and style n the nth format."""
    listed = "".join(
        f'<numFmt numFmtId="{164 + i}" formatCode="{escape(f, {chr(34): "&quot;"})}"/>' for i, f in enumerate(formats)
    )
    used = "".join(
        f'<xf numFmtId="{164 + i}" fontId="0" fillId="0" borderId="0" xfId="0"/>' for i in range(len(formats))
    )
    return (
        f'{_DECLARATION}<styleSheet xmlns="{MAIN}"><numFmts count="{len(formats)}">{listed}</numFmts>'
        '<fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        f'<cellXfs count="{len(formats) + 1}"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>{used}'
        "</cellXfs></styleSheet>"
    )


def relationships(*targets: tuple[str, str], office: str = OFFICE) -> str:
    """A relationships part: (kind, target) become rId1, rId2, …"""
    listed = "".join(
        f'<Relationship Id="rId{i}" Type="{office}/{kind}" Target="{target}"/>'
        for i, (kind, target) in enumerate(targets, 1)
    )
    return f'{_DECLARATION}<Relationships xmlns="{_RELATIONSHIPS}">{listed}</Relationships>'


def parts(
    *sheets: str,
    states: Sequence[str] = (),
    names: Sequence[str] = (),
    shared_strings: str = "",
    stylesheet: str = "",
    properties: str = "",
    tail: str = "",
) -> Parts:
    """The parts of a complete small workbook; `sheets` become Sheet1, Sheet2, … unless `names` says otherwise."""
    targets = [("worksheet", f"worksheets/sheet{i}.xml") for i in range(1, len(sheets) + 1)]
    listed = "".join(
        f'<sheet name="{names[i] if names else f"Sheet{i + 1}"}" sheetId="{i + 1}" r:id="rId{i + 1}" '
        f'state="{states[i] if states else "visible"}"/>'
        for i in range(len(sheets))
    )
    made: Parts = {
        "[Content_Types].xml": _content_types(len(sheets), bool(shared_strings), bool(stylesheet)),
        "_rels/.rels": relationships(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": (
            f'{_DECLARATION}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{properties}<sheets>{listed}</sheets>{tail}'
            "</workbook>"
        ),
    }
    made |= {f"xl/worksheets/sheet{i}.xml": xml for i, xml in enumerate(sheets, 1)}
    if shared_strings:
        targets.append(("sharedStrings", "sharedStrings.xml"))
        made["xl/sharedStrings.xml"] = shared_strings
    if stylesheet:
        targets.append(("styles", "styles.xml"))
        made["xl/styles.xml"] = stylesheet
    made["xl/_rels/workbook.xml.rels"] = relationships(*targets)
    return made


def workbook(*sheets: str, **options: str | Sequence[str]) -> bytes:
    """`parts`, zipped."""
    return zipped(parts(*sheets, **options))  # type: ignore[arg-type] # the options are those of `parts`


def _content_types(sheets: int, has_strings: bool, has_styles: bool) -> str:  # noqa: FBT001 - private, one call
    overrides = [
        ("/xl/workbook.xml", "sheet.main"),
        *((f"/xl/worksheets/sheet{i}.xml", "worksheet") for i in range(1, sheets + 1)),
    ]
    overrides += [("/xl/sharedStrings.xml", "sharedStrings")] * has_strings + [
        ("/xl/styles.xml", "styles")
    ] * has_styles
    listed = "".join(
        f'<Override PartName="{name}" ContentType="{_SPREADSHEET}.{kind}+xml"/>' for name, kind in overrides
    )
    return (
        f'{_DECLARATION}<Types xmlns="{_TYPES}">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{listed}</Types>'
    )


def table_part(name: str, ref: str, columns: Sequence[str], attributes: str = "") -> str:
    """An Excel table."""
    listed = "".join(f'<tableColumn id="{i}" name="{column}"/>' for i, column in enumerate(columns, 1))
    return (
        f'{_DECLARATION}<table xmlns="{MAIN}" id="1" name="{name}" displayName="{name}" ref="{ref}" {attributes}>'
        f'<tableColumns count="{len(columns)}">{listed}</tableColumns></table>'
    )
