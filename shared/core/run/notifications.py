"""Notifications to people: one table with the severity, the meaning and the remedy of each kind.

docs/operations.md has an entry for each kind, and a test compares the two. A notification holds no phone number, e-mail
address or name of a person or a file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from shared.core.run.attempts import DecisionKind
from shared.core.run.run import Run
from shared.core.values.said import people_in_words
from shared.core.values.states import OPEN_ROWS, RunState, Source

_ID_TIME = "%Y%m%dT%H%M%S"
_LONGEST_MESSAGE = 2_000
"""Characters. Teams refuses a card of about 28 KB, and a card contains this text once."""


class Severity(StrEnum):
    INFO = "info"
    WARNING = "warning"
    """A person should look within a day."""
    ERROR = "error"
    """A person has to look today."""


class NotificationKind(StrEnum):
    HELD = "held"
    FINISHED = "finished"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    FAILED = "failed"
    STALLED = "stalled"
    DRIFT = "drift"
    MISSED_SCHEDULE = "missedSchedule"
    POISON = "poison"
    MISSING_PERMISSION = "missingPermission"
    DAMAGED_JOURNAL = "damagedJournal"


@dataclass(frozen=True, slots=True)
class About:
    """`meaning` says what has happened, `remedy` what to do."""

    severity: Severity
    meaning: str
    remedy: str


ABOUT: Mapping[NotificationKind, About] = {
    NotificationKind.HELD: About(
        Severity.WARNING,
        "A run waits for a decision; nothing is written until then.",
        "Look at its plan, then approve or reject the run before it expires.",
    ),
    NotificationKind.FINISHED: About(
        Severity.INFO, "A run has finished.", "Look at the rows that were refused or failed, if there are any."
    ),
    NotificationKind.REJECTED: About(
        Severity.INFO,
        "A run was rejected; its plan is not carried out.",
        "Look at the run; if it was of a file, correct the file and upload it again.",
    ),
    NotificationKind.CANCELLED: About(
        Severity.INFO,
        "A run was cancelled; what was written before stays.",
        "To write the rest, redrive it or start it again.",
    ),
    NotificationKind.EXPIRED: About(
        Severity.WARNING,
        "A run expired while it waited for a decision; its plan is not carried out.",
        "Upload the file again, or start the run again.",
    ),
    NotificationKind.FAILED: About(
        Severity.ERROR,
        "A run has failed.",
        "Read its message and remove the cause. Then redrive it, or start it or upload its file again.",
    ),
    NotificationKind.STALLED: About(
        Severity.WARNING,
        "A run does not advance; the app tries to continue it.",
        "Look at the run in an hour; if it still does not advance, run the doctor.",
    ),
    NotificationKind.DRIFT: About(
        Severity.WARNING,
        "Graph shows other values than the app wrote, for as many people as NOTIFY_DRIFT says, or more.",
        "Read the drift report; where a value was changed, find out by whom.",
    ),
    NotificationKind.MISSED_SCHEDULE: About(
        Severity.ERROR,
        "A timer did not run on its schedule.",
        "Restart the app, and check that the timer runs afterwards.",
    ),
    NotificationKind.POISON: About(
        Severity.WARNING,
        "Messages failed at every delivery; the sweep deals with the rows that they were about.",
        "Look for the error in the app's log. If a run is named, look at its failed rows too.",
    ),
    NotificationKind.MISSING_PERMISSION: About(
        Severity.ERROR,
        "The app's identity lacks a permission that its settings need.",
        "Run the doctor: it prints the commands that grant it.",
    ),
    NotificationKind.DAMAGED_JOURNAL: About(
        Severity.ERROR,
        "The audit journal is not whole: a part of it was removed or changed.",
        "Inform the security team, and leave the journal as it is, so that they can examine it.",
    ),
}


@dataclass(frozen=True, slots=True)
class Notification:
    """One notification. Its `id` stays the same for the same cause, and is a valid key of a table."""

    id: str
    kind: NotificationKind
    at: datetime
    message: str = ""
    run: str = ""
    """The run that it is about; "" = no single run."""
    state: str = ""
    source: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    journal_sequence: int = 0
    """The head of the journal at that time, so that a copy of it is outside of the app's storage."""
    journal_hash: str = ""

    @property
    def about(self) -> About:
        return ABOUT[self.kind]

    def to_json(self) -> dict[str, Any]:
        """As the events queue and receivers of signed JSON get it."""
        return {
            "id": self.id,
            "event": self.kind.value,
            "severity": self.about.severity.value,
            "at": self.at.isoformat(),
            "meaning": self.about.meaning,
            "remedy": self.about.remedy,
            "message": self.message,
            "run": self.run,
            "state": self.state,
            "source": self.source,
            "counts": dict(self.counts),
            "journal": {"sequence": self.journal_sequence, "hash": self.journal_hash},
        }


def of_state(run: Run, now: datetime, drift_from: int) -> Iterator[Notification]:
    """The notifications about a run that is held or over; `drift_from` is the setting NOTIFY_DRIFT.

    A run with `check` has none unless it fails, because its caller looks at it. The run's step is part of the id, so
    that a run which is held or over once more gets another notification.
    """
    if run.options.check and run.state is not RunState.FAILED:
        return
    kind = NotificationKind.EXPIRED if run.code == "runExpired" else NotificationKind(run.state.value)
    yield _of_run(run, kind, str(run.step), now, _message(run))
    figures = run.read_figures
    if run.source is Source.RECONCILE and run.state is RunState.FINISHED and figures and figures.drifted >= drift_from:
        message = f"{figures.drifted} of {people_in_words(figures.people)} drifted."
        yield _of_run(run, NotificationKind.DRIFT, str(run.step), now, message)


def stalled(run: Run, now: datetime) -> Notification:
    """A run that does not advance: one notification per point of progress, per reading of its file, and per pause."""
    done = sum(count for state, count in run.counts.items() if state not in OPEN_ROWS)
    point = f"{run.state}-{len(run.attempts)}-{run.export_reads}-{done}"
    cause = point if run.pause is None else f"pause-{run.pause.since:{_ID_TIME}}"
    return _of_run(run, NotificationKind.STALLED, cause, now, _message(run))


def poison(run: Run, now: datetime) -> Notification:
    """Failed messages of a run: one notification per attempt, however many messages fail."""
    return _of_run(run, NotificationKind.POISON, str(len(run.attempts)), now, "")


def strange_message(message_id: str, now: datetime) -> Notification:
    """A message of a poison queue that is neither a row message nor a step message, such as the event of an export."""
    return Notification(f"{NotificationKind.POISON}-{message_id}", NotificationKind.POISON, now)


def missed_schedule(timer: str, ran_at: datetime, now: datetime) -> Notification:
    """A timer that is late: one notification until it has run again."""
    kind = NotificationKind.MISSED_SCHEDULE
    message = f"The timer {timer} ran last at {ran_at:%Y-%m-%d %H:%M} UTC."
    return Notification(f"{kind}-{timer}-{ran_at:{_ID_TIME}}", kind, now, message)


def missing_permissions(names: Sequence[str], since: datetime, now: datetime) -> Notification:
    kind = NotificationKind.MISSING_PERMISSION
    which = _short_hash(" ".join(sorted(names)))
    return Notification(f"{kind}-{since:{_ID_TIME}}-{which}", kind, now, f"The token lacks {', '.join(names)}.")


def damaged_journal(places: str, now: datetime) -> Notification:
    """The same damage gets one notification, however often it is found."""
    kind = NotificationKind.DAMAGED_JOURNAL
    return Notification(f"{kind}-{_short_hash(places)}", kind, now, places)


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _of_run(run: Run, kind: NotificationKind, cause: str, now: datetime, message: str) -> Notification:
    counts = {state.value: count for state, count in run.counts.items()}
    return Notification(
        id=f"{run.id}-{kind}-{cause}",
        kind=kind,
        at=now,
        message=message[:_LONGEST_MESSAGE],
        run=run.id,
        state=run.state.value,
        source=run.source.value,
        counts=counts,
    )


def _message(run: Run) -> str:
    """The run's message, unless it names who decided, which only readers of the run may see."""
    decisions = run.attempt.decisions
    by_person = bool(decisions) and decisions[-1].kind in {DecisionKind.REJECTED, DecisionKind.CANCELLED}
    return "" if by_person else run.message
