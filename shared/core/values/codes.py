"""Every outcome code, its meaning and its remedy: the one table that answers, workbooks and docs/outcomes.md share.

A code never changes its meaning. A remedy tells the reader of a result workbook what to do next; "" = nothing to do.
"""

from __future__ import annotations

from shared.core.values.code_info import CodeInfo
from shared.core.values.codes_of_cells import CODES_OF_CELLS
from shared.core.values.codes_of_files import CODES_OF_FILES
from shared.core.values.codes_of_rows import CODES_OF_ROWS

__all__ = ["CODES", "CodeInfo"]

CODES: dict[str, CodeInfo] = CODES_OF_ROWS | CODES_OF_CELLS | CODES_OF_FILES
"""By code."""
