"""Sends a notification when the app's identity lacks a permission that its settings need."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from shared.adapters.ledger.times import TimeStore
from shared.core.run.notifications import missing_permissions
from shared.core.values.clock import Clock
from shared.core.values.errors import NoTokenError
from shared.flows.notifier import Notifier

MISSING_SINCE = "missing-permission"
"""The name under which `TimeStore` has the time since which a permission is missing."""


@dataclass(frozen=True, slots=True)
class NotifyMissingPermissions:
    """`missing` returns the names of permissions that the token lacks; it raises NoTokenError."""

    missing: Callable[[], Awaitable[Sequence[str]]]
    times: TimeStore
    notifier: Notifier
    clock: Clock

    async def __call__(self) -> None:
        """Notify once of each set of missing permissions, and again if they were granted and are missing again."""
        try:
            names = await self.missing()
        except NoTokenError:  # runs that need a token report this
            return
        since = await self.times.at(MISSING_SINCE)
        if not names:
            if since is not None:
                await self.times.forget(MISSING_SINCE)
            return
        if since is None:
            since = self.clock.now()
            await self.times.note(MISSING_SINCE, since)
        await self.notifier.notify(missing_permissions(names, since, self.clock.now()))
