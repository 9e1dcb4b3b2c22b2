"""The width of a column, as its heading needs it, or its values up to the column's limit."""

from __future__ import annotations

from collections.abc import Iterable

from shared.adapters.workbook.writing.style import INDENT, extent
from shared.core.report.page import Column, Value
from shared.core.values.cell import Cell

_NARROWEST = 7
PADDING = 3
BOLD = 1.08
"""The width of bold letters, relative to others."""
_ROOM = 4.0
"""Space for the button of a filter, and between a heading and the next column."""
_ONE_LINE = 18.0
"""A heading up to this width is not wrapped."""


def width_of(column: Column, values: Iterable[Value]) -> float:
    """The width that the heading and the values need. A long heading is wrapped, so it needs that of its longest word;
    values get no more than the column's limit."""
    whole = BOLD * extent(column.heading)
    heading = whole if whole <= _ONE_LINE else BOLD * max(map(extent, column.heading.split()))
    longest = max((max(map(extent, _shown(value).split("\n"))) for value in values), default=0.0)
    return INDENT + max(heading + _ROOM, min(max(longest + PADDING, _NARROWEST), column.width))


def _shown(value: Value) -> str:
    return value.text if isinstance(value, Cell) else "" if value is None else str(value)
