"""openpyxl's streaming parser of worksheets, confined to rows; used by `xlsx`.

This is the parser under openpyxl's read-only mode, without the mode itself: that one scans every sheet when opening,
drops rows that come out of order, fills gaps with millions of empty rows, believes `<dimension>`, needs a faultless
stylesheet and cannot tell an uncalculated formula from a blank cell.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import IO, Any
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import iterparse
from openpyxl.worksheet._reader import DATA_TAG, FORMULA_TAG, INLINE_STRING, ROW_TAG, VALUE_TAG, WorkSheetParser

from shared.adapters.workbook.reading.refusal import refusal
from shared.adapters.workbook.reading.shared_strings import SharedStrings

_CONTENT_TAGS = frozenset((VALUE_TAG, INLINE_STRING, FORMULA_TAG))
_TEXT_TAG = INLINE_STRING.replace("}is", "}t")

ParsedCell = dict[str, Any]
"""openpyxl's: `row`, `column` (from 1), `value`, `data_type`, `style_id`. Of type `f`: a formula without a result."""


class RowParser(WorkSheetParser):
    """Iterate `parse()` once."""

    def __init__(self, source: IO[bytes], shared_strings: SharedStrings) -> None:
        # No date formats: openpyxl would replace a number that is no date by an error and print it in a warning.
        super().__init__(source, shared_strings, data_only=True, date_formats=(), timedelta_formats=())
        self._has_content = False

    def parse(self) -> Generator[tuple[int, list[ParsedCell]]]:
        """(row number, cells) of each row with content; stops where the rows end."""
        for _, element in iterparse(self.source, forbid_dtd=True):
            if element.tag == ROW_TAG:
                self._has_content = False
                parsed = self.parse_row(element)
                element.clear()
                if self._has_content:
                    yield parsed
            elif element.tag == DATA_TAG:
                return

    def parse_cell(self, element: Element) -> ParsedCell:
        """Raises FileRefusedError for a cell out of place: whose row it is, or which of two counts, nobody can say."""
        previous = self.col_counter
        cell: ParsedCell = super().parse_cell(element)
        if cell["column"] <= previous or cell["row"] != self.row_counter:
            raise refusal("corruptFile", f"Row {self.row_counter} of the sheet contains a cell in the wrong place.")
        inline = element.find(INLINE_STRING)
        if inline is not None and len(inline.findall(_TEXT_TAG)) > 1:
            raise refusal("corruptFile", f"Row {self.row_counter} of the sheet contains a cell with two texts.")
        if cell["value"] is not None:
            self._has_content = True
        elif len(element):
            self._has_content |= any(child.tag in _CONTENT_TAGS for child in element)
            formula = element.find(FORMULA_TAG)
            if formula is not None and element.get("t") != "str":  # `str` without text is a calculated ""
                cell["value"], cell["data_type"] = formula.text or "", "f"
        return cell
