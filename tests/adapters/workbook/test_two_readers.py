"""A file that two readers may understand differently is refused: what is read is what any program shows.

The other readers share no code with ours: openpyxl, which goes by exact names and content types; calamine, which
ignores letter case and knows only the usual names; and a reader of the zip from its front, without its directory.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from itertools import zip_longest

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from shared.core.values.errors import FileRefusedError
from tests.adapters.workbook.packages import HEADER, Parts, inline_rows, parts, row, shared, sheet, strings, zipped
from tests.adapters.workbook.reading import opened, texts

_ANA, _BO = "ana@contoso.example", "bo@contoso.example"
_SHEET = "xl/worksheets/sheet1.xml"


def _people(key: str) -> str:
    return sheet(inline_rows([HEADER, (key, "+1 202 555 0123", "US")]))


def _two(name: str, *, first: str = _SHEET, after: bool = True) -> bytes:
    """Ana in the usual part, Bo in the part `name`."""
    made = parts(_people(_ANA))
    other: Parts = {name: _people(_BO)}
    usual: Parts = {first: made.pop(_SHEET)}
    return zipped(made | (usual | other if after else other | usual))


def _as_zip_names(name: str) -> bytes:
    """Two parts, the second of which gets its name byte by byte."""
    placeholder = "Q" * len(name.encode())
    return _two(placeholder).replace(placeholder.encode(), name.encode())


def _with_local_name(data: bytes, name: str, other: str) -> bytes:
    """The header before the part says another name than the directory."""
    at = data.index(name.encode())
    return data[:at] + other.encode() + data[at + len(other) :]


def _hidden_part(name: str, content: str) -> bytes:
    """A part as it stands in the front of a zip."""
    packed = content.encode()
    header = struct.pack(
        "<4s5H3I2H", b"PK\x03\x04", 20, 0, 0, 0, 0, zlib.crc32(packed), *[len(packed)] * 2, len(name), 0
    )
    return header + name.encode() + packed


def _with_hidden_part() -> bytes:
    """A part that the directory does not name, before the directory."""
    data = zipped(parts(_people(_ANA)))
    end = data.rindex(b"PK\x05\x06")
    _, start = struct.unpack_from("<2I", data, end + 12)
    hidden = _hidden_part(_SHEET, _people(_BO))
    return data[:start] + hidden + data[start:end] + data[end : end + 16] + struct.pack("<IH", start + len(hidden), 0)


def _zip_in_comment() -> bytes:
    """Two zips, each with an end; the second stands in the comment of the first."""
    one, two = zipped(parts(_people(_ANA))), zipped(parts(_people(_BO)))
    return one[:-2] + struct.pack("<H", len(two)) + two


def _two_workbooks() -> bytes:
    made = parts(_people(_ANA), _people(_BO), names=("Ana", "Bo"))
    book = str(made["xl/workbook.xml"])
    made["xl/other.xml"] = (
        book.replace('r:id="rId1"', 'r:id="rIdX"').replace('"rId2"', '"rId1"').replace("rIdX", "rId2")
    )
    made["xl/_rels/other.xml.rels"] = made["xl/_rels/workbook.xml.rels"]
    made["_rels/.rels"] = str(made["_rels/.rels"]).replace("xl/workbook.xml", "xl/other.xml")
    return zipped(made)


def _two_strings() -> bytes:
    made = parts(sheet(inline_rows([HEADER]) + row(2, [shared(0), shared(1)])), shared_strings=strings(_ANA, "x"))
    made["xl/other.xml"] = strings(_BO, "x")
    rels = "xl/_rels/workbook.xml.rels"
    return zipped(made | {rels: str(made[rels]).replace("sharedStrings.xml", "other.xml")})


def _unicode_path() -> bytes:
    """The part has another name in an extra field."""
    made = parts(_people(_ANA), _people(_BO), names=("Ana", "Bo"))
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in made.items():
            info = zipfile.ZipInfo(name)
            if name == "xl/worksheets/sheet2.xml":
                path = struct.pack("<BL", 1, zlib.crc32(name.encode())) + _SHEET.encode()
                info.extra = struct.pack("<HH", 0x7075, len(path)) + path
            archive.writestr(info, content)
    return packed.getvalue()


@pytest.mark.parametrize(
    "make",
    [
        lambda: _two("xl/worksheets/SHEET1.xml"),
        lambda: _two("XL/Worksheets/Sheet1.XML", after=False),
        lambda: _two("xl/worksheets/sheet1.xml "),
        lambda: _two("xl/worksheets/sheet1.xml."),
        lambda: _two("xl/worksheets/%73heet1.xml"),
        lambda: _two("xl/worksheets/%2573heet1.xml"),
        lambda: _two("xl\\worksheets\\sheet1.xml"),
        lambda: _two("/xl/worksheets/sheet1.xml"),
        lambda: _two("xl//worksheets/./sheet1.xml"),
        lambda: _two("xl/x/../worksheets/sheet1.xml"),
        lambda: _two("xl/worksheets/\N{LATIN SMALL LETTER LONG S}heet1.xml"),
        lambda: _two("xl/worksheets/\N{FULLWIDTH LATIN SMALL LETTER S}heet1.xml"),
        lambda: _two("xl/worksheets/she\N{COMBINING ACUTE ACCENT}et1.xml"),
        lambda: _as_zip_names("xl/worksheets/sheet1.xml\0.txt"),
        lambda: _with_local_name(_two("xl/worksheets/sheet2.xml"), _SHEET, "xl/worksheets/sheet9.xml"),
        _with_hidden_part,
        lambda: _hidden_part(_SHEET, _people(_BO)) + zipped(parts(_people(_ANA))),
        _zip_in_comment,
        _two_workbooks,
        _two_strings,
        _unicode_path,
    ],
)
def test_two_parts_for_one_place_refuse_the_file(make: Callable[[], bytes]) -> None:
    with pytest.raises(FileRefusedError) as refused:
        opened(make())
    assert "corruptFile" == refused.value.code


def _keys_of_openpyxl(data: bytes) -> list[str]:
    page = load_workbook(BytesIO(data), read_only=True).worksheets[0]
    return [str(cells[0]) for cells in page.iter_rows(min_row=2, values_only=True)]


def _keys_of_calamine(data: bytes) -> list[str]:
    return [
        str(cells[0]) for cells in CalamineWorkbook.from_filelike(BytesIO(data)).get_sheet_by_index(0).to_python()[1:]
    ]


def _keys_from_the_front(data: bytes) -> list[str]:
    """Reads the parts one after the other, the last of one name wins; opens the workbook again with only these."""
    found: dict[str, str | bytes] = {}
    at = 0
    while data[at : at + 4] == b"PK\x03\x04":
        method, packed, name_size, extra_size = struct.unpack_from("<8xH8xI4x2H", data, at)
        begin = at + 30 + name_size + extra_size
        content = data[begin : begin + packed]
        found[data[at + 30 : at + 30 + name_size].decode()] = zlib.decompress(content, -15) if method else content
        at = begin + packed
    return _keys_of_openpyxl(zipped(found))


_EDITS = st.lists(
    st.tuples(
        st.integers(0, 2_000), st.sampled_from([b"S", b"s", b"/", b"\\", b".", b"\0", b"1", b"2", b"PK\x03\x04"])
    ),
    max_size=3,
)
_NAMES = st.sampled_from(["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "_rels/.rels"])


@settings(max_examples=200, deadline=None)
@given(_NAMES, st.lists(st.booleans(), max_size=27), st.sampled_from(["", "", "2", "/"]), st.booleans(), _EDITS)
def test_what_we_read_is_what_every_other_reader_shows(
    name: str,
    capitals: list[bool],
    suffix: str,
    after: bool,  # noqa: FBT001 - hypothesis passes it by name
    edits: list[tuple[int, bytes]],
) -> None:
    """A second part whose name is nearly that of the first, before or after it, and bytes changed in the zip."""
    made = parts(_people(_ANA))
    near = "".join(
        letter.upper() if is_capital else letter for letter, is_capital in zip_longest(name, capitals[: len(name)])
    )
    near += suffix
    other = parts(_people(_BO), names=("Other",))[name]
    made = made | {near: other} if after else {near: other} | made
    data = bytearray(zipped(made, zipfile.ZIP_STORED))
    for at, new in edits:
        data[at % len(data) : at % len(data) + len(new)] = new
    try:
        ours = [keys[0] for _, keys in texts(opened(bytes(data)))]
    except FileRefusedError:
        return
    shown = (_shown(keys, bytes(data)) for keys in (_keys_of_openpyxl, _keys_of_calamine, _keys_from_the_front))
    assert all(theirs in (None, ours) for theirs in shown)


def _shown(keys: Callable[[bytes], list[str]], data: bytes) -> list[str] | None:
    """None where the reader refuses the file: then it shows nobody else."""
    with suppress(Exception):
        return keys(data)
    return None
