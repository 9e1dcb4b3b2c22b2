"""The attempts of a run as values: their authors, decisions, plans and ends.

`shared.core.run.run` holds them in order, and adds to them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from shared.core.run.safety_limits import PlanFigures
from shared.core.values.states import RowState, RunState

RowCounts = Mapping[RowState, int]

MOST_ATTEMPTS = 20
"""How many attempts a run may have; together they fit into one property of its entity."""
_LONGEST_MESSAGE = 250
"""The most characters of a message that an attempt stores; the files of its plan and result have the whole message."""


class DecisionKind(StrEnum):
    APPROVED = "approved"
    """An approval of the plan, after which none is missing."""
    AGREED = "agreed"
    """An approval of the plan, after which another one is missing."""
    ANSWERED = "answered"
    """Questions about people were answered."""
    STARTED = "started"
    """A checked file was started; it is read and planned again."""
    MAPPED = "mapped"
    """The sheets, or the meaning of columns, were chosen; the file is read and planned again."""
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision about an attempt; `by` is the caller, or BY_TIMER when the run expired or was superseded."""

    kind: DecisionKind
    by: str
    at: datetime
    digest: str = ""
    """The digest of the plan that the decision is about; "" = there was no plan yet."""


@dataclass(frozen=True, slots=True)
class PlanOfRun:
    """What the gate found in the plans of all rows, which an approval is about."""

    digest: str = ""
    digest_version: int = 0
    is_verified: bool = False
    """Whether release has checked that the stored plan still has this digest."""
    figures: PlanFigures | None = None
    shared_values: tuple[str, ...] = ()
    """Keyed digests of values that too many people would have; an approval of the plan approves them as shared."""


@dataclass(frozen=True, slots=True)
class AttemptEnd:
    """How an attempt ended: the state, code and message of its run at that time."""

    state: RunState
    at: datetime
    code: str = ""
    message: str = ""

    @classmethod
    def of(cls, state: RunState, at: datetime, code: str, message: str) -> AttemptEnd:
        """The end of an attempt, with a shortened message."""
        return cls(state, at, code, shortened(message))


def shortened(message: str) -> str:
    return message if len(message) <= _LONGEST_MESSAGE else f"{message[: _LONGEST_MESSAGE - 1]}…"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One pass of a run through plan, decision and result. Once it has ended, it never changes."""

    started_by: str
    decisions: tuple[Decision, ...] = ()
    plan: PlanOfRun = field(default_factory=PlanOfRun)
    counts: RowCounts = field(default_factory=dict)
    """The number of rows in each state at the last count."""
    result_blob: str = ""
    """The file that holds the result for people; "" = none."""
    result_writes: int = 0
    """How often the app has begun to write the result workbook."""
    held_because: str = ""
    """The run's message when its plan was held, shortened; "" = it was not held."""
    end: AttemptEnd | None = None
    """None = the attempt goes on, or an earlier version ended it."""

    @property
    def is_read_again(self) -> bool:
        """Whether a person made a choice about the file or started it, so that the next attempt reads it again."""
        return any(one.kind in {DecisionKind.MAPPED, DecisionKind.STARTED} for one in self.decisions)

    @property
    def approvers(self) -> tuple[str, ...]:
        """Who has approved the present plan so far, in order."""
        approvals = (DecisionKind.AGREED, DecisionKind.APPROVED)
        return tuple(one.by for one in self.decisions if one.kind in approvals and one.digest == self.plan.digest)


def add_counts(parts: Iterable[RowCounts]) -> RowCounts:
    total: Counter[RowState] = Counter()
    for part in parts:
        total.update(part)
    return dict(total)
