"""The names of what we add to a workbook; `result` writes them, `sheets` recognises them when a file comes back."""

from __future__ import annotations

from typing import Literal

Heading = Literal["result", "plan"]

OUTCOME = "Phone methods: outcome"
PLANNED = "Phone methods: planned action"
CHANGE = "Phone methods: change"
CODE = "Phone methods: code"
REASON = "Phone methods: reason"
REMEDY = "Phone methods: what to do"
SUGGESTED = "Phone methods: suggested value"

HEADINGS: dict[Heading, tuple[str, ...]] = {
    "result": (OUTCOME, CODE, REASON, REMEDY, SUGGESTED),
    "plan": (PLANNED, CHANGE, CODE, REASON, REMEDY, SUGGESTED),
}
OUR_HEADINGS = frozenset(heading for headings in HEADINGS.values() for heading in headings)

SUMMARY_SHEET = "Phone methods summary"
NEEDS_WORK_SHEET = "Phone methods to correct"
OUR_SHEETS = frozenset((SUMMARY_SHEET, NEEDS_WORK_SHEET))
