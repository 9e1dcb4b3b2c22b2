"""The rows of a corrected result that HR did not correct. Nothing is done for such a row; the next result repeats its
outcome.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from shared.core.plan.slot_outcomes import slots_from_json, slots_to_json
from shared.core.run.row import Outcome, Row, completed, slots_of
from shared.core.values.cell import Cell
from shared.core.values.said import NOTHING, Said, joined, made_of, said_of, with_values
from shared.core.values.states import NEEDS_NO_WORK, RowState

NOT_CORRECTED = "notCorrected"
"""The code of a row that needed work and was not corrected. Earlier versions stored its reason, but no `earlier`."""
NOT_READ = "correctionNotRead"
NAMES_OTHER_ROWS = frozenset({"conflictingRows", "sameMobile"})
"""The codes of rows that are refused because of other rows, which the reason names."""
_DONE_BEFORE = "asReturned"


@dataclass(frozen=True, slots=True, repr=False)
class ReturnedRow:
    """The outcome of one row in the returned result, and its person; without numbers."""

    outcome: Outcome
    object_id: str
    display_name: str
    user_principal_name: str

    @classmethod
    def of(cls, row: Row) -> ReturnedRow:
        """The outcome of the row; if it was not corrected there either, that from the result before."""
        outcome = row.earlier or Outcome(row.state, row.code, row.reason, row.note, slots=slots_of(row))
        return cls(outcome, row.object_id, row.display_name, row.user_principal_name)

    @property
    def needs_work(self) -> bool:
        return self.outcome.state not in NEEDS_NO_WORK or self.outcome.code == NOT_CORRECTED

    @property
    def depends_on_others(self) -> bool:
        """Whether the row is good as soon as other rows are corrected or taken out."""
        return self.outcome.code in NAMES_OTHER_ROWS

    def again(self, entry: Row, typed: Sequence[Cell], address_now: Callable[[str], str]) -> Row:
        """The row in the new run, complete at once; `typed` are cells beside it that were filled in and are not read.

        `address_now` converts cell addresses in the outcome to the present ones.
        """
        earlier = _moved(self.outcome, address_now)
        person = replace(
            entry,
            object_id=self.object_id,
            display_name=self.display_name,
            user_principal_name=self.user_principal_name,
            earlier=earlier,
            remark=_remark_of(typed),
        )
        return completed(person, self._outcome(earlier, typed))

    def _outcome(self, earlier: Outcome, typed: Sequence[Cell]) -> Outcome:
        if typed:
            return _not_read(RowState.REFUSED if self.needs_work else RowState.SKIPPED, typed)
        if not self.needs_work:
            return Outcome(RowState.SKIPPED, _DONE_BEFORE)
        reasons = (earlier.reason, *(one.reason for one in earlier.slots), earlier.note)
        return Outcome(RowState.SKIPPED, NOT_CORRECTED, joined("; ", reasons))


def as_returned(entry: Row, typed: Sequence[Cell]) -> Row:
    """A row that was not corrected, complete at once, if retention has deleted its outcome."""
    outcome = _not_read(RowState.SKIPPED, typed) if typed else Outcome(RowState.SKIPPED, _DONE_BEFORE)
    return completed(replace(entry, remark=_remark_of(typed)), outcome)


def _not_read(state: RowState, typed: Sequence[Cell]) -> Outcome:
    cells = ", ".join(dict.fromkeys(cell.address for cell in typed))
    return Outcome(state, NOT_READ, Said("{cells}: not read", cells=cells))


def _remark_of(typed: Sequence[Cell]) -> Said:
    """The cells, each with the text that was typed into it."""
    remarks = (
        Said("What was typed in {cell} is not read: “{text}”", cell=cell.address, text=cell.text) for cell in typed
    )
    return joined("; ", dict.fromkeys(remarks))


def _moved(outcome: Outcome, address_now: Callable[[str], str]) -> Outcome:
    """The outcome with the present addresses of its cells, because rows and columns may have been moved."""
    slots = tuple(replace(one, reason=with_values(one.reason, address_now)) for one in outcome.slots)
    return replace(
        outcome,
        reason=with_values(outcome.reason, address_now),
        note=with_values(outcome.note, address_now),
        slots=slots,
    )


def outcome_to_json(outcome: Outcome) -> dict[str, Any]:
    """For the ledger."""
    said = {"reason": outcome.reason, "note": outcome.note}
    return {
        "state": outcome.state.value,
        "code": outcome.code,
        "slots": slots_to_json(outcome.slots),
        **{name: [str(text), made_of(text)] for name, text in said.items() if text},
    }


def outcome_from_json(data: Mapping[str, Any]) -> Outcome:
    """The inverse of `outcome_to_json`; raises ValueError or KeyError on anything else."""
    reason, note = (said_of(*data[name]) if name in data else NOTHING for name in ("reason", "note"))
    return Outcome(RowState(data["state"]), data["code"], reason, note, slots=slots_from_json(data["slots"]))
