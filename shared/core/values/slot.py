"""The four places in which a person can have one value each, and the values that fit into them.

Plans, records of ownership and drift speak of slots; `PhoneType` remains Graph's word for three of them.
"""

from __future__ import annotations

from enum import Enum, StrEnum

from shared.core.values.email_address import EmailAddress
from shared.core.values.phone import MaskedValue, PhoneNumber, PhoneType, number_from_graph


class Slot(StrEnum):
    """A phone slot has the name of its phone type."""

    MOBILE = "mobile"
    ALTERNATE_MOBILE = "alternateMobile"
    OFFICE = "office"
    EMAIL = "email"


PHONE_SLOTS = tuple(Slot(phone_type.value) for phone_type in PhoneType)

Value = PhoneNumber | EmailAddress
"""What can be wanted in a slot and written into it."""


class Remove(Enum):
    """The desired state of a slot that is to be empty."""

    REMOVE = "remove"


DesiredValue = Value | Remove

StoredValue = Value | MaskedValue
"""What can be found in a slot."""

MASKED = "masked"


def value_to_json(value: StoredValue | None) -> str | None:
    """In clear, for the ledger and for workbooks only."""
    match value:
        case None:
            return None
        case MaskedValue():
            return MASKED
        case EmailAddress():
            return value.address
        case PhoneNumber():
            return value.spelled_for_graph()


def value_from_json(slot: Slot, text: str | None) -> StoredValue | None:
    """The inverse of `value_to_json`."""
    if text is None:
        return None
    if text == MASKED:
        return MaskedValue()
    return EmailAddress(text) if slot is Slot.EMAIL else number_from_graph(text)
