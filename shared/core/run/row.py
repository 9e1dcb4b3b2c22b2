"""A row of a run as the ledger stores it: state, cells, plan and outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from shared.core.export.export_row import ExportRow
from shared.core.plan.plan import Plan
from shared.core.plan.slot_outcomes import SlotOutcome, refused_slots, slot_outcomes
from shared.core.run.undoing import Undoing
from shared.core.values.cell import Refusal
from shared.core.values.codes import CODES
from shared.core.values.said import NOTHING, Said, joined
from shared.core.values.slot import value_to_json
from shared.core.values.states import NEEDS_NO_WORK, OPEN_ROWS, REDRIVABLE_ROWS, RowState, SlotState, Source


class Answer(StrEnum):
    """The decisions about a person in a run of questions."""

    NONE = ""
    REPLACE = "replace"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `export_row`, `plan`, `undoing`, `suggestion`, `before` and `remark` hold values in clear.

    All but the last two are deleted when the row needs no more work. `before`, and the plan of a row that was written,
    stay until the attempt ends, because changes.json is made from them; all of a row that was set apart stays as long,
    because a run of questions is made from it.
    """

    run: str
    number: int
    """Unique in the run; `Run.places` converts it to the place in the file. 1 for a call for one person."""
    state: RowState
    code: str = ""
    reason: Said = NOTHING
    note: Said = NOTHING
    key: str = field(default="", repr=False)
    """The text of the key in the file; "" = there is none."""
    object_id: str = ""
    display_name: str = field(default="", repr=False)
    """The name in the directory; approvers see it and the user principal name beside the object id."""
    user_principal_name: str = field(default="", repr=False)
    first_row: int = 0
    """The row that stands for this one, because both are of one person; 0 = the row stands for itself."""
    other_rows: tuple[int, ...] = ()
    """The rows that this one stands for."""
    record_etag: str = ""
    """ETag of the person's ownership record when planning read it; "" = there was no record."""
    export_row: ExportRow | None = None
    plan: Plan | None = None
    undoing: Undoing | None = None
    """The values that a row of an undo restores."""
    before: str = field(default="", repr=False)
    """What the run found in the person's ownership record, as JSON with values in clear, until its attempt ends."""
    is_approved: bool = False
    """Whether a person approved the same writes to the same account in an earlier attempt of the run."""
    takes_back: bool = False
    """Whether the plan writes a former value of the person again."""
    region: str = ""
    """The region by which national numbers were read, and where that region comes from."""
    suggestion: str = field(default="", repr=False)
    """The values that the result workbook suggests, by slot, in clear; deleted together with `export_row`."""
    slots: tuple[SlotOutcome, ...] = ()
    """The outcome of each slot; () = not known."""
    earlier: Outcome | None = None
    """The outcome of a row that was not corrected, from the returned result; nothing was done for the row itself."""
    remark: Said = field(default=NOTHING, repr=False)
    """Texts typed beside the row in cells that are not read, in clear."""
    answer: Answer = Answer.NONE
    """A person's decision about a row of a run of questions."""
    looked_up_at: datetime | None = None
    """When an account was first looked up and not found; None = never."""
    request_id: str = ""
    throttled_times: int = 0
    """How often the row went back to its queue because Graph asked it to wait longer than one delivery can."""
    throttled_seconds: float = 0.0
    """The sum of these waits."""
    etag: str = ""

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_ROWS

    @property
    def as_before(self) -> Row | None:
        """The row as the returned result had it; None = the row is of no corrected result, or was corrected."""
        if self.earlier is None:
            return None
        was = self.earlier
        return replace(
            self,
            state=was.state,
            code=was.code,
            reason=was.reason,
            note=was.note,
            slots=was.slots,
            earlier=None,
            remark=NOTHING,
        )

    def lacks_answer(self, source: Source) -> bool:
        """Whether the row is of a run of questions and may not be written, because its answer is not *replace*."""
        writes = self.plan is not None and bool(self.plan.operations)
        return source is Source.QUESTIONS and writes and self.answer is not Answer.REPLACE

    @property
    def may_be_redriven(self) -> bool:
        """Whether a redrive of its run can give the row another outcome."""
        if self.state in {RowState.REFUSED, RowState.PARTIAL}:
            codes = {self.code, *(one.code for one in self.slots if one.state is SlotState.REFUSED)}
            return any(CODES[code].redrivable for code in codes & CODES.keys())
        return self.state in REDRIVABLE_ROWS


def new_row(run: str, row: ExportRow) -> Row:
    """The row of a run for this row of its source; its account is not looked up yet."""
    return Row(run, row.row, RowState.QUEUED, key=row.key.value if row.key else "", export_row=row)


def is_same_plan(before: Row, now: Row) -> bool:
    """Whether both plans of a row make the same writes to the same account, over the same old values."""
    if before.plan is None or now.plan is None or before.object_id != now.object_id:
        return False
    return before.plan.operations == now.plan.operations


@dataclass(frozen=True, slots=True)
class Outcome:
    state: RowState
    code: str
    reason: Said = NOTHING
    note: Said = NOTHING
    request_id: str = ""
    slots: tuple[SlotOutcome, ...] = ()
    keeps_numbers: bool = False
    """Whether the row's numbers stay until its attempt ends, although it needs no work."""


def completed(row: Row, outcome: Outcome, *, keep_plan: bool = False) -> Row:
    """The row with its outcome. If it needs no work, all that holds values in clear is removed.

    Only `before` and `remark` stay and, with `keep_plan`, the plan.
    """
    done = replace(
        row,
        state=outcome.state,
        code=outcome.code,
        reason=outcome.reason,
        note=joined("; ", (row.note, outcome.note)),
        request_id=outcome.request_id,
        slots=outcome.slots or row.slots,
    )
    if outcome.state not in NEEDS_NO_WORK:
        return done
    return replace(done, export_row=None, undoing=None, plan=row.plan if keep_plan else None, suggestion="")


def refused(row: Row, refusals: Sequence[Refusal]) -> Row:
    """The row, refused for all these reasons. The candidates of its cells become its suggestion."""
    of_row = joined("; ", (refusal.reason for refusal in refusals if not refusal.slot))
    outcome = Outcome(RowState.REFUSED, refusals[0].code, of_row, slots=refused_slots(tuple(refusals)))
    return completed(replace(row, suggestion=suggestion_of(refusals)), outcome)


def suggestion_of(refusals: Sequence[Refusal]) -> str:
    """`mobile: +31 612345678 or +49 …; office: …`, in clear."""
    candidates = ((one.slot, [value_to_json(value) or "" for value in one.candidates]) for one in refusals)
    return "; ".join(f"{slot}: {' or '.join(dict.fromkeys(values))}" for slot, values in candidates if values)


def slots_of(row: Row) -> tuple[SlotOutcome, ...]:
    """The outcome of each slot, or the planned one; of a row that the gate refused, only its refused slots."""
    if row.slots or row.plan is None:
        return row.slots
    return refused_slots(row.plan.refused) if row.state is RowState.REFUSED else slot_outcomes(row.plan)
