"""Carry out operations on one person and know the truth afterwards: every doubtful answer is settled by reading back.

Called by apply and by single-user writes. A 2xx is believed and confirmed by one read; after anything else the slot is
read until the new value is seen or only the old one was for as long as `resolve_seconds`. A masked value says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Protocol, TypeIs

from shared.core.person.methods import Methods
from shared.core.plan.operations import (
    CreateEmail,
    CreatePhone,
    DeleteEmail,
    DeletePhone,
    DisableSmsSignIn,
    Effect,
    EnableSmsSignIn,
    Operation,
    UpdatePhone,
    effect_of,
    is_done,
    is_hidden,
    is_masked,
    is_open,
    slot_of,
    touch_email,
)
from shared.core.plan.plan import Plan
from shared.core.plan.sms_sign_in import NOT_UNIQUE
from shared.core.record.ownership_record import Confirmation
from shared.core.run.row import Outcome
from shared.core.values.clock import Clock
from shared.core.values.codes import CODES
from shared.core.values.errors import (
    ExplainedError,
    OutcomeUnknownError,
    PermanentError,
    PersonNotFoundError,
    RetryLaterError,
)
from shared.core.values.slot import PhoneNumber, PhoneType, Slot
from shared.core.values.states import RowState
from shared.flows.ports import MethodsPort

SMS_NOT_REGISTERED = "number stored, SMS sign-in not registered: the number is used by another account"

_REASONS = frozenset({"defaultMethod", "disabledByPolicy", "phoneNumberNotUnique", "valueNotShown"})
"""Codes of refusals that are explained to whoever reads the row; any other is only said to be Graph's."""

_LISTED_PEOPLE = 3
"""Accounts named for one number; more would not help to find its owner."""

_PAST = {Effect.CREATE: "created", Effect.UPDATE: "updated", Effect.REMOVE: "removed"}


class Holders(Protocol):
    async def of(self, number: PhoneNumber, *, besides: str) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Executed:
    """All operations are done. `note` says what else there is to know; `request_id` is Graph's of the last write."""

    note: str
    request_id: str
    current: Methods | None
    """What was read back; None when it could not be or did not show everything yet."""

    @property
    def confirmation(self) -> Confirmation:
        """How surely the writes are known."""
        return Confirmation.ACCEPTED if self.current is None else Confirmation.CONFIRMED

    def outcome_of(self, plan: Plan) -> Outcome:
        """What the row settles as when these were the operations of `plan`, or those that were left of it."""
        unmet = plan.unmet(self.current) if self.current else ""
        note = _joined(self.note, unmet)
        code = "notYetVisible" if plan.code == "applied" and self.current is None else plan.code
        return Outcome(plan.outcome, code, note=note, request_id=self.request_id)


class NotAppliedError(ExplainedError):
    """Only the old value was seen after a doubtful answer; `may_retry` unless the service refused it."""

    def __init__(self, cause: OutcomeUnknownError, operation: Operation, others: str = "") -> None:
        """`others` says who else has the number, if that is known."""
        hidden = cause.code == "methodExists" and isinstance(operation, CreatePhone | CreateEmail)
        code = "valueNotShown" if hidden else cause.code
        remedy = CODES[code].remedy if hidden else cause.remedy
        super().__init__(code, _joined(cause.message, others), remedy=remedy, request_id=cause.request_id)
        said_no = cause.status in range(400, 500) and cause.status != HTTPStatus.REQUEST_TIMEOUT
        self.may_retry = not said_no

    def outcome(self, *, tried_before: bool) -> Outcome:
        """`tried_before`: an earlier attempt may have written what Graph has and does not show."""
        if self.code == "valueNotShown" and tried_before:
            return Outcome(RowState.UNCONFIRMED, self.code, self.message, done_before(self), self.request_id)
        if self.code in _REASONS:
            return Outcome(RowState.REFUSED, self.code, self.message, done_before(self), self.request_id)
        return Outcome(RowState.FAILED, "graphRefused", self.message, done_before(self), self.request_id)


class UnresolvedWriteError(ExplainedError):
    """After a doubtful answer nothing could be read that tells whether it was done; `why` is the row's code."""

    def __init__(self, cause: OutcomeUnknownError, why: str = "outcomeUnknown", others: str = "") -> None:
        super().__init__("outcomeUnknown", _joined(cause.message, others), request_id=cause.request_id)
        self.why = why

    def outcome(self) -> Outcome:
        return Outcome(RowState.UNCONFIRMED, self.why, self.message, done_before(self), self.request_id)


async def execute_and_verify(
    graph: MethodsPort,
    clock: Clock,
    user_id: str,
    operations: tuple[Operation, ...],
    *,
    holders: Holders,
    resolve_seconds: float,
) -> Executed:
    """Raises NotAppliedError, UnresolvedWriteError, PermanentError `changedSincePlan`, GraphRefusedError, or
    RetryLaterError when
    nothing of the failing operation was done; `done_before` tells from each which operations were."""
    attempt = _Attempt(graph, clock, user_id, holders, resolve_seconds)
    notes: list[str] = []
    request_id = ""
    for position, operation in enumerate(operations):
        try:
            request_id, note = await attempt.do(operation)
        except ExplainedError as error:
            if position:
                error.add_note("done before: " + ", ".join(map(_in_words, operations[:position])))
            raise
        notes += [note] if note else []
    current = await attempt.read_back(operations)
    if current is None:
        notes.append("not yet visible when read back")
    elif not notes:
        notes += await attempt.not_registered(operations, current)
    return Executed("; ".join(notes), request_id, current)


def done_before(error: ExplainedError) -> str:
    """Which operations were done before the one that `error` ended; "" = none."""
    return "; ".join(getattr(error, "__notes__", ()))


def _in_words(operation: Operation) -> str:
    match operation:
        case EnableSmsSignIn():
            return "SMS sign-in enabled"
        case DisableSmsSignIn():
            return "SMS sign-in disabled"
        case _:
            return f"{slot_of(operation)} {_PAST[effect_of(operation)]}"


@dataclass(frozen=True, slots=True)
class _Attempt:
    """To carry out operations on one person."""

    graph: MethodsPort
    clock: Clock
    user_id: str
    holders: Holders
    resolve_seconds: float

    async def do(self, operation: Operation) -> tuple[str, str]:
        """The id of the request, and what else there is to know."""
        try:
            return await self.graph.execute(self.user_id, operation), ""
        except OutcomeUnknownError as doubt:
            current = await self._settle(operation, doubt)
            if doubt.code != "phoneNumberNotUnique":
                return doubt.request_id, ""
            return doubt.request_id, _joined(SMS_NOT_REGISTERED, await self._others_with(operation, current))

    async def read_back(self, operations: tuple[Operation, ...]) -> Methods | None:
        """One read; None when it does not show everything. That it cannot be read takes nothing from the outcome."""
        try:
            current = await self.graph.methods(self.user_id, email=touch_email(operations))
        except ExplainedError:
            return None
        return current if all(is_done(operation, current) for operation in operations) else None

    async def not_registered(self, operations: tuple[Operation, ...], current: Methods) -> list[str]:
        """The note on a mobile that Graph accepted without a word, though another account signs in with it."""
        written = next((one for one in operations if slot_of(one) is Slot.MOBILE and _writes(one)), None)
        if written is None or current.sms_sign_in_state != NOT_UNIQUE:
            return []
        return [_joined(SMS_NOT_REGISTERED, await self._others_with(written, current))]

    async def _settle(self, operation: Operation, doubt: OutcomeUnknownError) -> Methods:
        """What was read when the operation was seen to be done."""
        deadline = self.clock.now() + timedelta(seconds=self.resolve_seconds)
        wait, last, masked = 1.0, None, False
        while True:
            await self.clock.sleep(min(wait, max(0.0, (deadline - self.clock.now()).total_seconds())))
            current = await self._try_to_read(operation)
            if current is not None and is_masked(operation, current):
                current, masked = None, True
            elif current is not None and is_hidden(operation, current):
                current = None
            if current is not None:
                if is_done(operation, current):
                    return current
                if not is_open(operation, current):
                    slot = slot_of(operation)
                    raise PermanentError("changedSincePlan", f"{slot} was changed by somebody else meanwhile")
                last = current
            if self.clock.now() >= deadline:
                raise await self._unsettled(operation, doubt, last, masked=masked)
            wait *= 2

    async def _unsettled(
        self, operation: Operation, doubt: OutcomeUnknownError, last: Methods | None, *, masked: bool
    ) -> NotAppliedError | UnresolvedWriteError:
        """`last` is the last of the reads that showed the old value."""
        if last is None:
            return UnresolvedWriteError(doubt, "valueMasked" if masked else "outcomeUnknown")
        if isinstance(operation, DeletePhone | DeleteEmail) and doubt.status == HTTPStatus.NOT_FOUND:
            return UnresolvedWriteError(doubt)  # Graph says that it is gone, and shows it: one of them is late
        if doubt.code != "phoneNumberNotUnique":
            return NotAppliedError(doubt, operation)
        others = await self._others_with(operation, last)
        if not last.phones:  # as a rule the number was stored, so a list that shows nothing at all may hide it
            return UnresolvedWriteError(doubt, doubt.code, others)
        return NotAppliedError(doubt, operation, others)

    async def _try_to_read(self, operation: Operation) -> Methods | None:
        try:
            return await self.graph.methods(self.user_id, email=touch_email([operation]))
        except (RetryLaterError, PersonNotFoundError):  # a new account is not on every replica at once
            return None

    async def _others_with(self, operation: Operation, current: Methods) -> str:
        """For whom else this app wrote the mobile number, "" = unknown; accounts are named, numbers never."""
        number = operation.new if _writes(operation) else current.number(PhoneType.MOBILE)
        if not isinstance(number, PhoneNumber):
            return ""
        others = await self.holders.of(number, besides=self.user_id)
        return f"this app wrote it for {', '.join(others[:_LISTED_PEOPLE])}" if others else ""


def _writes(operation: Operation) -> TypeIs[CreatePhone | UpdatePhone]:
    return isinstance(operation, CreatePhone | UpdatePhone)


def _joined(*texts: str) -> str:
    return "; ".join(text for text in texts if text)
