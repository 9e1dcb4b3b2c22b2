"""A formula is read by its stored value, unless nothing in the workbook stands behind that value."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.workbook.reading.formula_risk import risk_of, shape_of
from shared.core.values.cell import FormulaRisk
from shared.core.values.errors import FileRefusedError
from testing.endless import must_end
from tests.adapters.workbook.packages import HEADER, inline, inline_rows, row, sheet, workbook
from tests.adapters.workbook.reading import opened

_CONSTANT, _APPROXIMATE, _OUTSIDE = FormulaRisk.CONSTANT, FormulaRisk.APPROXIMATE, FormulaRisk.OUTSIDE
_NAMES = {
    "PHONES": ["Sheet1!$A$1:$C$9"],
    "MOVING": ["OFFSET(Sheet1!$A$1,0,0,COUNTA(Sheet1!$A:$A))"],
    "TYPED": ['"person1@contoso.example"'],
    "ELSEWHERE": ["[1]Sheet1!$A$1:$C$9"],
    "OF_TWO_SHEETS": ["Sheet1!$A$1", '"person1"'],
    "ROUND_ABOUT": ["ROUND_ABOUT"],
    "CLEANED": ["_xlfn.LAMBDA(_xlpm.text,TRIM(_xlpm.text))"],
}


@pytest.mark.parametrize(
    "formula",
    [
        "A2",
        "$D$2",
        "'HR data'!B7",
        "Sheet1:Sheet3!A1",
        'A2&"@contoso.example"',
        '"+"&C2&" "&D2',
        "VLOOKUP(A2,'HR data'!$A:$C,3,FALSE)",
        "VLOOKUP(A2,Phones,3,0)",
        "VLOOKUP(A2,B:C,2,)",
        "VLOOKUP(A2,B:C,2,FALSE())",
        'IFERROR(VLOOKUP(A2,B:C,2,0),"")',
        "HLOOKUP(A2,1:2,2,FALSE)",
        "INDEX(C:C,MATCH(A2,B:B,0))",
        "_xlfn.XLOOKUP(A2,B:B,C:C)",
        '_xlfn.XLOOKUP(A2,B:B,C:C,"",0,-1)',
        "Staff[[#This Row],[Mobile]]",
        "_xlfn.LET(_xlpm.x,A2,TRIM(_xlpm.x))",
        "CLEANED(A2)",
        'TEXT(A2,"[<=9999999]###-####;(###) ###-####")',
        'IF(A2="","",A2)',
        'SUBSTITUTE(SUBSTITUTE(A2," ",""),"0044","+44")',
        'HYPERLINK("mailto:"&A2,A2)',
        "LOG10(A2)",
        "SUM({1,2},A2)",
    ],
)
def test_a_formula_that_takes_its_value_from_cells_is_believed(formula: str) -> None:
    assert risk_of(formula, _NAMES) is None
    assert risk_of(formula.lower(), _NAMES) is None


@pytest.mark.parametrize(
    ("formula", "risk"),
    [
        ('"person1@contoso.example"', _CONSTANT),
        ('"+1 202 "&"555 0123"', _CONSTANT),
        ("12025550123", _CONSTANT),
        ("ROW()+1", _CONSTANT),
        ("Typed", _CONSTANT),
        ("Of_two_sheets", _CONSTANT),
        ('IF(A1=A1,"person1@contoso.example","")', _CONSTANT),
        ('"+12025550123"&T(A99)', _CONSTANT),
        ("A99*0+12025550123", _CONSTANT),
        ("TRUE", _CONSTANT),
        ("", _CONSTANT),
        ("VLOOKUP(A2,B:C,2)", _APPROXIMATE),
        ("VLOOKUP(A2,B:C,2,TRUE)", _APPROXIMATE),
        ("VLOOKUP(A2,B:C,2,D2)", _APPROXIMATE),
        ("vlookup(A2,B:C,2,1)", _APPROXIMATE),
        ('IFERROR(VLOOKUP(A2&"*",B:C,2,FALSE),"")', _APPROXIMATE),
        ("HLOOKUP(A2,1:2,2)", _APPROXIMATE),
        ("LOOKUP(A2,B:B,C:C)", _APPROXIMATE),
        ("INDEX(C:C,MATCH(A2,B:B))", _APPROXIMATE),
        ("INDEX(C:C,MATCH(A2,B:B,-1))", _APPROXIMATE),
        ('INDEX(C:C,MATCH("ana*",B:B,0))', _APPROXIMATE),
        ('_xlfn.XLOOKUP(A2,B:B,C:C,"",2)', _APPROXIMATE),
        ('_xlfn.XLOOKUP(A2,B:B,C:C,"",0,2)', _APPROXIMATE),
        ("INDEX(C:C,_xlfn.XMATCH(A2,B:B,1))", _APPROXIMATE),
        ("[1]Sheet1!A2", _OUTSIDE),
        ("'[Staff old.xlsx]Sheet1'!A2", _OUTSIDE),
        ("'C:\\data\\[Staff.xlsx]Sheet1'!A2", _OUTSIDE),
        ("VLOOKUP(A2,[2]Sheet1!$A:$C,3,FALSE)", _OUTSIDE),
        ("Elsewhere", _OUTSIDE),
        ("VLOOKUP(A2,Elsewhere,3,FALSE)", _OUTSIDE),
        ("Moving", _OUTSIDE),
        ("VLOOKUP(A2,Moving,3,FALSE)", _OUTSIDE),
        ('_xlfn.WEBSERVICE("https://contoso.example/?"&A2)', _OUTSIDE),
        ('_xlfn.IMAGE("https://contoso.example/"&A2)', _OUTSIDE),
        ('INDIRECT("A"&ROW(A2))', _OUTSIDE),
        ("OFFSET(A2,1,0)", _OUTSIDE),
        ("IF(NOW()>A1,A2,A3)", _OUTSIDE),
        ("IF(TODAY()>A1,A2,A3)", _OUTSIDE),
        ("INDEX(A:A,RANDBETWEEN(1,9))", _OUTSIDE),
        ("A2*RAND()", _OUTSIDE),
        ('CELL("contents",A2)', _OUTSIDE),
        ('RTD("server",,A2)', _OUTSIDE),
        ("cmd|'/C calc'!A0&A2", _OUTSIDE),
        ("MyMacro(A2)", _OUTSIDE),
        ("NotDefined&A2", _OUTSIDE),
        ("Round_about&A2", _OUTSIDE),
        ('IFERROR(__xludf.DUMMYFUNCTION("IMPORTRANGE(A1)"),A2)', _OUTSIDE),
        ('A2&"unfinished', _OUTSIDE),
        ("A2" + "+A2" * 4_000, _OUTSIDE),
    ],
)
def test_a_formula_whose_value_is_not_the_cells_is_not_believed(formula: str, risk: FormulaRisk) -> None:
    assert risk is risk_of(formula, _NAMES)


@pytest.mark.parametrize("piece", ['"', "'", "(", "a", "a[", "a[['", "A1:", "x!", "{", ",", "1"])
def test_judging_grows_no_faster_than_the_formula(piece: str) -> None:
    """Twenty of the longest formulas take a third of a second at most; with the square of the length, many seconds."""
    with must_end(cpu_seconds=6):
        for _ in range(20):
            risk_of((piece * 8_192)[:8_192], {})


@given(st.text("A$:!12(),\"'[]{}#@& ", max_size=40), st.integers(2, 1_048_576))
def test_formulas_of_one_shape_are_judged_alike(text: str, number: int) -> None:
    """Rows of one column share the judgement of their first formula."""
    for formula in (text, f"A{number}{text}", f'"A{number}"&{text}', f'A1&"x {number}"'):
        assert risk_of(formula, {}) == risk_of(shape_of(formula), {})
    assert shape_of(f"VLOOKUP($A{number},B:C,2,0)") == shape_of("VLOOKUP($A1,B:C,2,0)")
    assert shape_of(f'"A{number}"&A1') != shape_of('"A1"&A1')


def _risks(rows: str, **options: str) -> list[FormulaRisk | None]:
    """Of the mobile cells, from row 2 on."""
    data = workbook(sheet(inline_rows([HEADER]) + rows), **options)
    return [cells[1].risk for _, cells in opened(data).rows()]


def _row(at: int, formula: str, value: str = "+1 202 555 0123") -> str:
    return row(at, [inline("ana@contoso.example"), f'<c r="@" t="str">{formula}<v>{value}</v></c>'])


def test_cells_of_a_shared_formula_are_judged_by_its_text() -> None:
    """Only the first cell holds the text; one whose text is nowhere cannot be judged."""
    rows = (
        _row(2, '<f t="shared" ref="B2:B3" si="0">"+1202"&amp;"5550123"</f>')
        + _row(3, '<f t="shared" si="0"/>')
        + _row(4, '<f t="shared" ref="B4:B5" si="1">D4</f>')
        + _row(5, '<f t="shared" si="1"/>')
        + _row(6, '<f t="shared" si="7"/>')
    )
    assert [_CONSTANT, _CONSTANT, None, None, _OUTSIDE] == _risks(rows)


def test_cells_that_an_array_formula_fills_are_judged_by_it() -> None:
    """They hold nothing but a value, like cells that a person has typed."""
    rows = (
        _row(2, '<f t="array" ref="B2:B4">INDIRECT("Z1:Z3")</f>')
        + _row(3, "")
        + _row(4, "")
        + _row(5, "")
        + row(6, ['<c r="@" t="str"><f t="dataTable" ref="A6:B7"/><v>x</v></c>', inline("+1 202 555 0123")])
        + _row(7, "")
    )
    assert [_OUTSIDE, _OUTSIDE, _OUTSIDE, None, _OUTSIDE, _OUTSIDE] == _risks(rows)


def test_defined_names_are_those_of_the_workbook() -> None:
    names = (
        '<definedNames><definedName name="Phones">Sheet1!$D$1:$E$9</definedName>'
        "<definedName name=\"Far\">'[1]Sheet1'!$A$1</definedName></definedNames>"
    )
    rows = _row(2, "<f>VLOOKUP(A2,PHONES,2,0)</f>") + _row(3, "<f>Far</f>") + _row(4, "<f>Nowhere</f>")
    assert [None, _OUTSIDE, _OUTSIDE] == _risks(rows, tail=names)


def test_columns_with_formulas_are_named() -> None:
    """Counted below the header; an array formula names every column that it fills."""
    rows = row(2, [inline("ana@contoso.example"), '<c r="@" t="str"><f t="array" ref="B2:C2">E2:F2</f><v>x</v></c>'])
    export = opened(workbook(sheet(inline_rows([HEADER]) + rows)))
    assert {1, 2} == export.formula_columns
    assert frozenset() == opened(workbook(sheet(inline_rows()))).formula_columns


def test_formulas_of_rules_are_of_no_column() -> None:
    """Excel keeps those of some rules behind the rows, in elements of the same name as those of cells."""
    rules = '<extLst><ext uri="u"><m:f xmlns:m="urn:x">Sheet2!$A$1:$A$9</m:f></ext></extLst>'
    assert frozenset() == opened(workbook(sheet(inline_rows(), after=rules))).formula_columns


@pytest.mark.parametrize(
    "xml",
    [
        sheet(inline_rows(), before="<cols>" + '<col min="1" max="16384" hidden="1"/>' * 20_000 + "</cols>"),
        sheet(inline_rows() + row(9, ['<c><f t="array" ref="A9:XFD9">NOW()</f><v>1</v></c>' * 9_000])),
        sheet(inline_rows() + "".join(_row(at, '<f t="array" ref="A9:CV1048576">A1</f>') for at in range(9, 9_000))),
    ],
    ids=["columns", "side by side", "one below the other"],
)
def test_no_area_is_walked_again_and_again(xml: str) -> None:
    """A few bytes name thousands of columns each."""
    with must_end(cpu_seconds=30), suppress(FileRefusedError):
        list(opened(workbook(xml)).rows())
