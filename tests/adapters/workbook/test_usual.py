"""What is spelled as usual is not parsed, and read exactly as if it were."""

from __future__ import annotations

import cProfile
import pstats
import random
from collections.abc import Callable, Iterator
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.adapters.workbook.reading.scan import scan_sheet
from shared.adapters.workbook.reading.shared_strings import read_shared_strings
from shared.adapters.workbook.reading.sheet_rows import read_rows
from shared.adapters.workbook.reading.source import LAST_ROW
from tests.adapters.workbook import corpus_cells, corpus_files, corpus_structure
from tests.adapters.workbook.packages import MAIN, unzipped
from tests.adapters.workbook.usual_parts import of_sheet, of_strings, parsed_as_a_whole, usual_sheets, usual_strings

_SHEETS = usual_sheets()
_REPLACED = [bytes((code,)) for code in b"<>\"'& \r\0\n0A]/:=\x7f\x80\xff"]
_INSERTED = [
    *(
        b"<!-- x -->",
        b"<![CDATA[x]]>",
        b"<?p x?>",
        b"<x/>",
        b"<row/>",
        b"<c/>",
        b"<v>1</v>",
        b"<v/>",
        b"<is/>",
        b"<f>1</f>",
    ),
    *(b"&amp;", b"&#65;", b"&x;", b"]]>", b"x:", b"99999999", b"\t", b"\xef\xbf\xbe", b"\xed\xa0\x80", b"\xc3\xa9"),
    *(b' r="2"', b' a="1"', b' hidden="1"', b' xmlns="u"', b' xmlns:x14ac="u"', b" xml:space='preserve'"),
    *(b"<sheetData>", b"</sheetData>", b"</row>", b"</c>", b'<row r="3">', b"<si>", b"</si>", b"<!DOCTYPE x>"),
]
_HEAD = f'<worksheet xmlns="{MAIN}"><sheetData>'.encode()
_TAIL = b"</sheetData></worksheet>"
_FORBIDDEN_OR_CHANGED = [*map(chr, range(0xA1)), "\u2028", "\ufdd0", "\ufffd", "\ufffe", "\uffff", "\U0001fffe"]


def _damaged(part: bytes) -> Iterator[bytes]:
    """Every byte replaced, left out, or with something before it, and the part cut off there."""
    for at in range(len(part)):
        before, byte, behind = part[:at], part[at : at + 1], part[at + 1 :]
        yield from (before + new + behind for new in _REPLACED)
        yield from (before + new + byte + behind for new in _INSERTED)
        yield from (before, before + behind)


def _check_damage(read: Callable[[bytes], object], part: bytes, share: float) -> None:
    rng = random.Random(1)
    for damaged in _damaged(part):
        if rng.random() < share:
            assert read(parsed_as_a_whole(damaged)) == read(damaged), damaged


def _parsed_elements(read: Callable[[BytesIO], object], part: bytes) -> int:
    """How many elements the parser has reported."""
    profile = cProfile.Profile()
    profile.runcall(read, BytesIO(part))
    calls = pstats.Stats(profile).stats  # type: ignore[attr-defined] # the stubs leave it out
    return sum(count for (_, _, name), (count, *_) in calls.items() if name == "started")


def _scan(source: BytesIO) -> object:
    return scan_sheet(source, stop_after=LAST_ROW)


def _read(source: BytesIO) -> object:
    return list(read_rows(source))


@pytest.mark.parametrize("program", _SHEETS)
def test_rows_of_usual_programs_are_not_parsed(program: str) -> None:
    """The parser reports no row and no cell of them, neither to the count nor to the reader; both find all of them."""
    part = _SHEETS[program]
    without_rows = part[: part.index(b"<row")] + part[part.rindex(b"</row>") + 6 :]
    for read in (_scan, _read):
        assert _parsed_elements(read, without_rows) == _parsed_elements(read, part)
        assert _parsed_elements(read, part) < _parsed_elements(read, parsed_as_a_whole(part))
    assert part.count(b"<row ") == scan_sheet(BytesIO(part), stop_after=LAST_ROW).rows
    assert of_sheet(parsed_as_a_whole(part)) == of_sheet(part)


def test_usual_strings_are_not_parsed() -> None:
    part = usual_strings()

    def read(source: BytesIO) -> object:
        return read_shared_strings(source, len(part))

    assert 1 == _parsed_elements(read, part)
    assert of_strings(parsed_as_a_whole(part)) == of_strings(part)


@pytest.mark.parametrize("program", _SHEETS)
def test_damaged_sheets(program: str) -> None:
    """Whatever is changed, both ways give the same rows, cells and counts, or refuse the same."""
    _check_damage(of_sheet, _SHEETS[program], 0.015)


def test_damaged_strings() -> None:
    _check_damage(of_strings, usual_strings(), 0.1)


@pytest.mark.long
@pytest.mark.parametrize("program", _SHEETS)
def test_sheets_damaged_everywhere(program: str) -> None:
    """The same with all changes."""
    _check_damage(of_sheet, _SHEETS[program], 1)


_ROW_NUMBERS = st.sampled_from(
    ["1", "2", "3", "3", "4", "007", "0", "1048576", "1048577", "9999999", "99999999", "2.0", ""]
)
_ATTRIBUTES = st.lists(
    st.sampled_from(
        [
            *(
                ' spans="1:3"',
                ' hidden="1"',
                ' hidden="true"',
                ' hidden="0"',
                ' ht="12.8"',
                ' s="1"',
                ' t="s"',
                ' t="n"',
            ),
            *(' t="inlineStr"', ' x14ac:dyDescent="0.2"', ' r="1"', " s='1'", ' s = "1"', ' cm="1"', ' s="99999"', " "),
        ]
    ),
    max_size=2,
).map("".join)
_PLACES = st.sampled_from(["A", "B", "C", "Z", "AA", "XFD", "XFE", "ZZZ", "AAAA", "a", "$A", ""])
_CONTENTS = st.sampled_from(
    [
        *("<v>1</v>", "<v>7</v>", "<v>-1</v>", "<v>1e999</v>", "<v></v>", "<v/>", "<v> 1 </v>", "<v>1</v><v>2</v>", ""),
        *("<v>x&amp;lt;y</v>", "<is><t>&lt;a&gt; &quot;&apos;&amp;lt;</t></is>", "<is><t/></is>", "<is><t></t></is>"),
        *('<is><t xml:space="preserve"> é\n</t></is>', "<is><r><t>a</t></r></is>", "<f>A1</f><v>1</v>", "<is>x</is>"),
        *(
            "<v>1</v><is><t>a</t></is>",
            "<v>\r\n</v>",
            "<v>]]</v>",
            "<v>></v>",
            "<x/>",
            "text",
            "<is><t>a</t><t>b</t></is>",
        ),
    ]
)


@st.composite
def _rows(draw: st.DrawFn) -> bytes:
    rows = []
    for _ in range(draw(st.integers(0, 4))):
        number, gap = (
            draw(_ROW_NUMBERS),
            draw(st.sampled_from(["", "\n", "\r\n ", "x"] if draw(st.booleans()) else [""])),
        )
        cells = []
        for _ in range(draw(st.integers(0, 3))):
            own = draw(st.sampled_from([number, number, number, "1", ""]))
            attributes, content = draw(_ATTRIBUTES), draw(_CONTENTS)
            cells.append(
                f'<c r="{draw(_PLACES)}{own}"{attributes}>{content}</c>' if content else f'<c r="A{own}"{attributes}/>'
            )
        rows.append(f'{gap}<row r="{number}"{draw(_ATTRIBUTES)}>{gap}{"".join(cells)}</row>')
    return "".join(rows).encode()


@settings(max_examples=300, deadline=None)
@given(_rows(), st.sampled_from(["", 'xmlns:x14ac="u" ', "xmlns:x14ac='u' ", "a=' xmlns:x14ac=\"u\"' "]))
def test_any_rows(rows: bytes, declared: str) -> None:
    """Numbers, places and attributes of all kinds, in any order, once or twice."""
    part = _HEAD.replace(b" xmlns", f" {declared}xmlns".encode(), 1) + rows + _TAIL
    assert of_sheet(parsed_as_a_whole(part)) == of_sheet(part)


@pytest.mark.parametrize("declared", ["", 'xmlns:x14ac="u" ', 'xmlns:x14ac="" ', "a=' xmlns:x14ac=\"u\"' "])
@pytest.mark.parametrize(
    "attributes",
    [
        ' x14ac:dyDescent="0.2"',
        ' ht="1" ht="1"',
        ' ht="1" s="1" ht="2"',
        ' hidden="1" hidden="0"',
        ' r="1"',
        ' other="1"',
    ],
)
def test_attributes_of_rows(attributes: str, declared: str) -> None:
    """An attribute that stands twice, or has a prefix that is not declared, is refused although all else is usual."""
    head = _HEAD.replace(b" xmlns", f" {declared}xmlns".encode(), 1)
    part = head + f'<row r="1"{attributes}><c r="A1"><v>1</v></c></row>'.encode() + _TAIL
    assert of_sheet(parsed_as_a_whole(part)) == of_sheet(part)


@pytest.mark.parametrize("character", _FORBIDDEN_OR_CHANGED, ids=ascii)
def test_characters(character: str) -> None:
    """A character that XML forbids or changes is treated so."""
    text = f"<t>a{character}b</t>"
    row = f'<row r="1"><c r="A1"><v>a{character}b</v></c><c r="B1" t="inlineStr"><is>{text}</is></c></row>'
    sheet = _HEAD + row.encode("utf-8") + _TAIL
    assert of_sheet(parsed_as_a_whole(sheet)) == of_sheet(sheet)
    for strings in (f"<si>{text}</si>", f"<si><t>a</t></si>{character}<si><t>b</t></si>"):
        table = f'<sst xmlns="{MAIN}">{strings}</sst>'.encode()
        assert of_strings(parsed_as_a_whole(table)) == of_strings(table)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "iso-8859-1", "us-ascii", "cp1252", "cp037"]
)
@pytest.mark.parametrize(
    "declared", ["", *("UTF-8", "utf-8", "UTF-16", "ISO-8859-1", "US-ASCII", "windows-1252", "cp037")]
)
def test_encodings(encoding: str, declared: str) -> None:
    """Only UTF-8 is read without the parser."""
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    rows = '<row r="1"><c r="A1" t="str"><v>Zürich</v></c></row>'
    part = (declaration + _HEAD.decode() + rows + _TAIL.decode()).encode(encoding, "xmlcharrefreplace")
    plain = part.replace(
        "<sheetData>".encode(encoding.removesuffix("-sig")), "<?x?><sheetData>".encode(encoding.removesuffix("-sig"))
    )
    assert of_sheet(plain) == of_sheet(part)


@pytest.mark.parametrize("seed", range(6))
def test_sheets_of_many_pieces(seed: int) -> None:
    """The part comes in pieces that end anywhere: in a row, a tag, a character. Something else stands in some row."""
    rng = random.Random(seed)
    texts = [letter * rng.randrange(99) for letter in "é東𝄞" for _ in range(500)]
    lines = [
        f'<row r="{row}" ht="{row}"><c r="A{row}" t="inlineStr"><is><t>{text}</t></is></c>'
        f'<c r="C{row}"><v>{row}</v></c></row>'
        for row, text in enumerate(texts, 1)
    ]
    odd = ("", "<!-- x -->", '<row r="9"/>', '<row r="1501"><c><v>1</v></c></row>', "<x/>", "\udcff")[seed]
    lines.insert(rng.randrange(len(lines)), odd)
    part = _HEAD + "".join(lines).encode("utf-8", "surrogateescape") + _TAIL
    assert of_sheet(parsed_as_a_whole(part)) == of_sheet(part)
    assert of_sheet(parsed_as_a_whole(part[:-900])) == of_sheet(part[:-900])


@pytest.mark.parametrize("length", [60_000, 70_000, 300_000])
def test_long_rows(length: int) -> None:
    """A row that is longer than a piece."""
    row = f'<row r="2"><c r="A2" t="inlineStr"><is><t>{"x" * length}</t></is></c></row>'
    part = _HEAD + b'<row r="1"/>' + row.encode() + b'<row r="3"><c r="A3"><v>1</v></c></row>' + _TAIL
    assert of_sheet(parsed_as_a_whole(part)) == of_sheet(part)


def test_files_of_the_corpus() -> None:
    """Every sheet and every table of texts among the odd files."""
    compared = 0
    for odd in (*corpus_structure.CORPUS, *corpus_cells.CORPUS, *corpus_files.CORPUS):
        try:
            made = unzipped(odd.make())
        except Exception:  # noqa: BLE001, S112 - files that are no zip, or a broken one
            continue
        for name, part in made.items():
            if len(part) < 300_000 and (b"sheetData" in part or b"<si>" in part):
                read = of_strings if b"<si>" in part else of_sheet
                assert read(parsed_as_a_whole(part)) == read(part), (odd.name, name)
                compared += 1
    assert compared > 100
