"""A run as a value: the work on one export, on one call, or on what the app finds itself, from rows to a result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import pairwise, takewhile
from typing import Any

from shared.core.export.file_mapping import FileMapping
from shared.core.export.options import RunOptions
from shared.core.export.places import ONE_SHEET, Places
from shared.core.run.approvers import BY_EXPORT, TouchedBy
from shared.core.run.attempts import Attempt, AttemptEnd, Decision, DecisionKind, RowCounts
from shared.core.run.pause import Pause
from shared.core.values.said import NOTHING, Said
from shared.core.values.states import OPEN_ROWS, OPEN_RUNS, RunState, Source

ROWS_PER_SHARD = 1000
"""The rows of a run are stored in table partitions of this many row numbers each."""

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_OF_READING = {
    "people": "people",
    "drifted": "drifted",
    "notRead": "not_read",
    "leavers": "leavers",
    "restarts": "restarts",
}
_CHANGES = frozenset({DecisionKind.MAPPED, DecisionKind.CANCELLED})
"""The decisions by which a person touches a run."""
_REFUSED_UNREAD = frozenset({"fileTooLarge", "folderNotForExports"})
"""The codes of files that are refused by name or size alone."""
_OF_PLAN = ("people", "matched", "creates", "updates", "removals", "refused", "unmatched", "outside")


def shard_of(row: int) -> int:
    return row // ROWS_PER_SHARD


@dataclass(frozen=True, slots=True)
class ReadFigures:
    """What a reading stage that works in steps has found so far, as numbers of people."""

    people: int = 0
    drifted: int = 0
    not_read: int = 0
    leavers: int = 0
    restarts: int = 0
    """How often the reading began again."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run. Times are UTC.

    `cursor` is the number of the last row that the present stage has taken up. Only a message for `step` advances the
    run; `advanced_by` is the `n` of the message that made the latest step.
    """

    id: str
    state: RunState
    source: Source
    name: str
    """The name of the export's blob; for a run without an export, a description such as `put mobile`."""
    export_time: datetime
    attempts: tuple[Attempt, ...]
    """All attempts in order; the last one is the present one."""
    created_at: datetime
    updated_at: datetime
    progress_at: datetime | None = None
    """When a step last made progress, or the rows were last taken up again; None = no step yet in this attempt."""
    input_blob: str = ""
    options: RunOptions = field(default_factory=RunOptions)
    total: int = 0
    first_row: int = 0
    last_row: int = 0
    cursor: int = 0
    step: int = 0
    advanced_by: int = 0
    read_position: str = ""
    """Where the reading stage continues; "" = at the beginning."""
    read_figures: ReadFigures | None = None
    """None = the run is not read in steps, or its first step is not done."""
    people_without_row: int = 0
    """People who were read and need no row, as in a reconcile; they count in the shares of the safety limits."""
    closed_shards: Mapping[int, RowCounts] = field(default_factory=dict)
    """Counts of shards without open rows, by shard number."""
    nonce: str = ""
    message: Said = NOTHING
    code: str = ""
    concerns: tuple[Said, ...] = ()
    """Sentences about the file or the start of the run, each a reason to hold it."""
    file_modified_at: datetime | None = None
    """The time of the last save, as the file itself states it."""
    content_date: datetime | None = None
    """The date in the file's name or of its last save, but never later than `export_time`; None = not known."""
    same_content_as: str = ""
    """The first run whose export had the same bytes or the same rows; "" = there is none before this run."""
    corrects: str = ""
    """The run whose corrected result the file is, and whose export time is used again; "" = none."""
    undoes: str = ""
    """The run that this one undoes, and whose export time is used again; "" = it undoes none."""
    content_sha256: str = ""
    """SHA-256 of the export's bytes, in hex; for a repeatable call, an HMAC of its request."""
    rows_digest: str = ""
    """A keyed hash of what the rows of the export ask for; "" = none was made."""
    notes: tuple[Said, ...] = ()
    """Facts that a person should know about the file, or about what was read instead."""
    look_up_again_at: datetime | None = None
    """When the people who were not found are looked up again; None = no person waits for that."""
    held_until: datetime | None = None
    pause: Pause | None = None
    """None = the run does not wait for a token."""
    state_history: tuple[tuple[RunState, datetime], ...] = ()
    """Every state of the run and when it began, in order. The ledger adds them."""
    mapping: FileMapping | None = None
    """The file mapping; None = the run has no file, or it is not yet read."""
    places: Places = ONE_SHEET
    """The places of its rows in the file."""
    export_reads: int = 0
    """How often the sweep has caused the export to be read again."""
    rows_purged: bool = False
    """Whether retention has deleted its rows."""
    closed: bool = False
    """Whether the run is over and its result is written."""
    etag: str = ""

    @property
    def age(self) -> tuple[datetime, str]:
        """The run's position among exports and calls: it changes no value that a later one has set.

        An undo has the position of the run that it undoes.
        """
        return self.export_time, self.undoes or self.id

    @property
    def attempt(self) -> Attempt:
        return self.attempts[-1]

    @property
    def started_by(self) -> str:
        return self.attempt.started_by

    @property
    def approved_by(self) -> str:
        """Who approved the present plan; "" = no approval was needed, or one is still missing."""
        is_approved = any(one.kind is DecisionKind.APPROVED for one in self.attempt.decisions)
        return ", ".join(self.attempt.approvers) if is_approved else ""

    @property
    def approved_at(self) -> datetime:
        """When a plan of the run was last approved, in any attempt; long ago = never."""
        decisions = (one for attempt in self.attempts for one in attempt.decisions)
        return max((one.at for one in decisions if one.kind is DecisionKind.APPROVED), default=_LONG_AGO)

    @property
    def touched_by(self) -> TouchedBy:
        """Everyone who touched the run, in any attempt."""
        redriven_by = [after.started_by for before, after in pairwise(self.attempts) if not before.is_read_again]
        decisions = (one for attempt in self.attempts for one in attempt.decisions if one.kind in _CHANGES)
        lost = frozenset({BY_EXPORT}) if self._redrives > len(redriven_by) else frozenset()
        starters = frozenset({self.attempts[0].started_by}) | lost
        return TouchedBy(starters, frozenset({*redriven_by, *(one.by for one in decisions)}))

    @property
    def _redrives(self) -> int:
        """How often the run was redriven. Earlier versions replaced the attempt, and with it its author."""
        states = [state for state, _ in self.state_history]
        return sum(a not in OPEN_RUNS and b is RunState.PLANNING for a, b in pairwise(states))

    @property
    def is_redriven(self) -> bool:
        """Whether the present attempt is a redrive."""
        return len(self.attempts) > 1 and not self.attempts[-2].is_read_again

    @property
    def folder(self) -> str:
        """The folder of the present attempt's files in the container of results, except changes.json; the first attempt
        has the run's own."""
        return self.id if len(self.attempts) == 1 else f"{self.id}/{len(self.attempts)}"

    @property
    def digest(self) -> str:
        return self.attempt.plan.digest

    @property
    def counts(self) -> RowCounts:
        return self.attempt.counts

    @property
    def result_blob(self) -> str:
        return self.attempt.result_blob

    @property
    def figures(self) -> dict[str, int]:
        """The figures of the reading stage and of the plan, by name, as the API and the documents show them."""
        read, plan = self.read_figures, self.attempt.plan.figures
        of_reading = {name: getattr(read, field) for name, field in _OF_READING.items()} if read else {}
        return of_reading | ({name: getattr(plan, name) for name in _OF_PLAN} if plan else {})

    def in_attempt(self, **changes: Any) -> Run:  # noqa: ANN401 - the fields of an attempt
        """The run with its present attempt changed."""
        return replace(self, attempts=(*self.attempts[:-1], replace(self.attempt, **changes)))

    def next_attempt(self, attempt: Attempt) -> Run:
        return replace(self, attempts=(*self.attempts, attempt))

    def decided(self, kind: DecisionKind, by: str, at: datetime) -> Run:
        """The run with one more decision about its present plan."""
        return self.in_attempt(decisions=(*self.attempt.decisions, Decision(kind, by, at, self.digest)))

    @property
    def all_concerns(self) -> tuple[Said, ...]:
        """Every concern of the run, those about its columns and about choices too."""
        return (*self.concerns, *(self.mapping.concerns() if self.mapping else ()), *self._choices())

    def _choices(self) -> tuple[Said, ...]:
        """Sentences about what people chose: reasons to hold the run, so that a person sees and approves its plan."""
        earlier = takewhile(lambda one: one.is_read_again, reversed(self.attempts[:-1]))
        decisions = (one for attempt in (self.attempt, *earlier) for one in attempt.decisions)
        choosers = {one.by for one in decisions if one.kind is DecisionKind.MAPPED}
        if self.mapping is None:
            return ()
        sheets = self.mapping.people_sheets
        of_sheets = Said("sheets: {who} chose to read {sheets}", who=sheets.chosen_by, sheets=sheets.in_words)
        of_columns = (column.choice() for column in self.mapping.columns if column.chosen_by in choosers)
        return (*((of_sheets,) if sheets.chosen_by in choosers else ()), *of_columns)

    @property
    def all_notes(self) -> tuple[Said, ...]:
        """Every fact that a person should know, those about the columns of the file too."""
        return (*self.notes, *(self.mapping.notes() if self.mapping else ()))

    @property
    def completed(self) -> int:
        return sum(count for state, count in self.counts.items() if state not in OPEN_ROWS)

    @property
    def is_planned(self) -> bool:
        """Whether rows of the run have been, or are being, planned, in any attempt."""
        return bool(self._states_since_planning)

    @property
    def is_released(self) -> bool:
        """Whether the rows that were planned last have been, or are being, applied. Never of a call."""
        return RunState.APPLYING in self._states_since_planning

    @property
    def _states_since_planning(self) -> tuple[RunState, ...]:
        """The states from the last planning on, the present one among them; () = the run was never planned."""
        states = (*(state for state, _ in self.state_history), self.state)
        last = max((place for place, state in enumerate(states) if state is RunState.PLANNING), default=len(states))
        return states[last:]

    @property
    def left_export(self) -> bool:
        """Whether its export was refused unread: there is no copy, so it stays where it is."""
        return self.code in _REFUSED_UNREAD

    @property
    def is_over(self) -> bool:
        return self.state not in OPEN_RUNS

    @property
    def has_steps(self) -> bool:
        """Whether step messages advance the run: not while a dropped export is read, nor a call."""
        return self.step > 0

    @property
    def is_single_call(self) -> bool:
        """Whether the run is a call for one person."""
        return self.source is Source.CALL

    def with_state_noted(self) -> Run:
        """The run with its state in `state_history` and, once it is closed, with the end of its attempt."""
        noted = self.with_end_noted() if self.closed and self.attempt.end is None else self
        if noted.state_history and noted.state_history[-1][0] is noted.state:
            return noted
        return replace(noted, state_history=(*noted.state_history, (noted.state, noted.updated_at)))

    def with_end_noted(self) -> Run:
        """The run with the end of its present attempt: the run's state, code and message now."""
        return self.in_attempt(end=AttemptEnd.of(self.state, self.updated_at, self.code, self.message))

    def shards(self) -> range:
        """Every shard that may hold rows of the run."""
        return range(shard_of(self.first_row), shard_of(self.last_row) + 1)


@dataclass(frozen=True, slots=True)
class LatestRun:
    """The run that was started last for a source."""

    run: str
    etag: str
