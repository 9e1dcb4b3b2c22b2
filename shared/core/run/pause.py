"""The pause of a run: it waits as a whole while the app has no token that Graph accepts.

A row or a step for which there is no token begins the pause, and a later step ends it. Meanwhile rows have no messages,
so that a fault that lasts a day does not wake the app for each of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from shared.core.values.said import Said, made_of, said_of

WAITING = "Waiting"
"""The beginning of the message of a run that waits, but not for a person."""
GIVEN_UP_AFTER = timedelta(hours=24)
"""Azure keeps a token of a managed identity for about a day, so a fault that lasts longer needs a person."""
NOTIFIED_AFTER = timedelta(minutes=5)
"""An identity may return no token for this time because it is busy; after that people are notified."""
_SHORTEST, _LONGEST = timedelta(seconds=5), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Pause:
    """`code` and `reason` say why; `until` is when a token is tried again."""

    since: datetime
    until: datetime
    code: str
    reason: str
    message_before: str = ""
    """The run's message before the pause, in English."""
    said_before: list[Any] | None = None
    """Template and values of that message, for other languages."""
    is_told: bool = False
    """Whether people were notified."""
    is_given_up: bool = False
    """Whether rows without a token no longer wait, but fail."""

    @property
    def before(self) -> Said:
        """The run's message before the pause."""
        return said_of(self.message_before, self.said_before)

    def again(self, code: str, reason: str, now: datetime) -> Pause:
        """The pause after a try without success: the next one follows after half the time so far, within limits."""
        wait = min(_LONGEST, max(_SHORTEST, (now - self.since) / 2))
        return replace(self, until=now + wait, code=code, reason=reason)

    def is_to_be_notified(self, now: datetime) -> bool:
        """A rejected token is reported at once, because the app has tried to replace it."""
        return not self.is_told and (self.code == "tokenRejected" or now - self.since >= NOTIFIED_AFTER)


def begun(code: str, reason: str, now: datetime, before: Said) -> Pause:
    """`before` is the run's message until now."""
    return Pause(now, now, code, reason, str(before), made_of(before)).again(code, reason, now)
