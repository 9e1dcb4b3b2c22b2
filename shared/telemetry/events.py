"""Every event, with its fields; the app logs nothing else. docs/telemetry.md is generated from here."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class EventName(StrEnum):
    """The first word of the event's line in the log; the rest of the line is its fields as JSON."""

    NOTIFICATION = "Notification"
    RUN_MOVED = "RunMoved"
    RUN_WAITS = "RunWaits"
    RUN_GOES_ON = "RunGoesOn"
    RUN_STILL_OPEN = "RunStillOpen"
    RUN_UNREADABLE = "RunUnreadable"
    ENTITY_UNREADABLE = "EntityUnreadable"
    CALL_BROKEN = "CallBroken"
    STEP_REPEATED = "StepRepeated"
    STEP_SENT_AGAIN = "StepSentAgain"
    ROUND_RESTARTED = "RoundRestarted"
    ROWS_SENT_AGAIN = "RowsSentAgain"
    ROWS_MISSING = "RowsMissing"
    ROW_ENQUEUED = "RowEnqueued"
    ROW_UNKNOWN = "RowUnknown"
    RESULT_NOT_WRITTEN = "ResultNotWritten"
    CALL_CONTINUED = "CallContinued"
    FILE_REFUSED = "FileRefused"
    EXPORT_FOUND = "ExportFound"
    EXPORT_READ_AGAIN = "ExportReadAgain"
    EXPORT_GONE = "ExportGone"
    OLDER_FILES = "OlderFiles"
    THROTTLED = "Throttled"
    TOKEN_MISSING = "TokenMissing"  # noqa: S105 - the name of an event
    LIST_UNREADABLE = "ListUnreadable"
    HOLDERS_UNREAD = "HoldersUnread"
    POISON_ROW_WAITS = "PoisonRowWaits"
    POISON_DROPPED = "PoisonDropped"
    SWEEP_DONE = "SweepDone"
    SWEEP_LATE = "SweepLate"
    RETENTION_DONE = "RetentionDone"
    UPKEEP_FAILED = "UpkeepFailed"
    UPKEEP_DEFERRED = "UpkeepDeferred"
    RECEIVER_FAILED = "ReceiverFailed"
    NOTIFICATION_GIVEN_UP = "NotificationGivenUp"
    JOURNAL_HEAD = "JournalHead"
    JOURNAL_DAMAGED = "JournalDamaged"
    REVEALED = "Revealed"
    FILE_NOT_SEARCHED = "FileNotSearched"
    DOCTOR_FOUND = "DoctorFound"
    SETTINGS_REFUSED = "SettingsRefused"
    TELEMETRY_FAILED = "TelemetryFailed"


@dataclass(frozen=True, slots=True)
class EventAbout:
    meaning: str
    fields: tuple[str, ...] = ()
    level: int = logging.INFO
    """The level of the event's line, as `logging` counts."""


EVENTS: Mapping[EventName, EventAbout] = {
    EventName.NOTIFICATION: EventAbout(
        "The app made a notification; see [operations.md](operations.md).",
        (
            *("id", "event", "severity", "at", "meaning", "remedy", "message"),
            *("run", "state", "source", "counts", "journal"),
        ),
    ),
    EventName.RUN_MOVED: EventAbout(
        "A run has moved to another state, or stays held after a decision; `seconds` is the time in the state before.",
        ("run", "source", "from", "to", "cause", "seconds", "rows", "figures", "counts"),
    ),
    EventName.RUN_WAITS: EventAbout(
        "A run waits for Graph, storage, a token or a list; logged once for each reason.",
        ("run", "code", "message"),
        logging.WARNING,
    ),
    EventName.RUN_GOES_ON: EventAbout("A run no longer waits.", ("run",)),
    EventName.RUN_STILL_OPEN: EventAbout(
        "A run was not started, because `run` of the same source is still open.", ("run", "source")
    ),
    EventName.RUN_UNREADABLE: EventAbout(
        "A run in `Runs` is damaged and is left out of all lists.", ("run", "message"), logging.ERROR
    ),
    EventName.ENTITY_UNREADABLE: EventAbout(
        "An entity that a request needs is damaged; the message names it and its property.", ("message",), logging.ERROR
    ),
    EventName.CALL_BROKEN: EventAbout(
        "A call that went on after its caller was answered met a fault of the app; the sweep continues it.",
        ("run", "error"),
        logging.ERROR,
    ),
    EventName.STEP_REPEATED: EventAbout("A step of a readiness run is repeated.", ("run", "code")),
    EventName.STEP_SENT_AGAIN: EventAbout(
        "A run had stopped, and the sweep sends its step again.", ("run", "state"), logging.WARNING
    ),
    EventName.ROUND_RESTARTED: EventAbout(
        "A directory round starts again and reads every account.", ("run", "code"), logging.WARNING
    ),
    EventName.ROWS_SENT_AGAIN: EventAbout(
        "A run made no progress, and the sweep has its open rows taken up again.", ("run", "state"), logging.WARNING
    ),
    EventName.ROWS_MISSING: EventAbout(
        "The tables hold another number of rows than were read; the run fails.",
        ("run", "rows", "found"),
        logging.ERROR,
    ),
    EventName.ROW_ENQUEUED: EventAbout(
        "A row failed or took too long in its step, and goes on with a message of its own.",
        ("run", "row", "error"),
        logging.WARNING,
    ),
    EventName.ROW_UNKNOWN: EventAbout(
        "A message names a row that is not in the tables; it is dropped.", ("run", "row"), logging.ERROR
    ),
    EventName.RESULT_NOT_WRITTEN: EventAbout(
        "A result workbook could not be written in one of its forms; the next simpler one is tried, if any.",
        ("run", "error"),
        logging.WARNING,
    ),
    EventName.CALL_CONTINUED: EventAbout(
        "A call stopped during its write, and the app goes on with it.", ("run",), logging.WARNING
    ),
    EventName.FILE_REFUSED: EventAbout("A file was refused as a whole.", ("run", "source", "code"), logging.WARNING),
    EventName.EXPORT_FOUND: EventAbout(
        "The sweep found an export without a run and starts one; `at` is its upload.", ("at",), logging.WARNING
    ),
    EventName.EXPORT_READ_AGAIN: EventAbout(
        "Reading an export was not completed; it is read again.", ("run",), logging.WARNING
    ),
    EventName.EXPORT_GONE: EventAbout("An export was deleted before it could be read.", level=logging.WARNING),
    EventName.OLDER_FILES: EventAbout(
        "`files` files are older than the app and are not read; the doctor names them.", ("files",), logging.WARNING
    ),
    EventName.THROTTLED: EventAbout(
        "Graph answered 429, so requests of this kind pause and their rate falls; logged at most once a minute.",
        ("kind", "seconds", "rate"),
        logging.WARNING,
    ),
    EventName.TOKEN_MISSING: EventAbout(
        "The managed identity returns no token; logged once until it does.",
        ("code", "message", "remedy"),
        logging.WARNING,
    ),
    EventName.LIST_UNREADABLE: EventAbout(
        "A list without which nothing is written cannot be read; logged once until it can.",
        ("list", "code"),
        logging.WARNING,
    ),
    EventName.HOLDERS_UNREAD: EventAbout(
        "Who else has a number could not be read to the end; the reason of a refusal then may lack some of them.",
        ("code",),
        logging.WARNING,
    ),
    EventName.POISON_ROW_WAITS: EventAbout(
        "The row of a poison message cannot be read back yet.", ("run", "row", "code"), logging.WARNING
    ),
    EventName.POISON_DROPPED: EventAbout(
        "A poison message is none of the app's messages; it is dropped.", ("code", "message"), logging.WARNING
    ),
    EventName.SWEEP_DONE: EventAbout(
        "A sweep has ended; `runs` are open, and `failures` things could not be done.", ("seconds", "runs", "failures")
    ),
    EventName.SWEEP_LATE: EventAbout(
        "The timer of the sweep is late; another trigger does its work.", level=logging.WARNING
    ),
    EventName.RETENTION_DONE: EventAbout(
        "The daily retention has deleted `files` files and `runs` runs.",
        ("files", "runs", "failures", "daysSinceExport"),
    ),
    EventName.UPKEEP_FAILED: EventAbout(
        "Upkeep could not handle one thing.",
        ("thing", "message"),
        logging.WARNING,
    ),
    EventName.UPKEEP_DEFERRED: EventAbout(
        "Something changed while it was being handled; it is handled again the next time.", ("thing",)
    ),
    EventName.RECEIVER_FAILED: EventAbout(
        "A receiver in `NOTIFY_URLS` failed.", ("receiver", "message"), logging.WARNING
    ),
    EventName.NOTIFICATION_GIVEN_UP: EventAbout(
        "A notification was not confirmed by every receiver for seven days.", ("id",), logging.ERROR
    ),
    EventName.JOURNAL_HEAD: EventAbout(
        "Records were appended to the journal; see [audit.md](audit.md).", ("record", "head")
    ),
    EventName.JOURNAL_DAMAGED: EventAbout(
        "The journal is not whole; see [audit.md](audit.md).", ("problems", "places"), logging.ERROR
    ),
    EventName.REVEALED: EventAbout(
        "Numbers are shown in clear; the journal has a record with the same fields.",
        ("operation", "by", "person", "run", "row"),
    ),
    EventName.FILE_NOT_SEARCHED: EventAbout(
        "A file cannot be searched for a person.", ("container", "error"), logging.WARNING
    ),
    EventName.DOCTOR_FOUND: EventAbout(
        "A check of the doctor gave a warning or failed; its report says why.", ("check", "result"), logging.WARNING
    ),
    EventName.SETTINGS_REFUSED: EventAbout(
        "Settings cannot be used, and every call is refused.", ("message",), logging.ERROR
    ),
    EventName.TELEMETRY_FAILED: EventAbout(
        "Telemetry could not be set up by this setting; the log goes to stderr.",
        ("setting", "error"),
        logging.ERROR,
    ),
}
