"""Why the stored values of cells with formulas are not used, cell by cell down a sheet."""

from __future__ import annotations

from typing import NamedTuple

from shared.adapters.workbook.reading.areas import Area, area_of
from shared.adapters.workbook.reading.formula_risk import Names, risk_of, shape_of
from shared.adapters.workbook.reading.sheet_rows import RawFormula
from shared.core.values.cell import FormulaRisk

_REMEMBERED = 10_000


class _Filled(NamedTuple):
    last_row: int
    risk: FormulaRisk


class Formulas:
    """For one pass down the rows of a sheet; only the first `width` columns count.

    A cell may have a formula that stands in another cell: of a shared formula only the first cell holds the text, and
    an array formula or a data table fills cells that hold nothing but values.
    """

    def __init__(self, names: Names, width: int) -> None:
        self._names = names
        self._width = width
        self._by_shape: dict[str, FormulaRisk | None] = {}
        self._shared: dict[str, FormulaRisk | None] = {}
        self._filled: dict[int, _Filled] = {}
        """By column from 1: the row down to which a formula with a risk, from another cell, fills it, and the risk."""

    @property
    def fill_cells(self) -> bool:
        """Whether any formula with a risk fills cells that have none of their own."""
        return bool(self._filled)

    def risk(self, row: int, column: int, formula: RawFormula | None) -> FormulaRisk | None:
        """Why the stored value of the cell is not used; None = it is, or the cell has no formula."""
        if formula is not None:
            return self._risk_of(formula)
        filled = self._filled.get(column)
        return filled.risk if filled and row <= filled.last_row else None

    def _risk_of(self, formula: RawFormula) -> FormulaRisk | None:
        if formula.kind == "shared" and not formula.text:
            return self._shared.get(formula.shared, FormulaRisk.OUTSIDE)
        risk = FormulaRisk.OUTSIDE if formula.kind == "dataTable" else self._judged(formula.text)
        if formula.kind == "shared":
            self._shared[formula.shared] = risk
        elif formula.area and risk:
            self._fill(area_of(formula.area), risk)
        return risk

    def _fill(self, area: Area, risk: FormulaRisk) -> None:
        for column in range(area.first_column, min(area.last_column, self._width) + 1):
            before = self._filled.get(column)
            self._filled[column] = _Filled(max(area.last_row, before.last_row if before else 0), risk)

    def _judged(self, text: str) -> FormulaRisk | None:
        shape = shape_of(text)
        if shape not in self._by_shape:
            if len(self._by_shape) >= _REMEMBERED:
                self._by_shape.clear()
            self._by_shape[shape] = risk_of(text, self._names)
        return self._by_shape[shape]
