"""How long the app waits for a list without which it writes nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from shared.core.values.clock import Clock
from shared.core.values.errors import (
    ConcurrencyError,
    ExplainedError,
    NoTokenError,
    PermanentError,
    PersonNotFoundError,
    RetryLaterError,
)
from shared.telemetry.events import EventName
from shared.telemetry.signals import event

CACHED_FOR = timedelta(minutes=10)
"""How long a list may be used again where no write rests on it."""
WAITED_FOR = timedelta(minutes=10)
"""How long an answer that was read and cannot be believed is asked for again; after that the check refuses the row."""
_NOT_BELIEVED = frozenset({"answerUnreadable"})


class Patience:
    """`unreadable` is the code of a read that has failed for good; `what` names the list."""

    def __init__(self, clock: Clock, unreadable: str, what: str) -> None:
        self._clock = clock
        self._unreadable = unreadable
        self._what = what
        self._failing_since: dict[str, datetime] = {}

    async def wait_for[T](self, name: str, read: Callable[[], Awaitable[T]]) -> T:
        """The result of `read`; failures are counted by `name`.

        Raises PermanentError `unreadable` when the read is refused, or its answers could not be believed for
        WAITED_FOR. Raises RetryLaterError when they could not for less time, and whenever Graph does not answer,
        throttles, or accepts no token, however long. PersonNotFoundError is passed on.
        """
        asked_at = self._clock.now()
        try:
            found = await read()
        except PersonNotFoundError:  # it says something about the person, not about the list
            raise
        except ExplainedError as error:
            if name not in self._failing_since:
                event(EventName.LIST_UNREADABLE, list=self._what, code=error.code)
            since = self._failing_since.setdefault(name, asked_at)
            may_pass = error.code not in _NOT_BELIEVED or asked_at - since < WAITED_FOR
            if isinstance(error, NoTokenError) or (may_pass and isinstance(error, ConcurrencyError)):
                raise
            if isinstance(error, RetryLaterError) and may_pass:
                message = f"{self._what} cannot be read yet: {error.message}"
                raise type(error)(
                    error.code, message, delay=error.delay, remedy=error.remedy, request_id=error.request_id
                ) from error
            raise PermanentError(
                self._unreadable,
                f"{self._what} cannot be read, so nothing is changed: {error.message}",
                remedy=error.remedy,
                request_id=error.request_id,
            ) from error
        self._failing_since.pop(name, None)
        return found
