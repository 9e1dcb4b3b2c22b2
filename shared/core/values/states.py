"""The states of rows and runs, and which of them are open."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal


class RowState(StrEnum):
    """The state of a row; every row ends in exactly one final state."""

    QUEUED = "queued"
    WAITING = "waiting"
    """To be planned again after all other rows: no account was found, or rows of one person are to be joined."""
    PLANNED = "planned"
    WRITING = "writing"
    CREATED = "created"
    UPDATED = "updated"
    REMOVED = "removed"
    PARTIAL = "partial"
    """Something was written, and a slot is refused."""
    UNCHANGED = "unchanged"
    KEPT = "kept"
    MERGED = "merged"
    SKIPPED = "skipped"
    REFUSED = "refused"
    STALE = "stale"
    SUPERSEDED = "superseded"
    FAILED = "failed"
    UNCONFIRMED = "unconfirmed"
    UNPROCESSED = "unprocessed"


class SlotState(StrEnum):
    """The state of one slot of a row, or of its SMS sign-in. The first three are planned and not known to be made."""

    CREATE = "create"
    UPDATE = "update"
    REMOVE = "remove"
    CREATED = "created"
    UPDATED = "updated"
    REMOVED = "removed"
    UNCHANGED = "unchanged"
    KEPT = "kept"
    REFUSED = "refused"


OPEN_ROWS = frozenset({RowState.QUEUED, RowState.WAITING, RowState.PLANNED, RowState.WRITING})
SUCCEEDED_ROWS = frozenset({RowState.CREATED, RowState.UPDATED, RowState.REMOVED})
NEEDS_NO_WORK = SUCCEEDED_ROWS | {RowState.UNCHANGED, RowState.KEPT, RowState.MERGED, RowState.SKIPPED}
"""These rows need no more work, so the ledger deletes their numbers, at once or when the attempt ends; see `Row`."""

REDRIVABLE_ROWS = frozenset(
    {RowState.QUEUED, RowState.FAILED, RowState.STALE, RowState.UNCONFIRMED, RowState.UNPROCESSED}
)
"""In a closed run, rows in these states may always be redriven. A redrive that crashed leaves queued rows.

Some refused and partial rows may also be redriven: see `Row.may_be_redriven`."""


class RunState(StrEnum):
    READING = "reading"
    PLANNING = "planning"
    CHECKED = "checked"
    """Read and planned, and not started: nothing is written until the caller who checked the file starts it."""
    HELD = "held"
    APPLYING = "applying"
    FINISHED = "finished"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    FAILED = "failed"


OPEN_RUNS = frozenset({RunState.READING, RunState.PLANNING, RunState.CHECKED, RunState.HELD, RunState.APPLYING})
WAITS_FOR_A_PERSON = frozenset({RunState.CHECKED, RunState.HELD})
"""The states of runs that no step advances: a person decides, or the run expires."""


class Policy(StrEnum):
    """The treatment of a current value that is not the desired one; docs/ownership.md has the table of ON_EXISTING."""

    MERGE = "merge"
    OVERWRITE = "overwrite"
    OWNED = "owned"
    KEEP = "keep"
    UNDO = "undo"
    """Only for undo runs: restore slots that still hold what the undone run wrote."""


OnExisting = Literal[Policy.MERGE, Policy.OVERWRITE, Policy.OWNED, Policy.KEEP]
"""The policies that a setting or an upload may choose."""


class SmsSignIn(StrEnum):
    """`SMS_SIGN_IN`: whether the app changes SMS sign-in, and whether exports decide about it."""

    LEAVE = "leave"
    COLUMN = "column"
    ENABLE = "enable"
    DISABLE = "disable"


class Approval(StrEnum):
    """`APPROVAL`: whether a run waits for a person."""

    LIMITS = "limits"
    ALWAYS = "always"
    NEVER = "never"


class ProtectAdmins(StrEnum):
    """`PROTECT_ADMINS`: which holders of directory roles the app never writes to."""

    ALL = "all"
    PRIVILEGED = "privileged"
    """Holders of roles that Graph calls privileged, and of roles that `PROTECTED_ROLES` names."""
    NONE = "false"


class LayoutRule(StrEnum):
    """`LAYOUTS`: which files are held, or refused, for their columns."""

    DOUBT = "doubt"
    CONFIRM = "confirm"
    MAP = "map"


class Source(StrEnum):
    """Where a run's rows come from."""

    BLOB = "blob"
    UPLOAD = "upload"
    CALL = "call"
    RECONCILE = "reconcile"
    DIRECTORY = "directory"
    LEAVERS = "leavers"
    QUESTIONS = "questions"
    UNDO = "undo"
    READINESS = "readiness"
    CLEANUP = "cleanup"


EXPORTS = (Source.BLOB, Source.UPLOAD)
"""The sources whose files people send. Such a file may be old, and is returned to HR."""
