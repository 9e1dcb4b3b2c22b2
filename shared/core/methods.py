"""What Graph has for a person, and the operations that change it; both as frozen values.

Graph's rules behind them: one method per type, the alternate needs a mobile, the type of a method never changes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from shared.core.phone import MaskedNumber, PhoneNumber, PhoneType, StoredNumber, number_from_graph


@dataclass(frozen=True, slots=True)
class PhoneMethod:
    """Graph's phoneAuthenticationMethod."""

    phone_type: PhoneType
    number: StoredNumber
    sms_sign_in_state: str | None = None
    """Graph's `smsSignInState` as it came; None when absent or unknown."""


@dataclass(frozen=True, slots=True)
class PhoneMethods:
    """All phone methods of one person at one moment."""

    methods: tuple[PhoneMethod, ...] = ()

    def number(self, phone_type: PhoneType) -> StoredNumber | None:
        return next((method.number for method in self.methods if method.phone_type is phone_type), None)

    def has(self, phone_type: PhoneType) -> bool:
        return self.number(phone_type) is not None


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


Operation = CreatePhone | UpdatePhone | DeletePhone


def value_after(operation: Operation) -> PhoneNumber | None:
    """What the slot holds once the operation is done."""
    return None if isinstance(operation, DeletePhone) else operation.new


def value_before(operation: Operation) -> StoredNumber | None:
    """What the slot held when the operation was planned."""
    return None if isinstance(operation, CreatePhone) else operation.old


_NAMES: dict[type[Operation], str] = {CreatePhone: "create", UpdatePhone: "update", DeletePhone: "delete"}
MASKED = "masked"


def number_to_json(number: StoredNumber | None) -> str | None:
    """In clear, for the ledger and for workbooks only."""
    match number:
        case None:
            return None
        case MaskedNumber():
            return MASKED
        case PhoneNumber():
            return number.spelled_for_graph()


def number_from_json(text: str | None) -> StoredNumber | None:
    return None if text is None else number_from_graph(text)


def operations_to_json(operations: Iterable[Operation]) -> list[dict[str, Any]]:
    """`[{"do", "phoneType", "old", "new"}]`, numbers in Graph's spelling."""
    return [
        {
            "do": _NAMES[type(operation)],
            "phoneType": operation.phone_type.value,
            "old": number_to_json(value_before(operation)),
            "new": number_to_json(value_after(operation)),
        }
        for operation in operations
    ]


def operations_from_json(items: Iterable[dict[str, Any]]) -> tuple[Operation, ...]:
    """The inverse of `operations_to_json`; raises ValueError or KeyError on anything else."""
    return tuple(_operation_from_json(item) for item in items)


def _operation_from_json(item: dict[str, Any]) -> Operation:
    phone_type = PhoneType(item["phoneType"])
    old, new = number_from_json(item["old"]), number_from_json(item["new"])
    match item["do"], old, new:
        case "create", None, PhoneNumber():
            return CreatePhone(phone_type, new)
        case "update", PhoneNumber() | MaskedNumber(), PhoneNumber():
            return UpdatePhone(phone_type, old, new)
        case "delete", PhoneNumber() | MaskedNumber(), None:
            return DeletePhone(phone_type, old)
        case _:
            raise ValueError("the operation's old and new values do not fit what it does")
