"""The documents of a run: the texts beside each row in a workbook, and the content of plan.json and summary.json.

The JSON files are for programs and hold no phone numbers. Their schemas are docs/schemas/plan.schema.json and
summary.schema.json.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

from shared.core.export.role_names import role_name
from shared.core.plan.operations import (
    DisableSmsSignIn,
    Effect,
    EnableSmsSignIn,
    Operation,
    effect_of,
    slot_of,
    value_after,
    value_before,
)
from shared.core.plan.plan import Plan
from shared.core.plan.question import AWAITS_DECISION, Question
from shared.core.plan.slot_outcomes import SlotOutcome, in_words
from shared.core.run.attempts import RowCounts
from shared.core.run.people_of_rows import Identity, by_person
from shared.core.run.row import Row, slots_of
from shared.core.run.run import Run
from shared.core.values.cell import SMS_SIGN_IN
from shared.core.values.code_info import ASK_ADMINISTRATOR, CodeInfo
from shared.core.values.codes import CODES
from shared.core.values.said import NOTHING, Said, joined
from shared.core.values.slot import value_to_json
from shared.core.values.states import NEEDS_NO_WORK, SUCCEEDED_ROWS, RowState, SlotState

_NO_CODE = CodeInfo("", "")
_UNLISTED = CodeInfo("", ASK_ADMINISTRATOR, "The reason names the cause, or the log of the function app.")
"""The meaning of a service's code that is not in the table."""


@dataclass(frozen=True, slots=True, repr=False)
class RowReport:
    """The texts about one row in a workbook; `suggested`, `changes`, `questions` and `remark` may hold values in
    clear."""

    outcome: str
    code: str
    reason: Said
    remedy: str
    suggested: str = ""
    changes: tuple[Change, ...] = ()
    for_admins: str = ""
    """What administrators can do; a result workbook, which HR reads, does not show this."""
    display_name: str = ""
    user_principal_name: str = ""
    object_id: str = ""
    """Only for approvers and administrators, like all following fields up to `answer`."""
    questions: tuple[Question, ...] = ()
    answer: str = ""
    slots: tuple[SlotOutcome, ...] = ()
    details: Said = NOTHING
    """The parts of the reason that neither the row's code nor the states of its slots tell."""
    is_over: bool = True
    """Whether the row has ended; an unprocessed row does not count, because its slots say what would be done."""
    earlier: RowReport | None = None
    """The report on a row that was not corrected, from the returned result."""
    remark: Said = NOTHING
    """Texts typed beside the row in cells that are not read."""
    key: str = ""
    """The key in the file."""

    @property
    def particulars(self) -> Said:
        """The details; the whole reason if there are no details, or no slots."""
        return (self.slots and self.details) or self.reason


def people_of(reports: Mapping[int, RowReport]) -> list[list[RowReport]]:
    """The rows of each person."""
    rows = by_person({number: Identity(report.key, report.object_id) for number, report in reports.items()})
    return [[reports[number] for number in numbers] for numbers in rows]


_NOT_DONE_YET = dict.fromkeys(("applied", "notYetVisible", "smsSignInDisabled"), "changePlanned")
"""The code that is shown for a planned row, by the code that an older version stored with it."""
_IN_THE_SLOTS = frozenset({"applied", "changePlanned", "alreadySet"})
"""Codes whose meaning is already in the words about the slots."""


def report_row(row: Row) -> RowReport:
    """The texts of one row: its own reason or the meaning of its code, then each slot, then its note.

    For a row for which nothing was done yet, they say what would be done. `earlier` of a row that was not corrected is
    the report on it from before.
    """
    slots, before = slots_of(row), row.as_before
    code = _NOT_DONE_YET.get(row.code, row.code) if row.is_open else row.code
    is_over = not row.is_open and row.state is not RowState.UNPROCESSED
    words = in_words(slots, is_over=is_over)
    own = row.reason or ("" if is_said_by_slots(code, slots) else _info(code).meaning)
    reason = joined("; ", (own, words, row.note))
    return RowReport(
        row.state.value,
        code,
        reason,
        advice(code, slots, lambda each: _info(each).remedy),
        row.suggestion,
        changes_of(row.plan),
        advice(code, slots, lambda each: _info(each).for_admins),
        row.display_name,
        row.user_principal_name,
        row.object_id,
        () if row.plan is None else row.plan.asks,
        row.answer.value,
        slots,
        joined("; ", (row.reason, *(one.reason for one in slots), row.note)),
        is_over,
        report_row(before) if before else None,
        row.remark,
        row.key,
    )


def is_said_by_slots(code: str, slots: tuple[SlotOutcome, ...]) -> bool:
    """Whether the words about the slots already say the meaning of the code."""
    return bool(slots) and code in _IN_THE_SLOTS | {one.code for one in slots}


def _for_slot(slot: str, text: str) -> str:
    return f"{slot}: {text}"


def advice(
    code: str,
    slots: tuple[SlotOutcome, ...],
    text_of: Callable[[str], str],
    for_slot: Callable[[str, str], str] = _for_slot,
) -> str:
    """What to do about the row, then about each slot that was not done; a slot is named when there are several.

    `text_of` has the advice about a code, `for_slot` names the slot beside it.
    """
    not_done = [one for one in slots if is_not_done(one)]
    by_slot = {one.slot: text_of(one.code) for one in not_done}
    of_slots = [text if len(by_slot) == 1 else for_slot(slot, text) for slot, text in by_slot.items() if text]
    of_row = "" if any(one.code == code for one in not_done) else text_of(code)
    return " ".join([of_row, *of_slots] if of_row else of_slots)


def is_not_done(one: SlotOutcome) -> bool:
    """Whether the slot was refused, or kept for a reason of its own. `awaitsDecision` is a reason of the whole row."""
    return one.state is SlotState.REFUSED or (one.state is SlotState.KEPT and one.code != AWAITS_DECISION)


def _info(code: str) -> CodeInfo:
    return CODES.get(code, _UNLISTED) if code else _NO_CODE


def columns_to_json(run: Run) -> list[dict[str, str]]:
    """The columns of the file, for programs and for the command line."""
    return [
        {
            "letters": column.letters,
            "heading": column.heading,
            "use": column.use.value,
            "role": role_name(column.role),
            "why": column.why,
            "chosenBy": column.chosen_by,
        }
        for column in (run.mapping.columns if run.mapping else ())
    ]


@dataclass(slots=True)
class RunDocuments:
    """Collects what plan.json and summary.json need of each row, without keeping the row; each is added once."""

    _rows_by_state: defaultdict[RowState, list[int]] = field(default_factory=lambda: defaultdict(list))
    _codes: defaultdict[RowState, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    _changes: list[dict[str, Any]] = field(default_factory=list)
    _failures: list[dict[str, Any]] = field(default_factory=list)
    _throttled: Counter[int] = field(default_factory=Counter)
    _seconds_throttled: float = 0.0

    def add(self, row: Row) -> None:
        self._rows_by_state[row.state].append(row.number)
        self._codes[row.state][row.code] += 1
        if row.state is RowState.PLANNED and (changes := changes_of(row.plan)):
            effects = [{"of": one.of, "effect": one.effect.value} for one in changes]
            self._changes.append({"row": row.number, "id": row.object_id, "operations": effects})
        if row.request_id and row.state not in NEEDS_NO_WORK:
            failure = {"row": row.number, "outcome": row.state, "code": row.code, "requestId": row.request_id}
            self._failures.append(failure)
        if row.throttled_times:
            self._throttled[row.number] = row.throttled_times
            self._seconds_throttled += row.throttled_seconds

    def counts(self) -> RowCounts:
        return {state: len(rows) for state, rows in self._rows_by_state.items()}

    def plan(self, run: Run, versions: Mapping[str, str]) -> dict[str, Any]:
        """The content of plan.json; `versions` are those of the app and of Graph's API."""
        return _about(run, versions) | {"planned": run.figures, "sets": self._sets(), "changes": self._changes}

    def summary(self, run: Run, versions: Mapping[str, str], finished_at: datetime) -> dict[str, Any]:
        """The content of summary.json; `versions` as in `plan`."""
        counts = self.counts()
        return _about(run, versions) | {
            "finishedAt": finished_at.isoformat(),
            "phases": list(_phases(run, finished_at)),
            "rows": run.total,
            "succeeded": sum(count for state, count in counts.items() if state in SUCCEEDED_ROWS),
            "counts": {state.value: count for state, count in counts.items()},
            "codes": {state.value: dict(codes) for state, codes in self._codes.items()},
            "sets": self._sets(),
            "failures": self._failures,
            "throttling": {
                "rowsThrottled": len(self._throttled),
                "timesThrottled": self._throttled.total(),
                "secondsThrottled": round(self._seconds_throttled, 1),
            },
        }

    def _sets(self) -> dict[str, list[int]]:
        """Row numbers by state; every row is in exactly one set."""
        return {state.value: rows for state, rows in self._rows_by_state.items()}


def _about(run: Run, versions: Mapping[str, str]) -> dict[str, Any]:
    return {
        "version": 1,
        "run": run.id,
        "attempt": len(run.attempts),
        "state": run.state.value,
        "source": run.source.value,
        "file": run.name,
        "exportTime": run.export_time.isoformat(),
        "createdAt": run.created_at.isoformat(),
        "startedBy": run.started_by,
        "approvedBy": run.approved_by,
        "versions": dict(versions),
        "digests": {"content": run.content_sha256, "plan": run.digest},
        "message": run.message,
        "notes": list(run.all_notes),
        "columns": columns_to_json(run),
        "sheets": [
            {"name": sheet.name, "headerRow": sheet.header_row, "rowsBefore": sheet.rows_before}
            for sheet in run.places.sheets
        ],
    }


def _phases(run: Run, finished_at: datetime) -> Iterator[dict[str, Any]]:
    """The time that the run spent in each state, in order; in the last phase the result is written."""
    ends = [*run.state_history, (run.state, finished_at)]
    for (state, began), (_, ended) in pairwise(ends):
        yield {"state": state.value, "from": began.isoformat(), "seconds": (ended - began).total_seconds()}


@dataclass(frozen=True, slots=True, repr=False)
class Change:
    """The change of `of`, a slot or SMS_SIGN_IN; `old` and `new` are in clear, "" = no value, or SMS sign-in."""

    of: str
    effect: Effect
    old: str = ""
    new: str = ""


def changes_of(plan: Plan | None) -> tuple[Change, ...]:
    return () if plan is None else tuple(map(_change, plan.operations))


def _change(operation: Operation) -> Change:
    effect = effect_of(operation)
    match operation:
        case EnableSmsSignIn() | DisableSmsSignIn():
            return Change(SMS_SIGN_IN, effect)
        case _:
            old, new = value_to_json(value_before(operation)), value_to_json(value_after(operation))
            return Change(slot_of(operation).value, effect, old or "", new or "")
