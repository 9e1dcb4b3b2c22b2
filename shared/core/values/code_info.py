"""The entry of one code in the table of outcome codes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

NOTHING_TO_CORRECT = "Nothing to correct in the file"
ASK_ADMINISTRATOR = f"{NOTHING_TO_CORRECT}: ask your IT department to look into it."
"""The remedy if HR can do nothing else."""


@dataclass(frozen=True, slots=True)
class CodeInfo:
    meaning: str
    remedy: str
    """For HR, or for the caller if only calls and the API's answers have the code: what to do, or who can help. "" =
    nothing to do."""
    for_admins: str = ""
    """For administrators: what they can do besides. Loosening a limit is never the first way out."""
    redrivable: bool = False
    """Whether a row may be redriven if it, or a slot of it, is refused with this code, because something outside the
    file can make it valid."""
    in_cell: bool = False
    """Whether HR follows the remedy in one cell, by typing into it or clearing it; workbooks show that cell."""

    @property
    def is_for_others(self) -> bool:
        """Whether HR has nothing to correct in the file, and can only ask."""
        return self.remedy.startswith(NOTHING_TO_CORRECT)


redrivable = partial(CodeInfo, redrivable=True)
in_cell = partial(CodeInfo, in_cell=True)
redrivable_in_cell = partial(redrivable, in_cell=True)
