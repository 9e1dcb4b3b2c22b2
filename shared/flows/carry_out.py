"""Carry out operations on one person and know the truth afterwards: every doubtful answer is settled by reading back.

Called by apply and by single-user writes. A 2xx is believed and confirmed by one read; after anything else the slot is
read until the new value is seen or only the old one was for as long as `settle_seconds`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

from shared.core.clock import Clock
from shared.core.errors import AgainError, ExplainedError, NeverError, OutcomeUnknownError, PersonNotFoundError
from shared.core.methods import Methods
from shared.core.operations import (
    DisableSmsSignIn,
    Effect,
    EnableSmsSignIn,
    Operation,
    effect_of,
    is_done,
    is_open,
    slot_of,
    touch_email,
)
from shared.core.plan import Plan
from shared.core.row import Outcome
from shared.core.states import RowState
from shared.flows.ports import MethodsWriter

SMS_NOT_REGISTERED = "number stored, SMS sign-in not registered: the number is used by another account"

_REASONS = frozenset({"defaultMethod", "disabledByPolicy", "phoneNumberNotUnique"})
"""Codes of refusals that are explained to whoever reads the row; any other is only said to be Graph's."""

_PAST = {Effect.CREATE: "created", Effect.UPDATE: "updated", Effect.REMOVE: "removed"}


@dataclass(frozen=True, slots=True)
class CarriedOut:
    """All operations are done. `note` says what else there is to know; `request_id` is Graph's of the last write."""

    note: str
    request_id: str
    there: Methods | None
    """What was read back; None when it could not be or did not show everything yet."""

    def outcome_of(self, plan: Plan) -> Outcome:
        """What the row settles as when these were the operations of `plan`, or those that were left of it."""
        unmet = plan.unmet(self.there) if self.there else ""
        note = "; ".join(text for text in (self.note, unmet) if text)
        return Outcome(plan.outcome, plan.code, note=note, request_id=self.request_id)


class NotDoneError(ExplainedError):
    """Only the old value was seen after a doubtful answer; `may_retry` unless the service refused it."""

    def __init__(self, cause: OutcomeUnknownError) -> None:
        super().__init__(cause.code, cause.message, remedy=cause.remedy, request_id=cause.request_id)
        status = cause.status or HTTPStatus.INTERNAL_SERVER_ERROR
        self.may_retry = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT

    def outcome(self) -> Outcome:
        if self.code in _REASONS:
            return Outcome(RowState.REFUSED, self.code, self.message, done_before(self), self.request_id)
        return Outcome(RowState.FAILED, "graphRefused", self.message, done_before(self), self.request_id)


class StillUnknownError(ExplainedError):
    """After a doubtful answer nothing could be read."""

    def __init__(self, cause: OutcomeUnknownError) -> None:
        super().__init__("outcomeUnknown", cause.message, request_id=cause.request_id)


async def carry_out(
    graph: MethodsWriter,
    clock: Clock,
    user_id: str,
    operations: tuple[Operation, ...],
    *,
    settle_seconds: float,
) -> CarriedOut:
    """Raises NotDoneError, StillUnknownError, NeverError `changedSincePlan`, GraphRefusedError, or AgainError when
    nothing of the failing operation was done; `done_before` tells from each which operations were."""
    notes: list[str] = []
    request_id = ""
    for position, operation in enumerate(operations):
        try:
            request_id, note = await _do(graph, clock, user_id, operation, settle_seconds=settle_seconds)
        except ExplainedError as error:
            if position:
                error.add_note("done before: " + ", ".join(map(_in_words, operations[:position])))
            raise
        notes += [note] if note else []
    there = await _read_back(graph, user_id, operations)
    if there is None:
        notes.append("not yet visible when read back")
    return CarriedOut("; ".join(notes), request_id, there)


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


async def _do(
    graph: MethodsWriter, clock: Clock, user_id: str, operation: Operation, *, settle_seconds: float
) -> tuple[str, str]:
    """The id of the request, and what else there is to know."""
    try:
        return (await graph.execute(user_id, operation)).request_id, ""
    except OutcomeUnknownError as doubt:
        await _settle(graph, clock, user_id, operation, doubt=doubt, settle_seconds=settle_seconds)
        return doubt.request_id, SMS_NOT_REGISTERED if doubt.code == "phoneNumberNotUnique" else ""


async def _read_back(graph: MethodsWriter, user_id: str, operations: tuple[Operation, ...]) -> Methods | None:
    """One read; None when it does not show everything. That it could not be read takes nothing from the outcome."""
    try:
        there = await graph.methods(user_id, email=touch_email(operations))
    except ExplainedError:
        return None
    return there if all(is_done(operation, there) for operation in operations) else None


async def _settle(
    graph: MethodsWriter,
    clock: Clock,
    user_id: str,
    operation: Operation,
    *,
    doubt: OutcomeUnknownError,
    settle_seconds: float,
) -> None:
    """Returns when the operation was seen to be done."""
    deadline = clock.now() + timedelta(seconds=settle_seconds)
    wait, was_read = 1.0, False
    while True:
        await clock.sleep(min(wait, max(0.0, (deadline - clock.now()).total_seconds())))
        there = await _try_to_read(graph, user_id, operation)
        if there is not None:
            was_read = True
            if is_done(operation, there):
                return
            if not is_open(operation, there):
                slot = slot_of(operation)
                raise NeverError("changedSincePlan", f"{slot} was changed by somebody else meanwhile")
        if clock.now() >= deadline:
            raise NotDoneError(doubt) if was_read else StillUnknownError(doubt)
        wait *= 2


async def _try_to_read(graph: MethodsWriter, user_id: str, operation: Operation) -> Methods | None:
    try:
        return await graph.methods(user_id, email=touch_email([operation]))
    except (AgainError, PersonNotFoundError):  # a new account is not on every replica at once
        return None
