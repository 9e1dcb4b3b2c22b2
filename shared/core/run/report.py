"""The texts for people about a row: outcome, code, reason, remedy; used in workbooks and answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from shared.core.plan.operations import DisableSmsSignIn, EnableSmsSignIn, Operation, slot_of, value_after, value_before
from shared.core.plan.plan import Plan
from shared.core.run.row import Row
from shared.core.run.run import Run
from shared.core.values.codes import CODES, CodeInfo
from shared.core.values.slot import value_to_json

Heading = Literal["plan", "result"]
"""Which of the two workbooks of a run."""

_UNKNOWN = CodeInfo("", "")


@dataclass(frozen=True, slots=True, repr=False)
class RowReport:
    """The texts beside one row of a result or plan workbook; `suggested` and `action` may hold numbers in clear."""

    outcome: str
    code: str
    reason: str
    remedy: str
    suggested: str = ""
    action: str = ""


def report_row(row: Row) -> RowReport:
    """The reason of the row itself, else the meaning of its code; a note is added to either."""
    info = CODES.get(row.code, _UNKNOWN)
    reason = "; ".join(text for text in (row.reason or info.meaning, row.note) if text)
    return RowReport(row.state.value, row.code, reason, info.remedy, row.suggestion, _action(row.plan))


def _action(plan: Plan | None) -> str:
    return "" if plan is None else "; ".join(_in_words(operation) for operation in plan.operations)


def _in_words(operation: Operation) -> str:
    match operation:
        case EnableSmsSignIn():
            return "SMS sign-in: off → on"
        case DisableSmsSignIn():
            return "SMS sign-in: on → off"
        case _:
            old, new = value_to_json(value_before(operation)), value_to_json(value_after(operation))
            return f"{slot_of(operation)}: {old or 'nothing'} → {new or 'nothing'}"


def summary_of(run: Run) -> list[tuple[str, str]]:
    """The first lines of a workbook, about its run."""
    facts = [
        ("Run", run.id),
        ("File", run.name),
        ("State", run.state.value),
        ("Export time", f"{run.export_time:%Y-%m-%d %H:%M:%S} UTC"),
        ("Rows", str(run.total)),
        *((f"Rows {state.value}", str(count)) for state, count in sorted(run.counts.items())),
        ("Approved by", run.approved_by),
        ("Plan", run.digest[:12]),
        ("Message", run.message),
        *(("Note", note) for note in run.notes),
    ]
    return [(name, value) for name, value in facts if value]
