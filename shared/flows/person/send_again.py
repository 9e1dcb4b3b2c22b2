"""Send one operation, and send it again while the refusals of late replicas prove nothing.

For some time after a write of this app, a replica may not know it: it answers 404 to a change of a new method, and
refuses to create one that it still knows. Such an answer says nothing about the person.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus

from shared.core.numbers.old_forms import same_value
from shared.core.plan.operations import (
    CreateEmail,
    CreatePhone,
    Effect,
    Operation,
    SmsOperation,
    UpdateEmail,
    UpdatePhone,
    operation_for,
    slot_of,
    value_after,
)
from shared.core.record.known_values import is_young
from shared.core.record.ownership_record import Confirmation, SlotRecord
from shared.core.values.clock import Clock
from shared.core.values.errors import OutcomeUnknownError, RetryLaterError
from shared.core.values.said import Said
from shared.core.values.slot import Slot
from shared.flows.graph_ports import MethodsPort

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 8.0
_RETRY_AFTER = 10.0
"""Seconds until the app goes on with a row whose write was not accepted yet."""


@dataclass(frozen=True, slots=True)
class WritePatience:
    """How long the app waits for Graph while it acts on one person."""

    resolve_seconds: float
    read_lag: timedelta
    is_redelivered: bool
    """Whether the work is continued later when this delivery has waited for `resolve_seconds`."""
    was_begun: bool = False
    """Whether an earlier delivery may have written."""


@dataclass(slots=True)
class Sender:
    graph: MethodsPort
    clock: Clock
    user_id: str
    patience: WritePatience
    before_each: Callable[[], Awaitable[None]]
    """Called before every request. Raises PermanentError when nothing more may be written."""
    own_writes: dict[Slot, SlotRecord]
    """The app's last write to each slot; those of this sender are added."""
    was_unsettled: bool = False
    """Whether a slot was written whose last write by this app was still unsettled."""
    _doubted: set[Slot] = field(default_factory=set)
    """The slots whose operation may have been done although it was not accepted."""

    async def send(self, operation: Operation) -> str:
        """Returns Graph's id of the request that did the operation, or found it done by an earlier write of this app.

        Raises OutcomeUnknownError when only reading can show what was done, and RetryLaterError when the work goes on
        later.
        """
        slot, pause, began = slot_of(operation), _FIRST_PAUSE, self.clock.now()
        self.was_unsettled |= self._is_unsettled(slot)
        tried = operation
        while True:
            await self.before_each()
            try:
                request_id = await self.graph.execute(self.user_id, tried)
            except OutcomeUnknownError as doubt:
                if self._agrees(tried, doubt):
                    return doubt.request_id
                waited = (self.clock.now() - began).total_seconds()
                if not self._proves_nothing(tried, doubt, waited):
                    raise
                if not is_refusal(doubt):
                    self._doubted.add(slot)
                failed, tried = tried, self._other_way(tried, doubt)
                if not _creates(failed) and _creates(tried):
                    continue
                await self._pause(pause, waited, doubt)
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                self._note(operation)
                return request_id

    def is_in_doubt(self, operation: Operation) -> bool:
        """Whether a request for the operation may have done it, although none was accepted."""
        return slot_of(operation) in self._doubted

    def _note(self, operation: Operation) -> None:
        if not isinstance(operation, SmsOperation):
            slot, now = slot_of(operation), self.clock.now()
            self.own_writes[slot] = SlotRecord(written=value_after(operation), written_at=now)

    def _own(self, slot: Slot) -> SlotRecord:
        return self.own_writes.get(slot, SlotRecord())

    def _is_unsettled(self, slot: Slot) -> bool:
        return is_young(self._own(slot), self.clock.now(), self.patience.read_lag)

    def _agrees(self, tried: Operation, doubt: OutcomeUnknownError) -> bool:
        """Whether the refusal agrees with the app's last write: the slot already holds what is to be written."""
        own = self._own(slot_of(tried))
        if isinstance(tried, SmsOperation) or own.confirmation is Confirmation.IN_DOUBT:
            return False
        if not self._is_unsettled(slot_of(tried)) or not same_value(own.written, value_after(tried)):
            return False
        return _says_absent(doubt) if own.written is None else _says_exists(doubt)

    def _proves_nothing(self, tried: Operation, doubt: OutcomeUnknownError, waited: float) -> bool:
        """Whether nothing follows from the answer yet, because a late replica may have given it, or it says nothing.

        `waited` is in seconds.
        """
        slot = slot_of(tried)
        if self._is_unsettled(slot):
            return _says_absent(doubt) or _says_exists(doubt) or not is_refusal(doubt)
        neighbour = _NEIGHBOURS.get(slot)
        may_depend = neighbour is not None and self._is_unsettled(neighbour) and doubt.code == "graphRefused"
        return may_depend and waited < self.patience.resolve_seconds

    def _other_way(self, tried: Operation, doubt: OutcomeUnknownError) -> Operation:
        """The operation to send next: a create after an update that found no method, because a create replaces nothing.

        A create that found a method is followed by an update only if the app itself may have written that method.
        """
        slot = slot_of(tried)
        if isinstance(tried, UpdatePhone | UpdateEmail) and _says_absent(doubt):
            return operation_for(Effect.CREATE, slot, None, tried.new)
        may_be_own = slot in self._doubted or self._own(slot).written is not None
        if isinstance(tried, CreatePhone | CreateEmail) and _says_exists(doubt) and may_be_own:
            return operation_for(Effect.UPDATE, slot, tried.new, tried.new)
        return tried

    async def _pause(self, seconds: float, waited: float, doubt: OutcomeUnknownError) -> None:
        if self.patience.is_redelivered and waited + seconds > self.patience.resolve_seconds:
            raise RetryLaterError(
                "notSettled",
                Said("Graph does not know the app's last write yet: {cause}", cause=doubt.message),
                delay=_RETRY_AFTER,
                request_id=doubt.request_id,
            )
        await self.clock.sleep(seconds)


_NO_REFUSALS = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.FAILED_DEPENDENCY})
_NEIGHBOURS = {Slot.ALTERNATE_MOBILE: Slot.MOBILE, Slot.MOBILE: Slot.ALTERNATE_MOBILE}
"""An alternate mobile needs a mobile, so a late replica may refuse one because of the other."""


def _creates(operation: Operation) -> bool:
    return isinstance(operation, CreatePhone | CreateEmail)


def is_refusal(doubt: OutcomeUnknownError) -> bool:
    """Whether the answer is a 4xx, and no transient fault. A late replica may have given it."""
    return doubt.status in range(400, 500) and doubt.status not in _NO_REFUSALS


def _says_absent(doubt: OutcomeUnknownError) -> bool:
    return doubt.status == HTTPStatus.NOT_FOUND


def _says_exists(doubt: OutcomeUnknownError) -> bool:
    return doubt.code == "methodExists"
