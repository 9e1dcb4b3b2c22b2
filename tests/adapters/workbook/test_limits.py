"""Each limit holds at the limit and refuses one above it, saying the limit."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from io import BytesIO

import pytest

from shared.adapters.workbook.reading.limits import FileLimits
from shared.core.values.cell import CellKind
from shared.core.values.errors import FileRefusedError
from tests.adapters.workbook.corpus_files import incompressible, valid
from tests.adapters.workbook.packages import HEADER, PEOPLE, TABLE, inline_rows, parts, sheet, workbook, zipped
from tests.adapters.workbook.reading import opened, texts

_LIMITS = FileLimits()


def _text(rows: int, columns: int, length: int) -> bytes:
    header = [*HEADER, *(f"other {i}" for i in range(columns - len(HEADER)))]
    people = [f"{i}@contoso.example,{'1' * length}," for i in range(rows)]
    return "\n".join([",".join(header), *people]).encode()


def _book(rows: int, columns: int, length: int) -> bytes:
    header = [*HEADER, *(f"other {i}" for i in range(columns - len(HEADER)))]
    people = [(f"{i}@contoso.example", "1" * length) for i in range(rows)]
    cells = inline_rows([header]) if columns <= 26 else _wide(header)
    return workbook(sheet(cells + inline_rows(people, first=2)))


def _wide(header: list[str]) -> str:
    cells = "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in header)
    return f'<row r="1">{cells}</row>'


@dataclass(frozen=True, slots=True)
class _Case:
    """(rows, columns, characters) at the limit and one above it."""

    limits: FileLimits
    at: tuple[int, int, int]
    above: tuple[int, int, int]
    code: str
    listed: str


@pytest.mark.parametrize(("make", "file"), [(_book, "export.xlsx"), (_text, "export.csv")])
@pytest.mark.parametrize(
    "case",
    [
        _Case(replace(_LIMITS, max_rows=5), (5, 3, 9), (6, 3, 9), "tooManyRows", "5 rows"),
        _Case(replace(_LIMITS, max_columns=30), (1, 30, 9), (1, 31, 9), "tooManyColumns", "30 columns"),
    ],
    ids=lambda case: case.code if isinstance(case, _Case) else None,
)
def test_rows_and_columns(make: Callable[[int, int, int], bytes], file: str, case: _Case) -> None:
    """Rows and columns, in workbooks and in text."""
    assert case.at[0] == len(texts(opened(make(*case.at), file, limits=case.limits)))
    with pytest.raises(FileRefusedError, match=case.listed) as refused:
        texts(opened(make(*case.above), file, limits=case.limits))
    assert case.code == refused.value.code


@pytest.mark.parametrize(("make", "file"), [(_book, "export.xlsx"), (_text, "export.csv")])
def test_characters_of_a_cell(make: Callable[[int, int, int], bytes], file: str) -> None:
    """A cell above the limit is marked, so that only its row is refused where the column is used."""
    limits = replace(_LIMITS, max_cell_characters=40)
    kinds = [
        cells[1].kind for length in (40, 41) for _, cells in opened(make(1, 3, length), file, limits=limits).rows()
    ]
    assert [CellKind.TEXT, CellKind.TOO_LONG] == kinds


def test_bytes_of_the_file() -> None:
    """The size of the file as it came."""
    data = valid()
    assert len(PEOPLE) == opened(data, limits=replace(_LIMITS, max_file_bytes=len(data))).raw_count
    with pytest.raises(FileRefusedError) as refused:
        opened(data, limits=replace(_LIMITS, max_file_bytes=len(data) - 1))
    assert "fileTooLarge" == refused.value.code


def test_unpacked_bytes() -> None:
    """The size of all parts together, as the directory of the zip says."""
    made = parts(sheet(inline_rows()))
    size = sum(len(content) for content in made.values())
    assert len(PEOPLE) == opened(zipped(made), limits=replace(_LIMITS, max_unpacked_bytes=size)).raw_count
    with pytest.raises(FileRefusedError) as refused:
        opened(zipped(made), limits=replace(_LIMITS, max_unpacked_bytes=size - 1))
    assert "archiveTooLarge" == refused.value.code


def test_names_of_parts() -> None:
    """Names so long that the directory of the zip is too large, of fewer parts than are allowed."""
    names = [f"{number:02}{'x' * 60_000}" for number in range(34)]
    with pytest.raises(FileRefusedError) as refused:
        opened(zipped(dict.fromkeys(names, b"")), limits=_LIMITS)
    size = sum(46 + len(name) for name in names)
    assert ("archiveTooLarge", f"The workbook's list of parts has {size} bytes; the limit is 2000000.") == (
        refused.value.code,
        refused.value.message,
    )


def test_ratio() -> None:
    """The ratio of one part, once the part is large enough to do harm."""
    data = workbook(sheet(inline_rows(), after=" " * 1_500_000 + f"<!--{incompressible(30_000)}-->"))
    with zipfile.ZipFile(BytesIO(data)) as archive:
        member = archive.getinfo("xl/worksheets/sheet1.xml")
    ratio = member.file_size // member.compress_size
    assert len(PEOPLE) == opened(data, limits=replace(_LIMITS, max_ratio=ratio + 1)).raw_count
    with pytest.raises(FileRefusedError, match=f"limit is {ratio - 1}") as refused:
        opened(data, limits=replace(_LIMITS, max_ratio=ratio - 1))
    assert "compressionRatioTooHigh" == refused.value.code


def test_size_that_lies() -> None:
    """A part that claims to be smaller than it is does not get past the check: it is cut off and refused."""
    data = bytearray(zipped(parts(sheet(inline_rows(TABLE * 50)))))
    with zipfile.ZipFile(BytesIO(data)) as archive:
        member = archive.getinfo("xl/worksheets/sheet1.xml")
    claimed = member.file_size.to_bytes(4, "little")
    data = data.replace(claimed, (200).to_bytes(4, "little"))
    with pytest.raises(FileRefusedError) as refused:
        texts(opened(bytes(data)))
    assert "corruptFile" == refused.value.code
