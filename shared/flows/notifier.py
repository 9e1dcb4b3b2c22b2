"""Notifier: puts each notification on the events queue, and into the outbox for the receivers in NOTIFY_URLS.

A flow notifies before it saves the state that it reports, so a crash in between repeats the notification with the
same id and never loses it. Nothing here waits for a receiver: the sweep sends what is in the outbox.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from shared.adapters.ledger.journal import JournalStore
from shared.adapters.ledger.notifications import NotificationStore
from shared.core.run.notifications import Notification, of_state, poison, stalled, strange_message
from shared.core.run.outbox import GIVEN_UP_AFTER
from shared.core.run.run import Run
from shared.core.values.clock import Clock
from shared.core.values.storage import QueuePort
from shared.telemetry.events import EventName
from shared.telemetry.signals import event


@dataclass(frozen=True, slots=True)
class Notifier:
    store: NotificationStore
    events: QueuePort
    clock: Clock
    drift_from: int
    """The setting NOTIFY_DRIFT."""
    journal: JournalStore

    async def notify_state(self, run: Run) -> None:
        """Notify that the run is held or over."""
        for notification in of_state(run, self.clock.now(), self.drift_from):
            await self.notify(notification)

    async def notify_stalled(self, run: Run) -> None:
        await self.notify(stalled(run, self.clock.now()))

    async def notify_poison(self, run: Run) -> None:
        await self.notify(poison(run, self.clock.now()))

    async def notify_strange_message(self, message_id: str) -> None:
        await self.notify(strange_message(message_id, self.clock.now()))

    async def notify(self, notification: Notification) -> None:
        """Put the notification on the queue and store it, unless its id is stored already."""
        if await self.store.is_known(notification.id):
            return
        if stored := await self.journal.head():
            head = stored.head
            notification = replace(notification, journal_sequence=head.sequence, journal_hash=head.hash)
        content = notification.to_json()
        event(EventName.NOTIFICATION, **content)
        await self.events.send(json.dumps(content), lifetime=GIVEN_UP_AFTER)
        await self.store.remember(notification)
