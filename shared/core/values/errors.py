"""The one family of errors that are known and explained; each says what the queue should do.

A message names the fault, the amount, the place and the remedy. It never holds a phone number, an address or a sign-in
name, so it may be logged, stored and shown.
"""

from __future__ import annotations


class ExplainedError(Exception):
    """Known and explained. `code` is stable (see docs/outcomes.md), `remedy` is what a person can do."""

    def __init__(self, code: str, message: str, *, remedy: str = "", request_id: str = "") -> None:
        super().__init__(message)
        if remedy:
            self.add_note(remedy)  # the log of a failed invocation shows it below the message
        self.code = code
        self.message = message
        self.remedy = remedy
        self.request_id = request_id
        """Graph's request id where a Graph answer is the cause, else ""."""
        self.write_began = False
        """Whether the row was marked as `writing` before this error ended the work."""
        self.done_before = ""
        """Which operations on the person were done before this error ended the work; "" = none."""


class PermanentError(ExplainedError):
    """The same work would fail the same way: record it, do not repeat it."""


class RetryLaterError(ExplainedError):
    """The same work may succeed after `delay` seconds; waiting is not a failed attempt."""

    def __init__(self, code: str, message: str, *, delay: float, remedy: str = "", request_id: str = "") -> None:
        super().__init__(code, message, remedy=remedy, request_id=request_id)
        self.delay = delay


class PersonNotFoundError(PermanentError):
    """No account has the key, or the account is gone."""


class PersonAmbiguousError(PermanentError):
    """`count` accounts have the key, so the person is not certain."""

    def __init__(self, code: str, message: str, *, count: int, remedy: str = "", request_id: str = "") -> None:
        super().__init__(code, message, remedy=remedy, request_id=request_id)
        self.count = count


class FileRefusedError(PermanentError):
    """The export as a whole cannot be used; it goes to quarantine with this code, message and remedy."""


class GraphRefusedError(PermanentError):
    """Graph refused a request, and would refuse it again; `status` is its HTTP status."""

    def __init__(self, code: str, message: str, *, status: int, remedy: str = "", request_id: str = "") -> None:
        super().__init__(code, message, remedy=remedy, request_id=request_id)
        self.status = status


class ThrottledError(RetryLaterError):
    """Graph answered 429, or our own pacing knows that it would; nothing was done."""


class GraphUnavailableError(RetryLaterError):
    """A read could not be answered: 5xx, time-out, dropped connection, unreadable body, token endpoint down."""


class OutcomeUnknownError(ExplainedError):
    """A write got anything but a 2xx: whether it was done is only known after reading back.

    `status` is None when no answer came at all. `code` and `message` are the service's reason, cleaned.
    """

    def __init__(self, code: str, message: str, *, status: int | None, remedy: str = "", request_id: str = "") -> None:
        super().__init__(code, message, remedy=remedy, request_id=request_id)
        self.status = status
