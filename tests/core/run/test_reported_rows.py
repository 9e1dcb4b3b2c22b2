"""The rows of one person that contradict each other carry the name that was found for one of them."""

from __future__ import annotations

from itertools import permutations

import pytest

from shared.core.run.reported_rows import ReportedRows
from shared.core.run.row import Row
from shared.core.values.states import RowState

CONTRADICTING = (
    Row("run", 2, RowState.REFUSED, "conflictingRows", key="1011"),
    Row("run", 3, RowState.REFUSED, "conflictingRows", key="1011", display_name="Ada Minh"),
    Row("run", 4, RowState.REFUSED, "conflictingRows", key="1011"),
    Row("run", 5, RowState.REFUSED, "conflictingRows", key="1012"),
)


@pytest.mark.parametrize("rows", [*permutations(CONTRADICTING)])
def test_a_name_is_shared_in_whatever_order_the_rows_come(rows: tuple[Row, ...]) -> None:
    found = ReportedRows()
    for row in rows:
        found.add(row)
    assert {2: "Ada Minh", 3: "Ada Minh", 4: "Ada Minh", 5: ""} == {
        number: report.display_name for number, report in found.texts.items()
    }
