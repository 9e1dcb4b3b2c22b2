"""The errors that the app explains. The class of an error says whether the work may be retried.

A message says what failed and where. It never holds a phone number, an e-mail address or a sign-in name, so it may be
logged, stored and shown.
"""

from __future__ import annotations

from shared.core.values.said import NOTHING, Said, as_said


class ExplainedError(Exception):
    """An explained error. `code` is stable (see docs/outcomes.md); `remedy` says what can be done about it."""

    def __init__(self, code: str, message: str, *, remedy: str = "", request_id: str = "") -> None:
        super().__init__(message)
        if remedy:
            self.add_note(remedy)  # the log of a failed invocation shows it below the message
        self.code = code
        self.message = as_said(message)
        self.remedy = as_said(remedy)
        self.request_id = request_id
        """Graph's request id where a Graph answer is the cause, else ""."""
        self.write_began = False
        """Whether the row was marked as `writing` before this error ended the work."""
        self.may_have_written = False
        """Whether an operation on the person was done, or is in doubt, after the row was marked as `writing`."""
        self.done_before = NOTHING
        """The operations on the person that were done before this error ended the work, in words; "" = none."""
        self.slots_done: dict[str, str] = {}
        """The slots, or SMS sign-in, of these operations and of those that an earlier delivery did. Each has Graph's
        request id; "" = no longer known."""


class PermanentError(ExplainedError):
    """The same work would fail again in the same way, so the app records the failure and does not retry."""


class RetryLaterError(ExplainedError):
    """The same work may succeed after `delay` seconds. The wait does not count as a failure of the work."""

    def __init__(self, code: str, message: str, *, delay: float, remedy: str = "", request_id: str = "") -> None:
        super().__init__(code, message, remedy=remedy, request_id=request_id)
        self.delay = delay


class PersonNotFoundError(PermanentError):
    """No account has the key, or the account was deleted."""

    def __init__(self, code: str, message: Said, *, remedy: str = "", request_id: str = "") -> None:
        super().__init__(code, message, remedy=remedy, request_id=request_id)


class PersonAmbiguousError(PermanentError):
    """`count` accounts have the key, so it does not identify one person."""

    def __init__(self, code: str, message: Said, *, count: int, remedy: str = "", request_id: str = "") -> None:
        super().__init__(code, message, remedy=remedy, request_id=request_id)
        self.count = count


class FileRefusedError(PermanentError):
    """The export as a whole cannot be used. HR, or the caller who sent it, gets message and remedy."""

    def __init__(self, code: str, message: Said, *, remedy: str = "") -> None:
        super().__init__(code, message, remedy=remedy)


class GraphRefusedError(PermanentError):
    """Graph refused a request and would refuse it again; `status` is the HTTP status."""

    def __init__(self, code: str, message: str, *, status: int, remedy: str = "", request_id: str = "") -> None:
        super().__init__(code, message, remedy=remedy, request_id=request_id)
        self.status = status


class StorageUnavailableError(RetryLaterError):
    """The storage account gave no usable answer; the request may have been carried out."""

    def __init__(self, message: str, *, delay: float, remedy: str = "") -> None:
        super().__init__("storageUnavailable", message, delay=delay, remedy=remedy)


class ThrottledError(RetryLaterError):
    """Graph answered 429, or the app's rate limiter expects a 429; nothing was done."""


class GraphUnavailableError(RetryLaterError):
    """A read got no usable answer: 5xx, time-out, dropped connection or unreadable body."""

    may_be_read_again = False
    """Whether the read may be sent again at once: nothing usable came, and no answer says how long to wait."""


class NoTokenError(GraphUnavailableError):
    """The app has no token that Graph accepts; no read or write was done. A missing permission is another error."""


class OutcomeUnknownError(ExplainedError):
    """The answer to a write does not say whether the write was made; only reading the value back shows it.

    `status` is None if there was no answer. `code` and `message` are Graph's reason, if it gave one, without personal
    data.
    """

    def __init__(self, code: str, message: str, *, status: int | None, remedy: str = "", request_id: str = "") -> None:
        super().__init__(code, message, remedy=remedy, request_id=request_id)
        self.status = status


class AlreadyExistsError(PermanentError):
    """An entity with the key, or a blob with the name, exists already, and was not changed."""

    def __init__(self, message: str) -> None:
        super().__init__("entityAlreadyExists", message)


class ConcurrencyError(RetryLaterError):
    """What is stored is no longer what was read: it was changed, locked or deleted. Read it again."""

    def __init__(self, message: str) -> None:
        super().__init__("concurrentChange", message, delay=1.0)


class DamagedEntityError(ValueError):
    """An entity cannot be read; the text names it and its property, and no value.

    This is no explained error: no flow may take it for the end of its work, which may have written.
    """


class BlobNotFoundError(PermanentError):
    """The blob does not exist, or no longer exists."""

    def __init__(self, message: str) -> None:
        super().__init__("blobNotFound", message)
