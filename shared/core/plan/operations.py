"""The operations that change a person's methods, their effects, and whether the current values show them as done.

The planner orders them, the gateway executes them, and the ledger stores them as JSON.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, assert_never

from shared.core.person.account import OFF_STATES, SMS_READY, Methods
from shared.core.values.slot import (
    EmailAddress,
    MaskedValue,
    PhoneNumber,
    PhoneType,
    Slot,
    SlotValue,
    StoredNumber,
    StoredValue,
    value_from_json,
    value_to_json,
)


@dataclass(frozen=True, slots=True)
class CreatePhone:
    phone_type: PhoneType
    new: PhoneNumber


@dataclass(frozen=True, slots=True)
class UpdatePhone:
    phone_type: PhoneType
    old: StoredNumber
    new: PhoneNumber


@dataclass(frozen=True, slots=True)
class DeletePhone:
    phone_type: PhoneType
    old: StoredNumber


@dataclass(frozen=True, slots=True)
class CreateEmail:
    new: EmailAddress


@dataclass(frozen=True, slots=True)
class UpdateEmail:
    old: EmailAddress | MaskedValue
    new: EmailAddress


@dataclass(frozen=True, slots=True)
class DeleteEmail:
    old: EmailAddress | MaskedValue


@dataclass(frozen=True, slots=True)
class EnableSmsSignIn:
    """Enable SMS sign-in for the mobile."""


@dataclass(frozen=True, slots=True)
class DisableSmsSignIn:
    """Disable SMS sign-in for the mobile. The person may then be unable to sign in at all."""


PhoneOperation = CreatePhone | UpdatePhone | DeletePhone
EmailOperation = CreateEmail | UpdateEmail | DeleteEmail
SmsOperation = EnableSmsSignIn | DisableSmsSignIn
Operation = PhoneOperation | EmailOperation | SmsOperation


class Effect(StrEnum):
    """The kind of change that an operation makes; limits and quotas count people by it."""

    CREATE = "create"
    UPDATE = "update"
    REMOVE = "remove"


def effect_of(operation: Operation) -> Effect:
    """The effect of an operation. Disabling SMS sign-in is a removal, because the person loses a way to sign in."""
    match operation:
        case CreatePhone() | CreateEmail():
            return Effect.CREATE
        case UpdatePhone() | UpdateEmail() | EnableSmsSignIn():
            return Effect.UPDATE
        case DeletePhone() | DeleteEmail() | DisableSmsSignIn():
            return Effect.REMOVE
        case _:
            assert_never(operation)


def slot_of(operation: Operation) -> Slot:
    match operation:
        case CreatePhone() | UpdatePhone() | DeletePhone():
            return Slot(operation.phone_type.value)
        case CreateEmail() | UpdateEmail() | DeleteEmail():
            return Slot.EMAIL
        case EnableSmsSignIn() | DisableSmsSignIn():
            return Slot.MOBILE
        case _:
            assert_never(operation)


def value_before(operation: PhoneOperation | EmailOperation) -> StoredValue | None:
    """The value of the slot for which the operation was planned; None = the slot was empty."""
    return None if isinstance(operation, CreatePhone | CreateEmail) else operation.old


def value_after(operation: PhoneOperation | EmailOperation) -> SlotValue | None:
    """The value of the slot once the operation is done."""
    return None if isinstance(operation, DeletePhone | DeleteEmail) else operation.new


def is_done(operation: Operation, current: Methods) -> bool:
    """Whether the current values are those after the operation."""
    match operation:
        case EnableSmsSignIn():
            return current.sms_sign_in_state == SMS_READY
        case DisableSmsSignIn():
            return current.sms_sign_in_state in OFF_STATES
        case _:
            return current.value(slot_of(operation)) == value_after(operation)


def is_open(operation: Operation, current: Methods) -> bool:
    """Whether the current values are still those for which the operation was planned.

    If an operation is neither open nor done, its slot was changed elsewhere, or Graph does not show the slot whole.
    """
    match operation:
        case EnableSmsSignIn() | DisableSmsSignIn():
            return current.has(PhoneType.MOBILE) and not is_done(operation, current)
        case _:
            return current.value(slot_of(operation)) == value_before(operation)


def is_hidden(operation: Operation, current: Methods) -> bool:
    """Whether Graph does not show the mobile of an operation on SMS sign-in, so its result cannot be read."""
    return isinstance(operation, EnableSmsSignIn | DisableSmsSignIn) and not current.has(PhoneType.MOBILE)


def is_masked(operation: Operation, current: Methods) -> bool:
    """Whether the current value is masked and the one of the plan was not, so that they cannot be compared."""
    match operation:
        case EnableSmsSignIn() | DisableSmsSignIn():
            return False
        case _:
            shown = current.value(slot_of(operation))
            return isinstance(shown, MaskedValue) and not isinstance(value_before(operation), MaskedValue)


def involve_email(operations: Iterable[Operation]) -> bool:
    """Whether one of these operations changes the e-mail address."""
    return any(slot_of(operation) is Slot.EMAIL for operation in operations)


_ENABLE, _DISABLE = "enableSmsSignIn", "disableSmsSignIn"


def operations_to_json(operations: Iterable[Operation]) -> list[dict[str, Any]]:
    """`[{"do", "slot", "old", "new"}]`, values in clear; an operation on SMS sign-in has only `do`."""
    return [_operation_to_json(operation) for operation in operations]


def _operation_to_json(operation: Operation) -> dict[str, Any]:
    match operation:
        case EnableSmsSignIn():
            return {"do": _ENABLE}
        case DisableSmsSignIn():
            return {"do": _DISABLE}
        case _:
            return {
                "do": effect_of(operation).value,
                "slot": slot_of(operation).value,
                "old": value_to_json(value_before(operation)),
                "new": value_to_json(value_after(operation)),
            }


def operations_from_json(items: Iterable[dict[str, Any]]) -> tuple[Operation, ...]:
    """The inverse of `operations_to_json`.

    Raises ValueError, TypeError, LookupError or AttributeError on anything else.
    """
    return tuple(_operation_from_json(item) for item in items)


def _operation_from_json(item: dict[str, Any]) -> Operation:
    if item["do"] in {_ENABLE, _DISABLE}:
        return EnableSmsSignIn() if item["do"] == _ENABLE else DisableSmsSignIn()
    effect, slot = Effect(item["do"]), Slot(item["slot"])
    return operation_for(effect, slot, value_from_json(slot, item["old"]), value_from_json(slot, item["new"]))


def operation_for(
    effect: Effect, slot: Slot, old: StoredValue | None, new: StoredValue | None
) -> PhoneOperation | EmailOperation:
    """The operation with this effect on a slot; raises ValueError when the values do not fit it."""
    match effect, slot, old, new:
        case Effect.CREATE, Slot.EMAIL, None, EmailAddress():
            return CreateEmail(new)
        case Effect.UPDATE, Slot.EMAIL, EmailAddress() | MaskedValue(), EmailAddress():
            return UpdateEmail(old, new)
        case Effect.REMOVE, Slot.EMAIL, EmailAddress() | MaskedValue(), None:
            return DeleteEmail(old)
        case Effect.CREATE, phone_slot, None, PhoneNumber():
            return CreatePhone(PhoneType(phone_slot.value), new)
        case Effect.UPDATE, phone_slot, PhoneNumber() | MaskedValue(), PhoneNumber():
            return UpdatePhone(PhoneType(phone_slot.value), old, new)
        case Effect.REMOVE, phone_slot, PhoneNumber() | MaskedValue(), None:
            return DeletePhone(PhoneType(phone_slot.value), old)
        case _:
            raise ValueError("the operation's old and new values do not fit what it does")
