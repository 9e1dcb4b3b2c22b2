"""The look of the cells and pages that the app writes: fonts, fills, borders, print layout, charts.

A tone has a colour here and a sign in its words (`Tone.sign`). The cells of a sheet share their styles: openpyxl would
take most of its time for styles that are made cell by cell.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache
from math import ceil
from typing import NamedTuple
from unicodedata import east_asian_width

from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.chart import AreaChart, BarChart, Reference
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.marker import DataPoint
from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, OneCellAnchor
from openpyxl.drawing.xdr import XDRPositiveSize2D
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.styles.cell_style import StyleArray
from openpyxl.worksheet.header_footer import HeaderFooterItem
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from shared.core.report.page import Kind, Tone

_FONT = "Calibri"
_INK, _PALE, _LINE, _HEAD, _FRAME = "1F2933", "6B7785", "D5DBE1", "24405C", "4A83C4"
_FILLS = {
    Tone.DONE: "E3F3E6",
    Tone.SAME: "EEF1F4",
    Tone.KEPT: "EEF1F4",
    Tone.PARTLY: "FFF1D6",
    Tone.WAITS: "E4EEFA",
    Tone.UNSURE: "FFF1D6",
    Tone.NOT_DONE: "FBE3E1",
    Tone.PLANNED: "E4EEFA",
    Tone.OPEN: "EEF1F4",
}
_BARS = {
    Tone.DONE: "4C9A5E",
    Tone.SAME: "9AA5B1",
    Tone.KEPT: "9AA5B1",
    Tone.PARTLY: "E0A02F",
    Tone.WAITS: "4A83C4",
    Tone.UNSURE: "E0A02F",
    Tone.NOT_DONE: "C9473D",
    Tone.PLANNED: "4A83C4",
    Tone.OPEN: "9AA5B1",
}
_NUMBERS = {Kind.NUMBER: "#,##0", Kind.ROW: "0"}
WRAPPED = frozenset({Kind.SENTENCE, Kind.OUTCOME, Kind.NOTE})
LINE_HEIGHT, ROW_HEIGHT = 15.0, 18.0
"""Points; the texts of a table keep clear of its lines."""
_EXTENTS = {"iljI.,:;'|!": 0.5, "frt()[]-/": 0.66, " ": 0.46, "mwMW@%": 1.6}
INDENT = 2.0
"""The distance of a table's texts from the edges of its columns, in widths of a digit."""
_SMALL = 11 / 9
"""The size of usual letters, relative to those of notes."""
_USUAL, _CAPITAL, _EAST_ASIAN = 1.0, 1.16, 1.9
"""The widths of letters, relative to a digit, the unit of column widths."""
_MARGIN, _FOOT = 0.4, 0.6
"""Inches."""
_CENTIMETRE = 360_000
_GAP = 150_000
"""The distance of a table from its chart. It and `_CENTIMETRE` are in EMU, the unit of drawings."""


_UNDERLINED = Border(bottom=Side(style="thin", color=_LINE))
_FRAME_SIDE = Side(style="thin", color=_FRAME)
_FRAMED = Border(left=_FRAME_SIDE, right=_FRAME_SIDE, top=_FRAME_SIDE, bottom=_FRAME_SIDE)


class Look(NamedTuple):
    """The properties of a cell that decide its style."""

    part: str
    """`title`, `section`, `text`, `name`, `head` or `cell`."""
    kind: Kind = Kind.WORD
    tone: Tone | None = None
    number_format: str = "@"
    vertical: str = "center"
    """The vertical alignment of the part `cell`; other parts have their own."""


class Styles:
    """The styles that cells of one sheet share, made on first use."""

    def __init__(self, sheet: Worksheet) -> None:
        self._sheet = sheet
        self._made: dict[Look, StyleArray] = {}

    def _of(self, look: Look) -> StyleArray:
        if look not in self._made:
            cell = WriteOnlyCell(self._sheet)
            _dress(cell, look)
            self._made[look] = cell._style  # type: ignore[attr-defined] # noqa: SLF001 - openpyxl has no other way to share a style
        return self._made[look]

    def dress(self, cell: SheetCell, look: Look) -> SheetCell:
        """Give the cell its shared style; setting fonts and fills cell by cell would take ten times as long."""
        cell._style = self._of(look)  # type: ignore[attr-defined] # noqa: SLF001 - as above
        return cell


def _dress(cell: SheetCell, look: Look) -> None:
    cell.number_format = _NUMBERS.get(look.kind, look.number_format) if look.part == "cell" else look.number_format
    cell.font, cell.alignment = _font(look.part, look.kind), _alignment(look.part, look.kind, look.vertical)
    if look.part == "head":
        cell.fill = _fill(_HEAD)
    elif look.part == "cell":
        cell.border = _FRAMED if look.kind is Kind.INPUT else _UNDERLINED
        if look.tone is not None and look.kind is Kind.OUTCOME:
            cell.fill = _fill(_FILLS[look.tone])


@cache
def _font(part: str, kind: Kind) -> Font:
    match part:
        case "title":
            return Font(name=_FONT, sz=16, b=True, color=_HEAD)
        case "section":
            return Font(name=_FONT, sz=12, b=True, color=_HEAD)
        case "head":
            return Font(name=_FONT, sz=11, b=True, color="FFFFFF")
        case "name":
            return Font(name=_FONT, sz=11, color=_PALE)
    if kind in (Kind.CODE, Kind.NOTE):
        return Font(name=_FONT, sz=9, color=_PALE)
    return Font(name=_FONT, sz=11, color=_INK)


@cache
def _alignment(part: str, kind: Kind, vertical: str) -> Alignment:
    wraps = part in ("head", "text", "title") or kind in WRAPPED
    return Alignment(
        horizontal="right" if kind in _NUMBERS else "left",  # a name in Hebrew would stand at the right
        indent=1 if part in ("head", "cell") else 0,
        vertical={"head": "center", "cell": vertical}.get(part, "top"),
        wrap_text=wraps,
    )


def height_of(texts: Iterable[tuple[str, float]]) -> float | None:
    """The height of a row for its wrapped texts, each with the width of its column; None = the usual height.

    It is needed because not every program measures rows when it opens a workbook.
    """
    lines = max((_lines(text, width) for text, width in texts), default=1)
    return lines * LINE_HEIGHT if lines > 1 else None


def usable(kind: Kind, width: float) -> float:
    """The width that a column leaves for the texts of a table, in digits of the text's size."""
    return (width - INDENT) * (_SMALL if kind in (Kind.NOTE, Kind.CODE) else 1.0)


def extent(text: str) -> float:
    """The width of a text, in digits."""
    return sum(map(_extent_of, text))


@cache
def _extent_of(letter: str) -> float:
    known = next((width for letters, width in _EXTENTS.items() if letter in letters), None)
    if known is not None:
        return known
    if east_asian_width(letter) in "WF":
        return _EAST_ASIAN
    return _CAPITAL if letter.isupper() else _USUAL


@lru_cache(maxsize=2_000)
def _lines(text: str, width: float) -> int:
    """The number of lines when a program wraps between words, and within words that are wider than the column."""
    count = 0
    for part in text.split("\n"):
        count, used = count + 1, 0.0
        for word in part.split(" "):
            wide = extent(word)
            if used and used + wide > width:
                count, used = count + 1, 0.0
            if wide > width:
                count += ceil(wide / width) - 1
            used += wide + _extent_of(" ")
    return count


@cache
def _fill(color: str) -> PatternFill:
    return PatternFill("solid", fgColor=color)


def print_wide(sheet: Worksheet, footer: str, header_row: int | None) -> None:
    """Print in landscape, one page wide, with the header on each page and the page number below."""
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    margins = sheet.page_margins
    margins.left = margins.right = margins.top = _MARGIN
    margins.bottom, margins.header, margins.footer = _FOOT, _MARGIN, _MARGIN
    below = HeaderFooterItem()
    below.left.text, below.center.text = "&A", footer.format(page="&P", pages="&N")
    sheet.HeaderFooter.oddFooter = below
    if header_row:
        sheet.print_title_rows = f"{header_row}:{header_row}"


def bar_chart(sheet: Worksheet, first_row: int, tones: list[Tone]) -> BarChart:
    """A bar chart of the counts in column B, named by column A; each bar in the colour of its tone."""
    chart = BarChart()
    chart.type, chart.style, chart.gapWidth = "bar", 10, 40
    last = first_row + len(tones) - 1
    chart.add_data(Reference(sheet, min_col=2, min_row=first_row, max_row=last))
    chart.set_categories(Reference(sheet, min_col=1, min_row=first_row, max_row=last))
    chart.legend = None
    series = chart.series[0]
    for place, tone in enumerate(tones):
        point = DataPoint(idx=place, invertIfNegative=False)
        point.graphicalProperties.solidFill = _BARS[tone]
        point.graphicalProperties.line.noFill = True
        series.dPt.append(point)
    series.dLbls = DataLabelList(
        showVal=True, showSerName=False, showCatName=False, showLegendKey=False, showPercent=False
    )
    chart.x_axis.scaling.orientation = "maxMin"  # from top to bottom, as the table
    chart.x_axis.delete, chart.y_axis.delete = False, True
    chart.y_axis.majorGridlines = None
    chart.y_axis.scaling.min = 0
    chart.height, chart.width = max(2.4, 0.9 * len(tones) + 1.0), 14
    return chart


def beside_table(chart: BarChart, column: int, row: int) -> OneCellAnchor:
    """Place the chart a little to the right of the table: at this column, counted from 0, and row, counted from 1."""
    size = XDRPositiveSize2D(round(chart.width * _CENTIMETRE), round(chart.height * _CENTIMETRE))
    return OneCellAnchor(AnchorMarker(column, _GAP, row - 1, 0), size)


def share_chart(sheet: Worksheet, head: int, last: int, columns: int) -> AreaChart:
    """A chart of the shares of counts in all columns but the first, which has the times; `head` is the heading row."""
    chart = AreaChart()
    chart.grouping, chart.style = "percentStacked", 10
    chart.add_data(Reference(sheet, min_col=2, max_col=columns, min_row=head, max_row=last), titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=1, min_row=head + 1, max_row=last))
    chart.x_axis.delete, chart.y_axis.delete = False, False
    chart.y_axis.number_format = "0%"
    chart.height, chart.width = 8.0, 24
    return chart
