"""Every field of a span, a metric or an event; docs/telemetry.md is generated from here.

Telemetry goes to places that more people can read, so no field may hold a number, an e-mail address or a name of a
person or a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldAbout:
    """`key` is the attribute's name in telemetry; `type` is that of its value."""

    key: str
    meaning: str
    type: type = str


FIELDS: Mapping[str, FieldAbout] = {
    "run": FieldAbout("run", "Id of the run."),
    "row": FieldAbout("row", "Number of the row in its run; of a shared read, that of the row that asked first.", int),
    "step": FieldAbout("step", "Number of the run's step.", int),
    "source": FieldAbout("source", "Source of the run's rows."),
    "state": FieldAbout("state", "State of the row; of events, of the run."),
    "code": FieldAbout("code", "Code of the outcome or error, as in [outcomes.md](outcomes.md)."),
    "error": FieldAbout("error", "Type of the exception; never its text."),
    "timer": FieldAbout("timer", "Name of the timer."),
    "queue": FieldAbout("queue", "Stage whose queue it is: plan, apply or steps."),
    "stage": FieldAbout("stage", "Stage of the row: plan or apply."),
    "method": FieldAbout("http.request.method", "Method of the request."),
    "path": FieldAbout(
        "path",
        "Path of the request with the names of its variables, never their values; none = a page of a list.",
    ),
    "server": FieldAbout("peer.service", "Host that the request goes to."),
    "status": FieldAbout("http.response.status_code", "Status of the answer; none = there was no answer.", int),
    "kind": FieldAbout("kind", "Limit that applies to the request (read or write), or the kind of drift."),
    "parts": FieldAbout("parts", "Number of reads in a batch; 1 = a single request.", int),
    "requestId": FieldAbout("requestId", "Graph's `request-id` of the answer."),
    "clientRequestId": FieldAbout("clientRequestId", "The `client-request-id` that the app sent with the request."),
    "reason": FieldAbout("reason", "Why a request is sent again: noAnswer, throttled or token."),
    "result": FieldAbout(
        "result", "What a read-back showed: shown, notYet or failed; what the doctor found: warning or failed."
    ),
    "message": FieldAbout("message", "The app's own words, without personal data."),
    "remedy": FieldAbout("remedy", "What to do."),
    "meaning": FieldAbout("meaning", "What the notification means."),
    "id": FieldAbout("id", "Id of the notification; a repetition has the same."),
    "event": FieldAbout("event", "Kind of the notification, as in [operations.md](operations.md)."),
    "severity": FieldAbout("severity", "info, warning or error."),
    "at": FieldAbout("at", "Time in UTC."),
    "counts": FieldAbout("counts", "Rows of the run by state.", dict),
    "figures": FieldAbout("figures", "What reading and plan count, such as `people` and `creates`.", dict),
    "journal": FieldAbout("journal", "Head of the journal at that time: `sequence` and `hash`.", dict),
    "from": FieldAbout("from", "State before; new = the run was made."),
    "to": FieldAbout("to", "State after."),
    "cause": FieldAbout("cause", "Code of the run, else the event that moved it, such as `approval needed`."),
    "seconds": FieldAbout("seconds", "How long it took or will take.", float),
    "rows": FieldAbout("rows", "Number of the run's rows.", int),
    "found": FieldAbout("found", "Number of rows that the tables hold.", int),
    "files": FieldAbout("files", "Number of files.", int),
    "runs": FieldAbout("runs", "Number of runs.", int),
    "failures": FieldAbout("failures", "Number of things that failed; the doctor names them.", int),
    "daysSinceExport": FieldAbout("daysSinceExport", "Age of the newest export in days.", int),
    "rate": FieldAbout("rate", "Requests per second that this process allows itself now.", float),
    "list": FieldAbout("list", "The list that cannot be read: that of protected accounts, or the pilot group."),
    "thing": FieldAbout(
        "thing",
        "What could not be handled: run, export, file, container, queue, message, notification, list, job or timer.",
    ),
    "receiver": FieldAbout("receiver", "Number of the receiver in `NOTIFY_URLS`, from 1.", int),
    "record": FieldAbout("record", "Number of the journal's last record.", int),
    "head": FieldAbout("head", "Hash of the journal's last record."),
    "problems": FieldAbout("problems", "Number of places with damage.", int),
    "places": FieldAbout("places", "The first places with damage."),
    "operation": FieldAbout("operation", "Name of the operation that showed numbers."),
    "by": FieldAbout("by", "The caller: an object id, `app:` and an object id, or `key`."),
    "person": FieldAbout(
        "person", "Object id of the person whose numbers were shown; none = a whole run, or no account."
    ),
    "container": FieldAbout("container", "Name of the container."),
    "check": FieldAbout("check", "Check of the doctor, as in [operations.md](operations.md)."),
    "setting": FieldAbout("setting", "Name of the setting."),
}
