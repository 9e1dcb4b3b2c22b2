"""The outbox: which notifications are due, and how long the app waits for a receiver that fails."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.core.run.notifications import Notification

GIVEN_UP_AFTER = timedelta(days=7)
"""After this time a notification is no longer sent, and its message on the events queue expires."""
_LONGEST_TRY = timedelta(minutes=1)
"""Longer than a request to a receiver takes, so that two sweeps at once do not send the same notification."""
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """One notification; `delivered` are the keys of the receivers that have confirmed it."""

    notification: Notification
    is_open: bool
    """Whether a receiver may still have to get it."""
    delivered: tuple[str, ...] = ()
    tries: int = 0
    tried_at: datetime | None = None
    etag: str = ""

    def is_due(self, receiver: str, now: datetime) -> bool:
        may_be_on_its_way = self.tried_at is not None and now - self.tried_at < _LONGEST_TRY
        return receiver not in self.delivered and not may_be_on_its_way

    def is_given_up(self, now: datetime) -> bool:
        return now - self.notification.at >= GIVEN_UP_AFTER


def in_turn(entries: Iterable[OutboxEntry]) -> list[OutboxEntry]:
    """The order of sending: the entries that were tried least come first, so a refused one does not delay the
    others."""
    return sorted(entries, key=lambda entry: (entry.tries, entry.notification.at, entry.notification.id))


@dataclass(frozen=True, slots=True)
class ReceiverFault:
    """A receiver has failed `failures` times in a row since `since`; it is not tried before `until`."""

    since: datetime
    until: datetime
    failures: int
    reason: str
    """In words, without the URL."""


def next_fault(before: ReceiverFault | None, reason: str, now: datetime) -> ReceiverFault:
    """Each failure in a row doubles the pause: from a minute to an hour."""
    failures = before.failures + 1 if before else 1
    pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(failures - 1, 10))
    return ReceiverFault(before.since if before else now, now + pause, failures, reason)


class NotDeliveredError(Exception):
    """A receiver has not confirmed a notification; `reason` says why in words, without the URL."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
