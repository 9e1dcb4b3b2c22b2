"""Every outcome code, its meaning and its remedy: the one table for the API, the workbooks and docs/outcomes.md.

A code never changes its meaning. A remedy tells HR, who reads the result workbook, or the caller what to do next. HR
does not see the text for administrators.
"""

from __future__ import annotations

from shared.core.values.code_info import CodeInfo
from shared.core.values.codes_of_calls import CODES_OF_CALLS
from shared.core.values.codes_of_cells import CODES_OF_CELLS
from shared.core.values.codes_of_files import CODES_OF_FILES
from shared.core.values.codes_of_rows import CODES_OF_ROWS

__all__ = ["CODES", "CodeInfo", "for_admins"]

CODES: dict[str, CodeInfo] = CODES_OF_ROWS | CODES_OF_CALLS | CODES_OF_CELLS | CODES_OF_FILES
"""By code."""


def for_admins(code: str) -> str:
    """What administrators can do about a code; "" = nothing, or the code is unknown."""
    return CODES[code].for_admins if code in CODES else ""
