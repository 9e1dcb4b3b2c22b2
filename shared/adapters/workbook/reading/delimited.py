"""A text file (.csv) as a `RowSource` of one sheet: its encoding, its delimiter, its raw count and its rows."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from io import BytesIO, TextIOWrapper
from itertools import chain, compress, count, islice

from shared.adapters.workbook.reading.cell_counts import CellCheck, hash_of
from shared.adapters.workbook.reading.encodings import recognise_encoding
from shared.adapters.workbook.reading.limits import MIB, FileLimits
from shared.adapters.workbook.reading.refusal import refusal, refuse_broken
from shared.adapters.workbook.reading.source import LAST_ROW, ExcelTable, Sheet, SheetScan
from shared.core.values.cell import Cell, CellKind
from shared.core.values.errors import FileRefusedError
from shared.core.values.said import Said

SHEET_NAME = "CSV"
_SHEET = Sheet(SHEET_NAME, "", visible=True)
_DELIMITERS = (",", ";", "\t", "|")
_DIRECTIVE = re.compile(r"sep=(.)")
_LINE_END = re.compile(rb"[\r\n]")
_MAX_LINE_BYTES = MIB
_TEXT_FORMAT = "@"


class DelimitedSource:
    """A text file in memory; each pass decodes it again, piece by piece."""

    modified: datetime | None = None

    def __init__(self, data: bytes, limits: FileLimits) -> None:
        """Raises FileRefusedError for text that cannot be decoded and for lines that are too long for memory."""
        _check_lines(data)
        self._data = data
        self._limits = limits
        self._encoding = recognise_encoding(data)
        self._delimiter, self._fields = self._find_delimiter()

    @property
    def sheets(self) -> Sequence[Sheet]:
        return (_SHEET,)

    @property
    def notes(self) -> Sequence[Said]:
        if self._encoding.is_unicode:
            return ()
        name = self._encoding.name
        return (
            Said(
                "The text is not in UTF-8 and was read as {encoding}; if names look wrong, save it as CSV UTF-8.",
                encoding=name,
            ),
        )

    def property_of_file(self, name: str) -> None:  # noqa: ARG002 - the protocol's signature
        return None

    def tables(self, sheet: Sheet) -> Sequence[ExcelTable]:  # noqa: ARG002 - the protocol's signature
        return ()

    def scan(self, sheet: Sheet, *, stop_after: int, first_row: int = 1) -> SheetScan:  # noqa: ARG002 - as above
        with refuse_broken(Said("The text")):
            counted = _RecordCount(self._delimiter, first_row)
            for line in self._text(newline=None):
                counted.add(line)
                if len(counted.found.content_rows) > stop_after:
                    return counted.found
            counted.finish()
            return counted.found

    def rows(
        self, sheet: Sheet, width: int, *, scan: SheetScan | None = None, in_addresses: str = ""
    ) -> Iterator[tuple[int, tuple[Cell, ...]]]:
        from openpyxl.utils import get_column_letter

        check = CellCheck(scan or self.scan(sheet, stop_after=LAST_ROW))
        letters = [f"{in_addresses}{get_column_letter(column)}" for column in range(1, width + 1)]
        for row, fields in self._records(self._delimiter):
            columns = tuple(compress(count(), fields))
            if columns:
                check.check(row, columns)
                self._check_quotation_marks(row, fields)
                texts = fields[:width] + [""] * (width - len(fields))
                yield row, tuple(self._cells(row, letters, texts))
        check.finish()

    def _cells(self, row: int, letters: Sequence[str], texts: Sequence[str]) -> Iterator[Cell]:
        limit, rivals = self._limits.max_cell_characters, self._encoding.rivals
        for letter, text in zip(letters, texts, strict=True):
            if not text:
                kind = CellKind.BLANK
            elif len(text) > limit:
                kind = CellKind.TOO_LONG
            elif rivals and not self._encoding.is_certain(text):
                kind = CellKind.UNCERTAIN
            else:
                kind = CellKind.TEXT
            yield Cell(f"{letter}{row}", kind, text, _TEXT_FORMAT)

    def _check_quotation_marks(self, row: int, fields: Sequence[str]) -> None:
        """Refuse two stray quotation marks: they join all rows between them into one field, and the counts still agree.

        Such a field holds, for each line end in it, the delimiters of one row, or its record has another number of
        fields than usual.
        """
        for field in fields:
            if "\n" not in field and "\r" not in field:
                continue
            lines = field.replace("\r\n", "\n").replace("\r", "\n").count("\n")
            if field.count(self._delimiter) == lines * (self._fields - 1) > 0 or len(fields) != self._fields:
                raise refusal(
                    "unbalancedQuote",
                    Said("Row {row} looks like several rows that stray quotation marks have joined.", row=str(row)),
                )

    def _text(self, newline: str | None) -> TextIOWrapper:
        return TextIOWrapper(BytesIO(self._data), self._encoding.name, newline=newline)

    def _records(self, delimiter: str, *, strict: bool = True) -> Iterator[tuple[int, list[str]]]:
        with refuse_broken(Said("The text")):
            records = csv.reader(self._text(newline=""), delimiter=delimiter, strict=strict)
            row = 0
            while True:
                try:
                    fields = next(records, None)
                except csv.Error as error:
                    if "field limit" in str(error):
                        raise refusal(
                            "lineTooLong", Said("After row {row} a field is longer than any cell.", row=str(row))
                        ) from None
                    raise refusal(
                        "unbalancedQuote", Said("After row {row} a quotation mark is not closed.", row=str(row))
                    ) from None
                if fields is None:
                    return
                row += 1
                yield row, fields

    def _find_delimiter(self) -> tuple[str, int]:
        """The delimiter, and the usual number of fields in the first rows."""
        with refuse_broken(Said("The text")):
            directive = _DIRECTIVE.match(self._text(newline=None).readline(16))
        candidates = (directive[1],) if directive else _DELIMITERS
        found = {delimiter: self._regularity(delimiter) for delimiter in candidates}
        best = max(candidates, key=lambda delimiter: found[delimiter])
        return best, found[best][1]

    def _regularity(self, delimiter: str) -> tuple[float, int]:
        """The share of the first rows that have the usual number of fields, and that number.

        The usual number is above 1 if any row has more than one field.
        """
        records = islice(self._records(delimiter, strict=False), self._limits.header_rows)
        try:
            widths = Counter(len(fields) for _, fields in records if any(fields))
        except FileRefusedError:
            return 0, 1  # a field without end; another delimiter may fit, and otherwise the reader names the limit
        width, rows = max(widths.items(), key=lambda item: (item[0] > 1, item[1], item[0]), default=(1, 0))
        return (rows / widths.total() if width > 1 else 0), width


def _check_lines(data: bytes) -> None:
    """Refuse lines that are too long for memory, because each line is read as a whole."""
    begin = 0
    ends = (match.start() for match in _LINE_END.finditer(data))
    for end in chain(ends, (len(data),)):
        if end - begin > _MAX_LINE_BYTES:
            raise refusal(
                "lineTooLong", Said("A line of the text has more than {limit} MiB.", limit=_MAX_LINE_BYTES // MIB)
            )
        begin = end


class _RecordCount:
    """Counts records and fields by delimiters, line ends and quotation marks, and shares nothing with the csv module.

    It gets the text piece by piece, with a line feed for every line end.
    """

    def __init__(self, delimiter: str, first_row: int) -> None:
        self._delimiter = delimiter
        self._tokens = re.compile(rf'[^"\n{re.escape(delimiter)}]+|.', re.DOTALL)
        self._first_row = first_row
        self.found = SheetScan()
        self._row = 1
        self._column = 0
        self._columns: list[int] = []
        self._quoted = False
        self._just_closed = False
        self._field_start = True

    def add(self, line: str) -> None:
        """Add a line with its end, or a piece of a line."""
        if '"' in line or self._quoted or self._column or not self._field_start or not line.endswith("\n"):
            for piece in self._tokens.findall(line):
                self._add_piece(piece)
        elif len(line) > 1:
            fields = line[:-1].split(self._delimiter)
            self._add_record([column for column, field in enumerate(fields) if field])
        else:
            self._row += 1

    def _add_piece(self, piece: str) -> None:
        if piece == '"' and (self._quoted or self._field_start or self._just_closed):
            if self._just_closed:
                self._add_content()  # a doubled quotation mark is one in the text
            self._quoted, self._just_closed, self._field_start = not self._quoted, self._quoted, False
        else:
            self._just_closed = False
            self._add_unquoted(piece)

    def _add_unquoted(self, piece: str) -> None:
        if self._quoted:
            self._add_content()
        elif piece == "\n":
            self._end_record()
        elif piece == self._delimiter:
            self._column += 1
            self._field_start = True
        else:
            self._add_content()
            self._field_start = False

    def _add_content(self) -> None:
        if not self._columns or self._columns[-1] != self._column:
            self._columns.append(self._column)

    def _end_record(self) -> None:
        self._add_record(self._columns)
        self._columns = []
        self._column, self._field_start = 0, True

    def _add_record(self, columns: list[int]) -> None:
        if columns:
            self.found.add_row(self._row, hash_of(columns))
            if self._row >= self._first_row:
                self.found.width = max(self.found.width, columns[-1] + 1)
        self._row += 1

    def finish(self) -> None:
        if self._quoted:
            raise refusal(
                "unbalancedQuote",
                Said("A quotation mark that opens in or before row {row} is not closed.", row=str(self._row)),
            )
        self._end_record()
        self.found.is_complete = True
