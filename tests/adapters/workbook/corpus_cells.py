"""Odd rows and cells: strings in every form, numbers, formulas, dates, merged and far cells."""

from __future__ import annotations

from tests.adapters.workbook.odd import PEOPLE_ROWS, Odd, read, refused
from tests.adapters.workbook.packages import (
    HEADER,
    PEOPLE,
    TABLE,
    inline,
    inline_rows,
    number,
    row,
    shared,
    sheet,
    string_items,
    strings,
    workbook,
)
from tests.adapters.workbook.reading import Rows

_KEY = "ana@contoso.example"


def one_cell(xml: str, **options: str) -> bytes:
    """One person whose mobile cell is `xml`."""
    return workbook(sheet(inline_rows([HEADER]) + row(2, [inline(_KEY), xml])), **options)


def _shows(text: str) -> Rows:
    return [(2, (_KEY, text, ""))]


def _shared(items: str) -> bytes:
    """One person whose mobile is the first shared string."""
    return one_cell(shared(0), shared_strings=string_items(items))


def _rows(xml: str, **options: str) -> bytes:
    return workbook(sheet(inline_rows([HEADER]) + xml, **options))


def _far(ref: str, at: int) -> str:
    return f'<row r="{at}"><c r="{ref}"><v>1</v></c></row>'


def _merges(count: int) -> str:
    ranges = "".join(f'<mergeCell ref="E{i}:F{i}"/>' for i in range(1, count + 1))
    return f'<mergeCells count="{count}">{ranges}</mergeCells>'


def _without_references() -> bytes:
    return workbook(
        sheet("".join(f"<row>{''.join(inline(text).replace(' r="@"', '') for text in texts)}</row>" for texts in TABLE))
    )


_NAMESPACED_RICH = (
    '<si xmlns:y="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><y:r><y:rPr><y:b/></y:rPr>'
    "<y:t>+1 202</y:t></y:r><y:r><y:t> 555 0123</y:t></y:r></si>"
)

CORPUS: list[Odd] = [
    read(
        "inline string in cdata",
        lambda: one_cell('<c r="@" t="inlineStr"><is><t><![CDATA[+1 & 2]]></t></is></c>'),
        _shows("+1 & 2"),
    ),
    read(
        "inline string with a value beside it",
        lambda: one_cell('<c r="@" t="inlineStr"><v>9</v><is><t>+1 202</t></is></c>'),
        _shows("+1 202"),
    ),
    read("inline string with space around", lambda: one_cell(inline("  +1 202 ")), _shows("  +1 202 ")),
    read(
        "inline string of rich text",
        lambda: one_cell('<c r="@" t="inlineStr"><is><r><t>+1 </t></r><r><t>202</t></r></is></c>'),
        _shows("+1 202"),
    ),
    read(
        "shared strings",
        lambda: workbook(
            sheet(row(1, [shared(0), shared(1), shared(2)]) + inline_rows(PEOPLE, first=2)),
            shared_strings=strings(*HEADER),
        ),
    ),
    read("empty shared string", lambda: _shared("<si/>"), _shows("")),
    read("shared string with an empty text", lambda: _shared("<si><t/></si>"), _shows("")),
    read(
        "shared strings with a wrong count",
        lambda: one_cell(
            shared(1), shared_strings=strings("a", "+1 202").replace("<sst", '<sst count="9" uniqueCount="1"')
        ),
        _shows("+1 202"),
    ),
    read("phonetic guide", lambda: _shared('<si><t>+81 3</t><rPh sb="0" eb="1"><t>x</t></rPh></si>'), _shows("+81 3")),
    read("rich text with a prefix", lambda: _shared(_NAMESPACED_RICH), _shows("+1 202 555 0123")),
    read("escaped line end", lambda: _shared("<si><t>+1 202_x000D_\n555</t></si>"), _shows("+1 202\r\n555")),
    read("escaped escape", lambda: _shared("<si><t>_x005F_x000D_</t></si>"), _shows("_x000D_")),
    read("escaped line end inline", lambda: one_cell(inline("1_x000A_2")), _shows("1\n2")),
    read("escaped surrogates", lambda: one_cell(inline("_xD83D__xDE00_")), _shows("\N{GRINNING FACE}")),
    read("lone surrogate", lambda: one_cell(inline("a_xD83D_b")), _shows("a\N{REPLACEMENT CHARACTER}b")),
    read("error cell", lambda: one_cell('<c r="@" t="e"><v>#DIV/0!</v></c>'), _shows("#DIV/0!")),
    read("boolean", lambda: one_cell('<c r="@" t="b"><v>1</v></c>'), _shows("TRUE")),
    read(
        "formula with a text result", lambda: one_cell('<c r="@" t="str"><f>A1</f><v>+1 202</v></c>'), _shows("+1 202")
    ),
    read("formula with an empty text result", lambda: one_cell('<c r="@" t="str"><f>A1</f><v></v></c>'), _shows("")),
    read("formula without a result", lambda: one_cell('<c r="@"><f>+12025550123</f></c>'), _shows("=+12025550123")),
    read("formula with an empty result", lambda: one_cell('<c r="@"><f>A1</f><v/></c>'), _shows("=A1")),
    read("shared formula without a result", lambda: one_cell('<c r="@"><f t="shared" si="0"/></c>'), _shows("")),
    read("value of no length", lambda: one_cell('<c r="@"><v></v></c>'), _shows("")),
    read("empty style", lambda: one_cell('<c r="@" s="" t="str"><v>+1 202</v></c>'), _shows("+1 202")),
    read("style that does not exist", lambda: one_cell(number("12025550123", 99)), _shows("12025550123")),
    read("number too large for a double", lambda: one_cell(number("1E+999")), _shows("#NUM!")),
    read("number of 18 digits", lambda: one_cell(number("123456789012345678")), _shows("123456789012345678")),
    read("number in scientific notation", lambda: one_cell(number("1.2025550123E10")), _shows("12025550123")),
    read("no cell and row references", _without_references),
    read("row numbers as decimals", lambda: _rows(inline_rows(PEOPLE, first=2).replace('<row r="2"', '<row r="2.0"'))),
    read(
        "gap between rows",
        lambda: _rows(inline_rows(PEOPLE, first=500_000)),
        [(row + 499_998, texts) for row, texts in PEOPLE_ROWS],
    ),
    read(
        "rows without content between",
        lambda: _rows(
            inline_rows(PEOPLE[:1], first=2)
            + '<row r="3"/><row r="4"><c r="A4" s="0"/></row>'
            + inline_rows(PEOPLE[1:], first=5)
        ),
        [(2, PEOPLE[0]), (5, PEOPLE[1]), (6, PEOPLE[2])],
    ),
    read(
        "hidden and filtered rows",
        lambda: _rows(
            inline_rows(PEOPLE, first=2).replace('r="3" ', 'r="3" hidden="1" '), after='<autoFilter ref="A1:C4"/>'
        ),
    ),
    read(
        "far cell below",
        lambda: _rows(inline_rows(PEOPLE, first=2) + _far("XFD1048576", 1_048_576)),
        [*PEOPLE_ROWS, (1_048_576, ("", "", ""))],
    ),
    read(
        "far cell in the header",
        lambda: workbook(sheet(inline_rows().replace("</row>", '<c r="XFD1"><v>1</v></c></row>', 1))),
    ),
    read("merged cells", lambda: workbook(sheet(inline_rows(), after=_merges(3)))),
    read("thousands of merged cells", lambda: workbook(sheet(inline_rows(), after=_merges(10_000)))),
    read(
        "trailing extensions",
        lambda: workbook(sheet(inline_rows(), after='<extLst><ext uri="{X}"><x/></ext></extLst>')),
    ),
    refused("two rows of one number", lambda: _rows(inline_rows(PEOPLE[:1], first=2) * 2), "corruptFile"),
    refused(
        "rows in falling order",
        lambda: _rows(inline_rows(PEOPLE[:1], first=3) + inline_rows(PEOPLE[1:2], first=2)),
        "corruptFile",
    ),
    refused("row beyond the sheet", lambda: _rows(_far("A1048577", 1_048_577)), "corruptFile"),
    refused("row far beyond the sheet", lambda: _rows(_far("A2000000000", 2_000_000_000)), "corruptFile"),
    refused("two texts in a shared string", lambda: _shared("<si><t>+1</t><t>+2</t></si>"), "markupUnclear"),
    refused(
        "two texts inline", lambda: one_cell('<c r="@" t="inlineStr"><is><t>+1</t><t>+2</t></is></c>'), "markupUnclear"
    ),
    refused("cell of another row", lambda: one_cell('<c r="B9" t="inlineStr"><is><t>1</t></is></c>'), "corruptFile"),
    refused("two cells of one address", lambda: one_cell(inline("1") + '<c r="B2"><v>2</v></c>'), "corruptFile"),
    refused("shared string that does not exist", lambda: one_cell(shared(7)), "corruptFile"),
    refused("negative shared string", lambda: one_cell(shared(-1), shared_strings=strings("a")), "corruptFile"),
    refused("number that is none", lambda: one_cell(number("twelve")), "corruptFile"),
    refused("unknown cell type", lambda: one_cell('<c r="@" t="zz"><v>1</v></c>'), "markupUnclear"),
    refused(
        "rows in another namespace",
        lambda: workbook(
            sheet(inline_rows([HEADER]) + inline_rows(PEOPLE, first=2).replace("<row ", '<row xmlns="urn:other" '))
        ),
        "markupUnclear",
    ),
    refused(
        "cells wrapped in something else",
        lambda: _rows(f'<row r="2"><wrap>{inline(_KEY).replace("@", "A2", 1)}</wrap></row>'),
        "markupUnclear",
    ),
]
