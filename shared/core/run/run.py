"""A run: one export, drift or single-user call on its way through the pipeline, as a value.

Made by split, single-user calls and reconcile; moved on by gate, release and finish; stored by the ledger.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from shared.core.export.options import RunOptions
from shared.core.values.states import OPEN_ROWS, OPEN_RUNS, RowState, RunState, Source

ROWS_PER_SHARD = 1000
"""Rows of one run are spread over table partitions of this many row numbers."""

NO_RESULT = "none"
"""What stands for the result blob of a run that leaves no files, such as a call for one person."""

ID_TIME = "%Y%m%dT%H%M%SZ"
"""How a run's id begins, so that ids sort by time."""

Counts = Mapping[RowState, int]


def run_id(last_modified: datetime, container: str, name: str, etag: str) -> str:
    """`{yyyyMMddTHHmmssZ}-{10 hex digits}`: the same event twice is the same run, a new upload a new run."""
    digest = hashlib.sha256(f"{container}/{name}{etag}".encode()).hexdigest()
    return f"{last_modified:{ID_TIME}}-{digest[:10]}"


def time_of(identity: str) -> datetime:
    """When the run with this id began. Raises ValueError when there can be no such run."""
    try:
        return datetime.strptime(identity[:16], ID_TIME).replace(tzinfo=UTC)
    except ValueError:
        raise ValueError("no run can have this id") from None


def shard_of(row: int) -> int:
    return row // ROWS_PER_SHARD


@dataclass(frozen=True, slots=True)
class Run:
    """One run. `cursor` is the last row number handed to the stage's queue; `step` the only step message that counts.

    `advanced_by` is the step message that took the latest step, perhaps after others.
    `closed_shards` holds the counts of shards without open rows, by shard number; `counts` those of the whole run as
    last
    derived. Times are UTC.
    """

    id: str
    state: RunState
    source: Source
    name: str
    """The export's blob name, or what stands for it."""
    export_time: datetime
    started_by: str
    created_at: datetime
    updated_at: datetime
    progress_at: datetime | None = None
    """When the counts last changed; None = not since the run was made."""
    input_blob: str = ""
    options: RunOptions = field(default_factory=RunOptions)
    total: int = 0
    first_row: int = 0
    last_row: int = 0
    cursor: int = 0
    step: int = 0
    advanced_by: int = 0
    read_position: str = ""
    """Where the reading stage of a run that is read in steps stands; "" = at the beginning."""
    people_without_row: int = 0
    """People who were looked at and need no row, as in a reconcile; they count in the gate's shares."""
    closed_shards: Mapping[int, Counts] = field(default_factory=dict)
    counts: Counts = field(default_factory=dict)
    planned: Mapping[str, int] = field(default_factory=dict)
    """The gate's figures: creates, updates, removals and so on."""
    nonce: str = ""
    digest: str = ""
    message: str = ""
    code: str = ""
    concerns: tuple[str, ...] = ()
    """Sentences about the file, each of which holds the run."""
    modified: datetime | None = None
    """When the export says that it was last saved."""
    content_sha256: str = ""
    """SHA-256 of the export's bytes, in hex; of a repeatable call what tells another one with the same id."""
    notes: tuple[str, ...] = ()
    """What a person should know of the file: other sheets, hidden rows, columns that are not used."""
    approved_by: str = ""
    held_until: datetime | None = None
    digest_checked: bool = False
    """Whether release has found the plan to be the one the digest speaks of."""
    state_history: tuple[tuple[RunState, datetime], ...] = ()
    """Every state that the run has come to, and when, in order; kept by the ledger."""
    export_reads: int = 0
    """How often the sweep has had the export read again."""
    rows_purged: bool = False
    """Whether its rows have outlived their days."""
    result_blob: str = ""
    """The result workbook; non-empty = the run is over and explained."""
    etag: str = ""

    @property
    def completed(self) -> int:
        return sum(count for state, count in self.counts.items() if state not in OPEN_ROWS)

    @property
    def is_over(self) -> bool:
        return self.state not in OPEN_RUNS

    @property
    def has_steps(self) -> bool:
        """Whether step messages move it on: not while a dropped export is read, and not where one call does it all."""
        return self.step > 0

    @property
    def is_single_call(self) -> bool:
        """Whether it is a call for one person, which is explicit and so never out of date."""
        return self.source is Source.HTTP and not self.input_blob

    def with_state_noted(self) -> Run:
        """The run with its state added to those that it has entered, at the time of this update."""
        if self.state_history and self.state_history[-1][0] is self.state:
            return self
        return replace(self, state_history=(*self.state_history, (self.state, self.updated_at)))

    def shards(self) -> range:
        """Every shard that the run's rows can lie in."""
        return range(shard_of(self.first_row), shard_of(self.last_row) + 1)


@dataclass(frozen=True, slots=True)
class FullExport:
    """What is remembered of the last full export that was applied."""

    run: str
    people: int
    modified: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeltaRound:
    """What is remembered of the last round over the directory whose run has finished."""

    link: str
    """Leads to what has changed since."""
    source: str
    """Which properties were asked for: of others the link tells nothing."""
    people: int
    """Everybody whom the rounds so far have told of."""


@dataclass(frozen=True, slots=True)
class LatestRun:
    """Which run of a source was begun last."""

    run: str
    etag: str


def add_counts(parts: Iterable[Counts]) -> Counts:
    total: Counter[RowState] = Counter()
    for part in parts:
        total.update(part)
    return dict(total)
