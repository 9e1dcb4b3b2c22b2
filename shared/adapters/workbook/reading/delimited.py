"""A text file (.csv) as a `RowSource` of one sheet: its encoding, its delimiter, its raw count and its rows."""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from io import BytesIO, TextIOWrapper
from itertools import chain, islice

from shared.adapters.workbook.reading.limits import MIB, FileLimits
from shared.adapters.workbook.reading.refusal import refusal, refuse_broken
from shared.adapters.workbook.reading.source import ExcelTable, Sheet, SheetScan
from shared.core.values.cell import Cell, CellKind
from shared.core.values.errors import FileRefusedError

SHEET_NAME = "CSV"
_SHEET = Sheet(SHEET_NAME, "", visible=True)
_DELIMITERS = (",", ";", "\t", "|")
_DIRECTIVE = re.compile(r"sep=(.)")
_LINE_END = re.compile(rb"[\r\n]")
_MAX_LINE_BYTES = MIB
_CHUNK = 64 * 1024
_TEXT_FORMAT = "@"
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_LATIN = re.compile(r"cp125[02478]|latin_1|iso8859_(2|3|4|9|10|13|14|15|16)|mac_(roman|latin2|iceland|turkish)")
_WINDOWS = "cp1252"
_GUESS_FROM = 256 * 1024


class DelimitedSource:
    """A text file in memory; decoded anew, in pieces, on every pass."""

    modified: datetime | None = None

    def __init__(self, data: bytes, limits: FileLimits) -> None:
        """Raises FileRefusedError for text in no known encoding and for lines that would fill the memory."""
        _check_lines(data)
        self._data = data
        self._limits = limits
        self._encoding = _encoding_of(data)
        self._delimiter, self._fields = self._find_delimiter()

    @property
    def sheets(self) -> Sequence[Sheet]:
        return (_SHEET,)

    @property
    def notes(self) -> Sequence[str]:
        if self._encoding.startswith("utf"):
            return ()
        return (f"The text is not in UTF-8 and was read as {self._encoding}; if names look wrong, save it in UTF-8.",)

    def tables(self, sheet: Sheet) -> Sequence[ExcelTable]:  # noqa: ARG002 - the protocol's signature
        return ()

    def scan(self, sheet: Sheet, *, stop_after: int) -> SheetScan:  # noqa: ARG002 - as above
        with refuse_broken("The text"):
            count = _RecordCount(self._delimiter)
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
                self._check_marks(row, fields)
                texts = fields[:width] + [""] * (width - len(fields))
                self._check_lengths(row, texts)
                yield row, tuple(_cell(f"{letter}{row}", text) for letter, text in zip(letters, texts, strict=True))

    def _check_marks(self, row: int, fields: Sequence[str]) -> None:
        """Two stray quotation marks join all rows between them into one field, which no count reveals.

        Such a field holds one whole row of delimiters for each line end, or leaves its record with another width.
        """
        for field in fields:
            lines = field.replace("\r\n", "\n").replace("\r", "\n").count("\n")
            if lines and (
                field.count(self._delimiter) == lines * (self._fields - 1) > 0 or len(fields) != self._fields
            ):
                raise refusal(
                    "unbalancedQuote", f"Row {row} looks like several rows that stray quotation marks have joined."
                )

    def _check_lengths(self, row: int, texts: Sequence[str]) -> None:
        longest = max(map(len, texts), default=0)
        if longest > self._limits.max_cell_characters:
            raise refusal(
                "cellTooLong",
                f"A cell in row {row} holds {longest} characters; the limit is {self._limits.max_cell_characters}.",
            )

    def _text(self, newline: str | None) -> TextIOWrapper:
        return TextIOWrapper(BytesIO(self._data), self._encoding, newline=newline)

    def _records(self, delimiter: str, *, strict: bool = True) -> Iterator[tuple[int, list[str]]]:
        with refuse_broken("The text"):
            records = csv.reader(self._text(newline=""), delimiter=delimiter, strict=strict)
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

    def _find_delimiter(self) -> tuple[str, int]:
        """The delimiter and the number of fields that most of the first rows have."""
        with refuse_broken("The text"):
            directive = _DIRECTIVE.match(self._text(newline=None).readline(16))
        candidates = (directive[1],) if directive else _DELIMITERS
        found = {delimiter: self._regularity(delimiter) for delimiter in candidates}
        best = max(candidates, key=lambda delimiter: found[delimiter])
        return best, found[best][1]

    def _regularity(self, delimiter: str) -> tuple[float, int]:
        """(share of the first rows that have the most frequent number of fields, that number)."""
        records = islice(self._records(delimiter, strict=False), self._limits.header_rows)
        try:
            widths = Counter(len(fields) for _, fields in records if any(fields))
        except FileRefusedError:
            return 0, 1  # a field without end; another delimiter may fit, and otherwise the reader names the limit
        width, rows = max(widths.items(), key=lambda item: (item[0] > 1, item[1], item[0]), default=(1, 0))
        return (rows / widths.total() if width > 1 else 0), width


def _check_lines(data: bytes) -> None:
    begin = 0
    ends = (match.start() for match in _LINE_END.finditer(data))
    for end in chain(ends, (len(data),)):
        if end - begin > _MAX_LINE_BYTES:
            raise refusal("cellTooLong", f"A line of the text has more than {_MAX_LINE_BYTES // MIB} MiB.")
        begin = end


def _cell(address: str, text: str) -> Cell:
    return Cell(address, CellKind.TEXT if text else CellKind.BLANK, text, _TEXT_FORMAT)


class _RecordCount:
    """The raw count of records by quotation marks alone; it shares nothing with the csv module that it checks.

    Fed with the text piece by piece, with `\\n` for every line end.
    """

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


def _encoding_of(data: bytes) -> str:
    """Raises FileRefusedError for bytes that are text in no known encoding."""
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return encoding
    if _decodes(data, "utf-8"):
        return "utf-8"
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_GUESS_FROM]).best()
    guess = best.encoding if best else _WINDOWS
    # A few accents cannot tell one Western code page from another, and Windows writes this one.
    for encoding in (_WINDOWS, guess) if _LATIN.fullmatch(guess) else (guess,):
        if _decodes(data, encoding):
            return encoding
    raise refusal("notAWorkbook", "The encoding of the text could not be recognised.")


def _decodes(data: bytes, encoding: str) -> bool:
    text = TextIOWrapper(BytesIO(data), encoding)
    try:
        while text.read(_CHUNK):
            pass
    except UnicodeDecodeError:
        return False
    return True
