"""Execute operations on one person and verify them. Every write in doubt is resolved by reading.

After 2xx answers one read at the end verifies the writes. After a refusal the slot is read until it shows the new
value, or for `resolve_seconds`; only a read after that time proves that the write was not made, because an earlier one
may come from a late replica. After a transient fault the operation is sent again as soon as a read shows the old value.
A masked value shows neither the old value nor the new one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from types import MappingProxyType
from typing import TypeIs

from shared.core.person.account import NOT_UNIQUE, Methods
from shared.core.plan.operations import (
    CreatePhone,
    DeleteEmail,
    DeletePhone,
    DisableSmsSignIn,
    Effect,
    EnableSmsSignIn,
    Operation,
    UpdatePhone,
    effect_of,
    involve_email,
    is_done,
    is_hidden,
    is_masked,
    is_open,
    slot_of,
)
from shared.core.plan.plan import Plan
from shared.core.plan.slot_outcomes import all_done, part_of
from shared.core.record.ownership_record import Confirmation, SlotRecord
from shared.core.run.row import Outcome
from shared.core.values.clock import Clock
from shared.core.values.errors import (
    ExplainedError,
    NoTokenError,
    OutcomeUnknownError,
    PermanentError,
    PersonNotFoundError,
    RetryLaterError,
)
from shared.core.values.said import NOTHING, Said, joined
from shared.core.values.slot import PhoneNumber, PhoneType, Slot
from shared.flows.graph_ports import MethodsPort
from shared.flows.person.send_again import Sender, WritePatience, is_refusal
from shared.flows.person.write_errors import NOT_SHOWN, NotAppliedError, UnresolvedWriteError, says_hidden
from shared.telemetry.signals import measure
from shared.telemetry.table import Metric

SMS_NOT_REGISTERED = Said("number stored, SMS sign-in not registered: the number is used by another account")

_LISTED_PEOPLE = 3
"""The most accounts that a message names for one number; more names would not help to find its owner."""

_PAST = {
    Effect.CREATE: Said("{slot} created"),
    Effect.UPDATE: Said("{slot} updated"),
    Effect.REMOVE: Said("{slot} removed"),
}


type HoldersOf = Callable[[PhoneNumber, str], Awaitable[tuple[str, ...]]]
"""The object ids of the other accounts for which this app wrote or adopted a number."""


@dataclass(frozen=True, slots=True)
class Executed:
    """The result when all operations are done.

    `request_ids` are Graph's, by part of the plan, in the order in which the parts were completed.
    """

    note: Said
    request_ids: Mapping[str, str]
    current: Methods | None
    """The values that were read back; None = the read failed or did not show every write yet."""
    proven: bool = True
    """Whether a read that shows the writes proves them. A late replica may show the same values from before."""

    @property
    def confirmation(self) -> Confirmation:
        """How surely the app knows that the writes were made."""
        return Confirmation.CONFIRMED if self.proven and self.current is not None else Confirmation.ACCEPTED

    def outcome_of(self, plan: Plan) -> Outcome:
        """The outcome of the row, when these were all operations of `plan` or the remaining ones."""
        unmet = plan.unmet(self.current) if self.current else NOTHING
        note = joined("; ", (self.note, unmet))
        code = "notYetVisible" if plan.code == "applied" and self.current is None else plan.code
        last = next(reversed(list(self.request_ids.values())), "")
        return Outcome(plan.outcome, code, note=note, request_id=last, slots=all_done(plan, self.request_ids))


async def execute_and_verify(
    graph: MethodsPort,
    clock: Clock,
    user_id: str,
    operations: tuple[Operation, ...],
    *,
    holders_of: HoldersOf,
    patience: WritePatience,
    before_each: Callable[[], Awaitable[None]],
    own_writes: Mapping[Slot, SlotRecord] = MappingProxyType({}),
    done_earlier: Iterable[str] = (),
) -> Executed:
    """Do all operations, in their order. `before_each` raises PermanentError when nothing more may be written.
    `own_writes` is what the ownership record says of the last writes; `done_earlier` names parts done by an earlier
    delivery.

    Raises NotAppliedError, UnresolvedWriteError and PermanentError, and RetryLaterError when the
    same work may succeed later. Each error has `write_began` and `may_have_written`; `done_before`
    and `slots_done` name what was done before it.
    """
    check = _Verification(graph, clock, user_id, holders_of, patience)
    sender = Sender(graph, clock, user_id, patience, before_each, dict(own_writes))
    done: list[Operation] = []
    notes: list[Said] = []
    request_ids = dict[str, str]()
    search: _Search | None = None
    try:
        for operation in operations:
            search = None
            request_id: str | None = None
            while request_id is None:
                try:
                    request_id = await sender.send(operation)
                except OutcomeUnknownError as doubt:
                    search = search or check.search_after(doubt)
                    found = await check.resolve(operation, doubt, search)
                    if found is not None:
                        request_id = doubt.request_id
                        notes += found
            request_ids.pop(part_of(operation), None)
            request_ids[part_of(operation)] = request_id
            done.append(operation)
        current = await check.read_back(operations)
        if current is None:
            notes.append(Said("not yet visible when read back"))
        elif not notes:
            notes += await check.not_registered(operations, current)
    except ExplainedError as error:
        error.write_began = True
        in_doubt = search is not None or (len(done) < len(operations) and sender.is_in_doubt(operations[len(done)]))
        is_in_doubt = in_doubt and not isinstance(error, NotAppliedError)
        error.may_have_written = bool(done) or is_in_doubt
        if done:
            error.done_before = Said("done before: {operations}", operations=joined(", ", map(_in_words, done)))
        error.slots_done = dict.fromkeys(done_earlier, "") | request_ids
        raise
    return Executed(joined("; ", notes), request_ids, current, proven=not sender.was_unsettled)


def _in_words(operation: Operation) -> Said:
    match operation:
        case EnableSmsSignIn():
            return Said("SMS sign-in enabled")
        case DisableSmsSignIn():
            return Said("SMS sign-in disabled")
        case _:
            return Said(_PAST[effect_of(operation)].template, slot=slot_of(operation).said)


@dataclass(slots=True)
class _Search:
    """The search for whether an operation was done: its time limit, and what the reads have shown so far.

    `doubt` is the first one: a later refusal may be that of a late replica.
    """

    doubt: OutcomeUnknownError
    deadline: datetime
    wait: float = 1.0
    masked: bool = False

    def seconds_left(self, now: datetime) -> float:
        return max(0.0, (self.deadline - now).total_seconds())


@dataclass(frozen=True, slots=True)
class _Verification:
    """Finds out by reading whether operations on one person were done."""

    graph: MethodsPort
    clock: Clock
    user_id: str
    holders_of: HoldersOf
    patience: WritePatience

    def search_after(self, doubt: OutcomeUnknownError) -> _Search:
        return _Search(doubt, self.clock.now() + timedelta(seconds=self.patience.resolve_seconds))

    async def resolve(self, operation: Operation, doubt: OutcomeUnknownError, search: _Search) -> list[Said] | None:
        """Notes for the outcome of an operation that was done after all; None = it is to be sent again."""
        measure(Metric.DOUBTS, code=doubt.code)
        current = await self._read_until_known(operation, doubt, search)
        if current is None:
            return None
        is_taken = doubt.code == "phoneNumberNotUnique"
        return [await self._not_registered(operation, current)] if is_taken else []

    async def read_back(self, operations: tuple[Operation, ...]) -> Methods | None:
        """One read; None = it failed or did not show every write. The row succeeds in either case."""
        try:
            current = await self.graph.methods(self.user_id, email=involve_email(operations), together=True)
        except ExplainedError:
            measure(Metric.READ_BACKS, result="failed")
            return None
        is_shown = all(is_done(operation, current) for operation in operations)
        measure(Metric.READ_BACKS, result="shown" if is_shown else "notYet")
        return current if is_shown else None

    async def not_registered(self, operations: tuple[Operation, ...], current: Methods) -> list[Said]:
        """The note on a mobile that Graph accepted although another account uses the number for SMS sign-in."""
        written = next((one for one in operations if slot_of(one) is Slot.MOBILE and _writes(one)), None)
        if written is None or current.sms_sign_in_state != NOT_UNIQUE:
            return []
        return [await self._not_registered(written, current)]

    async def _not_registered(self, operation: Operation, current: Methods) -> Said:
        others = await self._others_with(operation, current)
        return joined("; ", (SMS_NOT_REGISTERED, others))

    async def _read_until_known(
        self, operation: Operation, doubt: OutcomeUnknownError, search: _Search
    ) -> Methods | None:
        """Read until the operation is done; returns the values of that read. None = it is to be sent again."""
        while True:
            await self.clock.sleep(min(search.wait, search.seconds_left(self.clock.now())))
            search.wait *= 2
            is_last = not search.seconds_left(self.clock.now())
            current = await self._try_to_read(operation)
            if current is not None and is_masked(operation, current):
                current, search.masked = None, True
            elif current is not None and is_hidden(operation, current):
                current = None
            if current is not None:
                if is_done(operation, current):
                    return current
                if not is_open(operation, current):
                    slot = slot_of(operation)
                    raise PermanentError(
                        "changedSincePlan", Said("{slot} was changed by another writer meanwhile", slot=slot.said)
                    )
            if is_last:
                raise await self._not_done(operation, search, current)
            if current is not None and not is_refusal(doubt):
                return None

    async def _not_done(
        self, operation: Operation, search: _Search, last: Methods | None
    ) -> NotAppliedError | UnresolvedWriteError:
        """`last` is what the last read shows, which is the old value; None = it shows nothing."""
        doubt = search.doubt
        if last is None:
            return UnresolvedWriteError(doubt, "valueMasked" if search.masked else "outcomeUnknown")
        if isinstance(operation, DeletePhone | DeleteEmail) and doubt.status == HTTPStatus.NOT_FOUND:
            return UnresolvedWriteError(doubt)  # Graph answers 404 but still shows the method: one answer is late
        if self.patience.was_begun and says_hidden(doubt, operation):
            return UnresolvedWriteError(doubt, NOT_SHOWN)  # it may be this row's own value, not visible yet
        if doubt.code != "phoneNumberNotUnique":
            return NotAppliedError(doubt, operation)
        others = await self._others_with(operation, last)
        if not last.phones:  # usually Graph stores the number, so an empty list may hide it
            return UnresolvedWriteError(doubt, doubt.code, others)
        return NotAppliedError(doubt, operation, others)

    async def _try_to_read(self, operation: Operation) -> Methods | None:
        try:
            return await self.graph.methods(self.user_id, email=involve_email([operation]), together=True)
        except NoTokenError:
            raise
        except (RetryLaterError, PersonNotFoundError):  # not every replica has a new account at once
            return None

    async def _others_with(self, operation: Operation, current: Methods) -> Said:
        """The other accounts, if any, for which this app wrote or adopted the mobile, in words."""
        number = operation.new if _writes(operation) else current.number(PhoneType.MOBILE)
        if not isinstance(number, PhoneNumber):
            return NOTHING
        others = await self.holders_of(number, self.user_id)
        people = ", ".join(others[:_LISTED_PEOPLE])
        return Said("this app wrote or adopted it for {people}", people=people) if others else NOTHING


def _writes(operation: Operation) -> TypeIs[CreatePhone | UpdatePhone]:
    return isinstance(operation, CreatePhone | UpdatePhone)
