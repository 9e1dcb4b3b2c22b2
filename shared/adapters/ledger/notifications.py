"""Notifications as entities of `Runs`: each notification that was made, and the receivers that fail.

Partition `notification` holds one entity per notification, by its id; `notify-fault` one per failing receiver.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime

from shared.adapters.ledger.codec import EntityCodec
from shared.core.run.notifications import Notification
from shared.core.run.outbox import OutboxEntry, ReceiverFault
from shared.core.values.errors import AlreadyExistsError
from shared.core.values.storage import TablePort

PARTITION, FAULTS_PARTITION = "notification", "notify-fault"
_ENTRIES = EntityCodec(OutboxEntry, keys={"etag"})
_FAULTS = EntityCodec(ReceiverFault, keys=())


class NotificationStore:
    def __init__(self, table: TablePort, *, has_receivers: bool) -> None:
        """Without receivers a notification is stored only so that it is not made twice."""
        self._table = table
        self._has_receivers = has_receivers

    async def is_known(self, notification_id: str) -> bool:
        return await self._table.get(PARTITION, notification_id, select=("isOpen",)) is not None

    async def remember(self, notification: Notification) -> None:
        values = _ENTRIES.to_values(OutboxEntry(notification, self._has_receivers))
        try:
            await self._table.insert(PARTITION, notification.id, values)
        except AlreadyExistsError:
            return  # made by two processes at once

    async def open_entries(self) -> AsyncIterator[OutboxEntry]:
        async for entity in self._table.query(PARTITION, where={"isOpen": [True]}):
            yield _ENTRIES.from_values(entity.values, etag=entity.etag)

    async def save(self, entry: OutboxEntry) -> OutboxEntry:
        """Raises ConcurrencyError if the entry has changed since it was read."""
        values = _ENTRIES.to_values(entry)
        return replace(entry, etag=await self._table.replace(PARTITION, entry.notification.id, values, etag=entry.etag))

    async def fault(self, receiver: str) -> ReceiverFault | None:
        entity = await self._table.get(FAULTS_PARTITION, receiver)
        return None if entity is None else _FAULTS.from_values(entity.values)

    async def note_fault(self, receiver: str, fault: ReceiverFault | None) -> None:
        """Store the receiver's fault; None = it works again."""
        if fault is None:
            await self._table.delete(FAULTS_PARTITION, receiver)
        else:
            await self._table.upsert(FAULTS_PARTITION, receiver, _FAULTS.to_values(fault))

    async def forget_before(self, time: datetime) -> None:
        """Delete notifications from before `time` that wait for no receiver."""
        entries = [e async for e in self._table.query(PARTITION, where={"isOpen": [False]})]
        for entity in entries:
            if _ENTRIES.from_values(entity.values).notification.at < time:
                await self._table.delete(PARTITION, entity.key)
