"""Odd markup is read as Excel shows it or refused; no value is read as blank, and no value that nobody sees is used."""

from __future__ import annotations

import random
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from shared.core.export.header import MergedRange
from shared.core.values.cell import CellKind
from shared.core.values.codes import CODES
from shared.core.values.errors import FileRefusedError
from tests.adapters.workbook.corpus_cells import one_cell
from tests.adapters.workbook.packages import (
    HEADER,
    PEOPLE,
    inline,
    inline_rows,
    number,
    parts,
    relationships,
    row,
    shared,
    sheet,
    string_items,
    styles,
    workbook,
    zipped,
)
from tests.adapters.workbook.reading import opened, texts

_MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
_LABELLED = bytes.fromhex("d0cf11e0a1b11ae1") + "EncryptedPackage\tDRMEncryptedDataSpace".encode("utf-16-le")
_KEY = "ana@contoso.example"
_CHOICE = (
    f'<mc:AlternateContent xmlns:mc="{_MC}"><mc:Choice Requires="x14"><is><t>1</t></is></mc:Choice>'
    "<mc:Fallback><is><t>2</t></is></mc:Fallback></mc:AlternateContent>"
)


@pytest.mark.parametrize(
    ("xml", "kind", "text"),
    [
        ('<c r="@" t="b"><v>true</v></c>', CellKind.BOOLEAN, "TRUE"),
        ('<c r="@" t="b"><v> false </v></c>', CellKind.BOOLEAN, "FALSE"),
        ('<c r="@" t="e"><v>#REF!</v></c>', CellKind.ERROR, "#REF!"),
        ('<c r="@" t="str"><v>+1 202</v></c>', CellKind.TEXT, "+1 202"),
        ('<c r="@"><v>12<!-- a remark -->34</v></c>', CellKind.INTEGER, "1234"),
        ('<c r="@"><v> 1234\n</v></c>', CellKind.INTEGER, "1234"),
        ('<c r="@" t="n"><v>1234</v><extLst><ext uri="u"/></extLst></c>', CellKind.INTEGER, "1234"),
        ('<c r="@" t="inlineStr"><is><rPh sb="0" eb="1"><t>x</t></rPh><t>+1</t></is></c>', CellKind.TEXT, "+1"),
    ],
)
def test_markup_that_is_read(xml: str, kind: CellKind, text: str) -> None:
    """What the standard allows is read as it says, also where few programs write it."""
    ((_, cells),) = opened(one_cell(xml)).rows()
    assert (kind, text) == (cells[1].kind, cells[1].text)


@pytest.mark.parametrize(
    "xml",
    [
        '<c r="@" t="inlineStr"><v>+1 202 555 0123</v></c>',
        '<c r="@"><is><t>+1 202 555 0123</t></is></c>',
        '<c r="@" t="s"><v>0</v><is><t>+1 202 555 0123</t></is></c>',
        f'<c r="@" t="inlineStr">{_CHOICE}</c>',
        (
            f'<mc:AlternateContent xmlns:mc="{_MC}"><mc:Choice Requires="x"><c r="B2"><v>1</v></c></mc:Choice>'
            "</mc:AlternateContent>"
        ),
        '<c r="@"><x:v xmlns:x="urn:x">12025550123</x:v></c>',
        '<x:c xmlns:x="urn:x" r="@"><x:v>12025550123</x:v></x:c>',
        '<c r="@" t="inlineStr"><is><x:t xmlns:x="urn:x">1</x:t></is></c>',
        '<c r="@">12025550123</c>',
        '<c r="@" t="inlineStr"><is>+1 202 555 0123</is></c>',
        '<c r="@"><v>1</v><v>2</v></c>',
        '<c r="@" t="inlineStr"><is><t>1</t></is><is><t>2</t></is></c>',
        '<c r="@" t="inlineStr"><is><t>+1 202</t><r><t> 555</t></r></is></c>',
        '<c r="@" t="inlineStr"><is><r><t>+1 202</t></r><t> 555</t></is></c>',
        '<c r="@" t="inlineStr"><is><r><t>1</t><t>2</t></r></is></c>',
        '<c r="@" t="b"><v>yes</v></c>',
        '<c r="@"><v>1_2</v></c>',
        '<c r="@"><v>nan</v></c>',
        '<c r="@" t="d"><v>tomorrow</v></c>',
        '<c r="$B$2"><v>1</v></c>',
        '<c r="XFE2"><v>1</v></c>',
    ],
)
def test_markup_that_is_refused(xml: str) -> None:
    """Where two readings are possible, the file is refused with a remedy, and the reason does not show the value."""
    with pytest.raises(FileRefusedError) as refused:
        texts(opened(one_cell(xml, shared_strings=string_items("<si><t>a</t></si>"))))
    assert refused.value.code in ("markupUnclear", "corruptFile", "cellCountMismatch", "rowCountMismatch")
    assert CODES[refused.value.code].remedy == refused.value.remedy
    assert "555" not in refused.value.message


@pytest.mark.parametrize(
    "item",
    [
        "<si><t>+1 202</t><r><t> 555</t></r></si>",
        "<si><r><t>+1 202</t></r><t> 555</t></si>",
        (
            f'<si><mc:AlternateContent xmlns:mc="{_MC}"><mc:Choice Requires="x"><t>1</t></mc:Choice>'
            "<mc:Fallback><t>2</t></mc:Fallback></mc:AlternateContent></si>"
        ),
        f'<mc:AlternateContent xmlns:mc="{_MC}"><mc:Fallback><si><t>1</t></si></mc:Fallback></mc:AlternateContent>',
        "<si>+1 202 555</si>",
        '<si><x:t xmlns:x="urn:x">1</x:t></si>',
    ],
)
def test_shared_strings_that_are_refused(item: str) -> None:
    """The same for shared strings, where an odd item could also move the numbers of all that follow."""
    with pytest.raises(FileRefusedError) as refused:
        texts(opened(one_cell(shared(0), shared_strings=string_items(item))))
    assert "markupUnclear" == refused.value.code


def test_date_system_is_that_of_the_workbook_itself() -> None:
    """An element of an extension that has the same name does not undo it."""
    extension = '<extLst><ext uri="u"><x:workbookPr xmlns:x="urn:x" chartTrackingRefBase="1"/></ext></extLst>'
    xml = sheet(inline_rows([HEADER]) + row(2, [inline(_KEY), number("42369", 1)]))
    data = workbook(xml, stylesheet=styles("dd/mm/yyyy"), properties='<workbookPr date1904="1"/>', tail=extension)
    ((_, cells),) = opened(data).rows()
    assert "2020-01-01T00:00:00" == cells[1].text


@pytest.mark.parametrize("state", ["show", "Visible", ""])
def test_only_hidden_states_hide_a_sheet(state: str) -> None:
    """A state that the standard does not know shows the sheet."""
    assert len(PEOPLE) == opened(workbook(sheet(inline_rows()), states=(state,))).raw_count


@pytest.mark.parametrize(
    "name", ["XL/worksheets/sheet1.xml", "xl\\worksheets\\sheet1.xml", "xl/worksheets/%73heet1.xml"]
)
@pytest.mark.parametrize("first", [False, True])
def test_two_spellings_of_one_part_are_refused(name: str, first: bool) -> None:  # noqa: FBT001 - a case
    """Of two parts with equivalent names it is not clear which one Excel shows."""
    made = parts(sheet(inline_rows()))
    other = {name: sheet(inline_rows([HEADER]))}
    with pytest.raises(FileRefusedError, match="two parts with the same name") as refused:
        opened(zipped(other | made if first else made | other))
    assert "corruptFile" == refused.value.code


def test_part_names_are_looked_up_percent_decoded() -> None:
    """A target may be percent-encoded while the name in the zip is not."""
    made = parts(sheet(inline_rows()))
    made["xl/worksheets/staff list.xml"] = made.pop("xl/worksheets/sheet1.xml")
    made["xl/_rels/workbook.xml.rels"] = relationships(("worksheet", "worksheets/staff%20list.xml"))
    assert len(PEOPLE) == opened(zipped(made)).raw_count


def _merged(*ranges: str) -> str:
    return "<mergeCells>" + "".join(f'<mergeCell ref="{ref}"/>' for ref in ranges) + "</mergeCells>"


def test_a_value_under_a_merge_is_not_used() -> None:
    """Of B2:B4 Excel shows the first value; the others are marked and every row stays."""
    export = opened(workbook(sheet(inline_rows(), after=_merged("B2:B4"))))
    cells = [cells[1] for _, cells in export.rows()]
    assert [CellKind.TEXT, CellKind.COVERED, CellKind.COVERED] == [cell.kind for cell in cells]
    assert ["+1 202 555 0123", "", ""] == [cell.text for cell in cells]


def test_a_covered_heading_is_none() -> None:
    """A heading under a merged range is not seen, so it gives its column no meaning."""
    table = [("userPrincipalName", "mobile", "office"), (_KEY, "+1 202 555 0123", "+1 202 555 0199")]
    export = opened(workbook(sheet(inline_rows(table), after=_merged("B1:C1"))))
    assert ["userPrincipalName", "mobile"] == [heading.text for heading in export.header.headings]
    assert 3 == export.width


@given(st.lists(st.tuples(*[st.integers(1, 8)] * 4), max_size=6))
def test_covered_cells_are_those_of_the_ranges(corners: list[tuple[int, int, int, int]]) -> None:
    """For any ranges, also overlapping ones, a cell is covered when it is in one of them and not its first cell."""
    from shared.adapters.workbook.reading.merged import CoveredCells

    ranges = [
        MergedRange(min(top, bottom), min(left, right), max(top, bottom), max(left, right))
        for top, left, bottom, right in corners
    ]
    covered = CoveredCells(ranges, width=8)
    for at in range(1, 9):
        expected = {
            column
            for merged in ranges
            for column in range(merged.first_column, merged.last_column + 1)
            if merged.first_row <= at <= merged.last_row and (at, column) != (merged.first_row, merged.first_column)
        }
        assert expected == set(covered.columns(at))


def test_hidden_columns_and_columns_without_a_heading() -> None:
    """The caller learns which columns Excel hides, and which columns hold content, also those without a heading."""
    columns = '<cols><col min="2" max="2" hidden="1"/><col min="4" max="5" width="0" customWidth="1"/></cols>'
    rows = inline_rows() + row(5, [inline(_KEY), "", "", "", inline("+1 202 555 0177")])
    export = opened(workbook(sheet(rows, before=columns)))
    assert {1, 3, 4} == export.hidden_columns
    assert 5 == export.width
    assert 4 == len(texts(export))


def test_long_text_elsewhere_does_not_refuse_the_file() -> None:
    """A text beyond the limit in a column that is not used, or on another sheet, costs nothing."""
    table = [(*HEADER, "remarks"), ("a@contoso.example", "+1 202 555 0123", "US", "x" * 40_000)]
    export = opened(workbook(sheet(inline_rows(table)), sheet(inline_rows([("y" * 40_000,)]))))
    assert [CellKind.TOO_LONG] == [cells[3].kind for _, cells in export.rows()]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (
            bytes.fromhex("d0cf11e0a1b11ae1")
            + b"\0" * 504
            + "EncryptedPackage\tDRMEncryptedDataSpace".encode("utf-16-le"),
            "labelProtected",
        ),
        (b"UEsDBBQABgAIAAAAIQ" * 20, "changedInTransfer"),
        (workbook(sheet(inline_rows())).decode("utf-8", "replace").encode(), "changedInTransfer"),
    ],
)
def test_the_cause_is_named(data: bytes, code: str) -> None:
    """A label is no password, and a file that a flow damaged is not too large."""
    with pytest.raises(FileRefusedError) as refused:
        opened(data)
    assert code == refused.value.code


def test_no_remedy_for_a_file_names_a_setting() -> None:
    """HR cannot change settings."""
    from shared.core.values.codes_of_files import CODES_OF_FILES

    assert [] == [code for code, info in CODES_OF_FILES.items() if "MAX_" in info.remedy or "_MAP" in info.remedy]


@given(st.integers(0, 2**32))
def test_openpyxl_sees_the_same_values(seed: int) -> None:
    """Cells in every form that both understand, with random gaps: openpyxl's own reader finds the same values."""
    rng = random.Random(seed)
    forms = (
        lambda: inline(f"t{rng.randrange(99)}"),
        lambda: number(str(rng.randrange(10**9))),
        lambda: number(f"{rng.randrange(99)}.5"),
        lambda: f'<c r="@" t="str"><f>A1</f><v>r{rng.randrange(99)}</v></c>',
        lambda: shared(0),
        lambda: '<c r="@" t="b"><v>1</v></c>',
        lambda: '<c r="@" s="0"/>',
        lambda: '<c r="@" t="inlineStr"><is><r><rPr><b/></rPr><t>a</t></r><r><t>b</t></r></is></c>',
        lambda: "",
    )
    rows = "".join(row(at, [inline(_KEY), *(rng.choice(forms)() for _ in range(4))]) for at in range(2, 8))
    data = workbook(
        sheet(inline_rows([(*HEADER, "one", "two")]) + rows), shared_strings=string_items("<si><t>s</t></si>")
    )
    page = load_workbook(BytesIO(data), data_only=True).worksheets[0]
    theirs = [[_shown(value) for value in line] for line in page.iter_rows(min_row=2, max_col=5, values_only=True)]
    assert theirs == [[cell.text for cell in cells] for _, cells in opened(data).rows()]


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    return "" if value is None else str(value)
