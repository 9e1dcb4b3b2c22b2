"""Packed rows come out as they went in, in order."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.core.export.columns import ColumnMap, PhoneColumns
from shared.core.export.export_row import read_row
from shared.core.export.row_json import PackedRows
from shared.core.person.account import KeyKind
from shared.core.values.slot import PhoneType
from tests.core.export.mapped import cell_of

COLUMNS = ColumnMap((KeyKind.EMPLOYEE_ID, 0), (PhoneColumns(PhoneType.MOBILE, 1, calling_code=2),), email=3)


@settings(deadline=None)  # hundreds of rows on a busy machine
@given(st.lists(st.lists(st.text(max_size=20), min_size=4, max_size=4), max_size=20), st.integers(1, 30))
def test_nothing_is_lost_by_packing(texts: list[list[str]], times: int) -> None:
    """Any text, also half a surrogate pair, and any number of rows."""
    rows = [
        read_row(number, [cell_of(text, f"A{number}") for text in row], COLUMNS, date(2026, 11, 29))
        for number, row in enumerate(texts * times, 2)
    ]
    packed = PackedRows()
    for row in rows:
        packed.add(row)
    assert rows == list(packed)
