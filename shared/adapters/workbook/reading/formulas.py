"""The formulas of one sheet, cell by cell: which cells have one, and why its stored value is not used; used by `xlsx`.

A cell may have a formula that stands in another cell: of a shared formula only the first cell holds the text, and an
array formula or a data table fills cells that hold nothing but values.
"""

from __future__ import annotations

from typing import NamedTuple

from shared.adapters.workbook.reading.areas import Area, area_of
from shared.adapters.workbook.reading.formula_risk import Names, risk_of, shape_of
from shared.adapters.workbook.reading.refusal import refusal
from shared.adapters.workbook.reading.sheet_rows import RawCell, RawFormula
from shared.core.values.cell import FormulaRisk

_MOST_AREAS = 1_000
"""Of array formulas and data tables that reach down to one row."""
_REMEMBERED = 10_000


class _Filled(NamedTuple):
    area: Area
    risk: FormulaRisk | None


class Formulas:
    """Goes down the rows of a sheet once."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._by_shape: dict[str, FormulaRisk | None] = {}
        self._shared: dict[str, FormulaRisk | None] = {}
        self._filled: list[_Filled] = []

    def start_row(self, row: int) -> None:
        """Rows must be asked for in ascending order."""
        if self._filled:
            self._filled = [filled for filled in self._filled if filled.area.last_row >= row]

    def risk(self, row: int, cell: RawCell) -> FormulaRisk | None:
        """Why the stored value of the cell is not used; None = it is, or the cell has no formula."""
        if cell.formula is not None:
            return self._risk_of(cell.formula)
        for area, risk in self._filled:
            if risk and area.first_row <= row and area.first_column <= cell.column <= area.last_column:
                return risk
        return None

    def _risk_of(self, formula: RawFormula) -> FormulaRisk | None:
        if formula.kind == "shared" and not formula.text:
            return self._shared.get(formula.shared, FormulaRisk.OUTSIDE)
        risk = FormulaRisk.OUTSIDE if formula.kind == "dataTable" else self._judged(formula.text)
        if formula.kind == "shared":
            self._shared[formula.shared] = risk
        elif formula.area:
            self._filled.append(_Filled(area_of(formula.area), risk))
            if len(self._filled) > _MOST_AREAS:
                raise refusal("sheetTooLarge", f"The sheet has more than {_MOST_AREAS} array formulas side by side.")
        return risk

    def _judged(self, text: str) -> FormulaRisk | None:
        shape = shape_of(text)
        if shape not in self._by_shape:
            if len(self._by_shape) >= _REMEMBERED:
                self._by_shape.clear()
            self._by_shape[shape] = risk_of(text, self._names)
        return self._by_shape[shape]
