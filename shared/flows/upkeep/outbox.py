"""The outbox: send to each receiver in NOTIFY_URLS what it has not confirmed yet.

An entry is saved before and after it is sent, so a crash in between sends it a second time with the same id and loses
nothing. A receiver that fails gets nothing for a growing time; the other receivers get everything meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from shared.adapters.ledger.notifications import NotificationStore
from shared.adapters.ledger.runs import RunStore
from shared.core.run.approvers import ActorKind, kind_of
from shared.core.run.notifications import Notification
from shared.core.run.outbox import NotDeliveredError, OutboxEntry, in_turn, next_fault
from shared.core.values.clock import Clock
from shared.core.values.states import Source
from shared.flows.best_effort import BestEffort
from shared.telemetry.events import EventName
from shared.telemetry.signals import event


class Receiver(Protocol):
    @property
    def key(self) -> str: ...

    @property
    def number(self) -> int: ...

    async def send(self, notification: Notification, link: str, uploader: str) -> None:
        """Raises NotDeliveredError."""
        ...


@dataclass(frozen=True, slots=True)
class Outbox:
    """`link_of` gives the URL of a run for people, or of the doctor's report for ""."""

    store: NotificationStore
    runs: RunStore
    receivers: Sequence[Receiver]
    clock: Clock
    link_of: Callable[[str], str]
    names_uploader: bool
    """The setting NOTIFY_UPLOADER."""

    async def __call__(self, best_effort: BestEffort) -> None:
        if not self.receivers:
            return
        entries = in_turn([entry async for entry in self.store.open_entries()])
        ready = [one for one in self.receivers if await self._is_ready(one)] if entries else []
        for entry in entries:
            due = [one for one in ready if entry.is_due(one.key, self.clock.now())]
            if due or entry.is_given_up(self.clock.now()):
                with best_effort.each("notification", entry.notification.id):
                    failed = await self._send(entry, due)
                    ready = [one for one in ready if one.key not in failed]

    async def _is_ready(self, receiver: Receiver) -> bool:
        fault = await self.store.fault(receiver.key)
        return fault is None or self.clock.now() >= fault.until

    async def _send(self, entry: OutboxEntry, receivers: Sequence[Receiver]) -> set[str]:
        """Send the entry to these receivers at the same time; returns the keys of those that failed."""
        now = self.clock.now()
        tried = await self.store.save(replace(entry, tries=entry.tries + 1, tried_at=now))
        link, uploader = self.link_of(entry.notification.run), await self._uploader(entry.notification)
        answers = await asyncio.gather(*(self._try(one, entry.notification, link, uploader) for one in receivers))
        failed = {one.key for one, is_sent in zip(receivers, answers, strict=True) if not is_sent}
        delivered = {*entry.delivered, *(one.key for one in receivers)} - failed
        is_open = not delivered.issuperset(one.key for one in self.receivers)
        if is_open and entry.is_given_up(now):
            event(EventName.NOTIFICATION_GIVEN_UP, id=entry.notification.id)
            is_open = False
        await self.store.save(replace(tried, delivered=tuple(sorted(delivered)), is_open=is_open))
        return failed

    async def _try(self, receiver: Receiver, notification: Notification, link: str, uploader: str) -> bool:
        before = await self.store.fault(receiver.key)
        try:
            await receiver.send(notification, link, uploader)
        except NotDeliveredError as error:
            await self.store.note_fault(receiver.key, next_fault(before, error.reason, self.clock.now()))
            event(EventName.RECEIVER_FAILED, receiver=receiver.number, message=error.reason)
            return False
        if before is not None:
            await self.store.note_fault(receiver.key, None)
        return True

    async def _uploader(self, notification: Notification) -> str:
        """The object id of the person who uploaded the file of the run; "" = NOTIFY_UPLOADER is off, or none is proved.

        A dropped file has no proved author, whatever its metadata say.
        """
        run = await self.runs.get(notification.run) if self.names_uploader and notification.run else None
        if run is None or run.source is not Source.UPLOAD:
            return ""
        author = run.attempts[0].started_by
        return author if kind_of(author) is ActorKind.PERSON else ""
