"""Carry out operations on one person and know the truth afterwards: every doubtful answer is settled by reading back.

Called by apply and by single-user writes. A 2xx is believed and confirmed by one read; after anything else the slot is
read until the new value is seen or only the old one was for as long as `settle_seconds`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

from shared.core.clock import Clock
from shared.core.errors import AgainError, ExplainedError, NeverError, OutcomeUnknownError
from shared.core.methods import Operation, PhoneMethods, value_after, value_before
from shared.flows.ports import PhoneMethodsWriter

SMS_NOT_REGISTERED = "number stored, SMS sign-in not registered: the number is used by another account"


@dataclass(frozen=True, slots=True)
class CarriedOut:
    """All operations are done. `note` says what else there is to know; `request_id` is Graph's of the last write."""

    note: str
    request_id: str


class NotDoneError(ExplainedError):
    """Only the old value was seen after a doubtful answer; `may_retry` unless the service refused it."""

    def __init__(self, cause: OutcomeUnknownError) -> None:
        super().__init__(cause.code, cause.message, remedy=cause.remedy, request_id=cause.request_id)
        status = cause.status or HTTPStatus.INTERNAL_SERVER_ERROR
        self.may_retry = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT


class StillUnknownError(ExplainedError):
    """After a doubtful answer nothing could be read."""

    def __init__(self, cause: OutcomeUnknownError) -> None:
        super().__init__("outcomeUnknown", cause.message, request_id=cause.request_id)


async def carry_out(
    graph: PhoneMethodsWriter,
    clock: Clock,
    user_id: str,
    operations: tuple[Operation, ...],
    *,
    settle_seconds: float,
) -> CarriedOut:
    """Raises NotDoneError, StillUnknownError, NeverError `changedSincePlan`, GraphRefusedError, or AgainError when
    nothing of the failing operation was done."""
    notes: list[str] = []
    request_id = ""
    for operation in operations:
        try:
            request_id = (await graph.execute(user_id, operation)).request_id
        except OutcomeUnknownError as doubt:
            await _settle(graph, clock, user_id, operation, doubt=doubt, settle_seconds=settle_seconds)
            request_id = doubt.request_id
            if doubt.code == "phoneNumberNotUnique":
                notes.append(SMS_NOT_REGISTERED)
    if not await _is_visible(graph, user_id, operations):
        notes.append("not yet visible when read back")
    return CarriedOut("; ".join(notes), request_id)


async def _is_visible(graph: PhoneMethodsWriter, user_id: str, operations: tuple[Operation, ...]) -> bool:
    """One read; that it could not be read takes nothing from the outcome."""
    try:
        there = await graph.phone_methods(user_id)
    except ExplainedError:
        return False
    return all(there.number(operation.phone_type) == value_after(operation) for operation in operations)


async def _settle(
    graph: PhoneMethodsWriter,
    clock: Clock,
    user_id: str,
    operation: Operation,
    *,
    doubt: OutcomeUnknownError,
    settle_seconds: float,
) -> None:
    """Returns when the new value was seen."""
    deadline = clock.now() + timedelta(seconds=settle_seconds)
    wait, was_read = 1.0, False
    while True:
        await clock.sleep(min(wait, max(0.0, (deadline - clock.now()).total_seconds())))
        there = await _try_to_read(graph, user_id)
        if there is not None:
            was_read = True
            found = there.number(operation.phone_type)
            if found == value_after(operation):
                return
            if found != value_before(operation):
                raise NeverError("changedSincePlan", f"{operation.phone_type} was changed by somebody else meanwhile")
        if clock.now() >= deadline:
            raise NotDoneError(doubt) if was_read else StillUnknownError(doubt)
        wait *= 2


async def _try_to_read(graph: PhoneMethodsWriter, user_id: str) -> PhoneMethods | None:
    try:
        return await graph.phone_methods(user_id)
    except AgainError:
        return None
