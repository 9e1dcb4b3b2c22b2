"""Rows of a text file (.csv): encoding, delimiter, and an independent count; a `source.Source` of one sheet."""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from io import BytesIO, TextIOWrapper
from itertools import islice

from shared.adapters.workbook.limits import Limits
from shared.adapters.workbook.package import Sheet, Table
from shared.adapters.workbook.refusal import refusal, refuse_broken
from shared.adapters.workbook.scan import SheetScan
from shared.core.cell import Cell, CellKind
from shared.core.errors import FileRefusedError

SHEET_NAME = "CSV"
_SHEET = Sheet(SHEET_NAME, "", visible=True)
_DELIMITERS = (",", ";", "\t", "|")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_GUESS_FROM = 256 * 1024
_DIRECTIVE = re.compile(r"sep=(.)")
_CHUNK = 64 * 1024
_TEXT_FORMAT = "@"


class DelimitedSource:
    """A text file in memory; decoded anew, in pieces, on every pass."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        """Raises FileRefusedError for text in no known encoding."""
        self._data = data
        self._limits = limits
        self.encoding = _encoding(data)
        self._delimiter = self._find_delimiter()

    @property
    def sheets(self) -> Sequence[Sheet]:
        return (_SHEET,)

    def tables(self, sheet: Sheet) -> Sequence[Table]:  # noqa: ARG002 - the protocol's signature
        return ()

    def scan(self, sheet: Sheet, *, stop_after: int) -> SheetScan:  # noqa: ARG002 - as above
        with refuse_broken("The text"):
            count = _Count(self._delimiter)
            text = self._text(newline=None)
            while chunk := text.read(_CHUNK):
                count.add(chunk)
                if len(count.found.content_rows) > stop_after:
                    return count.found
            count.finish()
            return count.found

    def rows(self, sheet: Sheet, width: int) -> Iterator[tuple[int, tuple[Cell, ...]]]:  # noqa: ARG002 - as above
        from openpyxl.utils import get_column_letter

        letters = [get_column_letter(column) for column in range(1, width + 1)]
        for row, fields in self._records(self._delimiter):
            if any(fields):
                texts = fields[:width] + [""] * (width - len(fields))
                self._check_lengths(row, texts)
                yield row, tuple(_cell(f"{letter}{row}", text) for letter, text in zip(letters, texts, strict=True))

    def _check_lengths(self, row: int, texts: Sequence[str]) -> None:
        longest = max(map(len, texts), default=0)
        if longest > self._limits.max_cell_characters:
            raise refusal(
                "cellTooLong",
                f"A cell in row {row} holds {longest} characters; the limit is {self._limits.max_cell_characters}.",
            )

    def _text(self, newline: str | None) -> TextIOWrapper:
        return TextIOWrapper(BytesIO(self._data), self.encoding, newline=newline)

    def _records(self, delimiter: str) -> Iterator[tuple[int, list[str]]]:
        with refuse_broken("The text"):
            records = csv.reader(self._text(newline=""), delimiter=delimiter, strict=True)
            row = 0
            while True:
                try:
                    fields = next(records, None)
                except csv.Error:
                    raise refusal("unbalancedQuote", f"After row {row} a quotation mark is not closed.") from None
                if fields is None:
                    return
                row += 1
                yield row, fields

    def _find_delimiter(self) -> str:
        with refuse_broken("The text"):
            directive = _DIRECTIVE.match(self._text(newline=None).readline(16))
        return directive[1] if directive else max(_DELIMITERS, key=self._regularity)

    def _regularity(self, delimiter: str) -> tuple[float, int]:
        """(share of the first rows that have the most frequent number of columns, that number)."""
        try:
            records = islice(self._records(delimiter), self._limits.header_rows)
            widths = Counter(len(fields) for _, fields in records if any(fields))
        except FileRefusedError:
            return 0, 0  # another delimiter may read it; if none does, the reader refuses it by name
        width, rows = max(widths.items(), key=lambda item: (item[0] > 1, item[1], item[0]), default=(0, 0))
        return (rows / widths.total() if width > 1 else 0), width


def _cell(address: str, text: str) -> Cell:
    return Cell(address, CellKind.TEXT if text else CellKind.BLANK, text, _TEXT_FORMAT)


def _encoding(data: bytes) -> str:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return encoding
    try:
        for _ in TextIOWrapper(BytesIO(data), "utf-8"):
            pass
    except UnicodeDecodeError:
        return _guessed_encoding(data)
    return "utf-8"


def _guessed_encoding(data: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_GUESS_FROM]).best()
    if best is None:
        raise refusal("notAWorkbook", "The text is in no encoding that could be recognised.")
    return best.encoding


class _Count:
    """Counts records by their quotation marks alone, without the csv module."""

    def __init__(self, delimiter: str) -> None:
        self._delimiter = delimiter
        self._tokens = re.compile(rf'[^"\n{re.escape(delimiter)}]+|.', re.DOTALL)
        self.found = SheetScan()
        self._row = 1
        self._quoted = False
        self._just_closed = False
        self._field_start = True
        self._content = False

    def add(self, text: str) -> None:
        for piece in self._tokens.findall(text):
            if piece == '"' and (self._quoted or self._field_start or self._just_closed):
                self._content |= self._just_closed  # a doubled mark is a mark in the text
                self._quoted, self._just_closed, self._field_start = not self._quoted, self._quoted, False
            else:
                self._just_closed = False
                self._add_unmarked(piece)

    def _add_unmarked(self, piece: str) -> None:
        if self._quoted:
            self._content = True
        elif piece == "\n":
            self._end_record()
        elif piece == self._delimiter:
            self._field_start = True
        else:
            self._content, self._field_start = True, False

    def _end_record(self) -> None:
        if self._content:
            self.found.content_rows.append(self._row)
        self._row += 1
        self._content, self._field_start = False, True

    def finish(self) -> None:
        if self._quoted:
            raise refusal("unbalancedQuote", f"A quotation mark that opens in or before row {self._row} is not closed.")
        self._end_record()
