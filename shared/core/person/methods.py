"""A person's authentication methods as Graph shows them.

The gateway makes them; the planner and the verification of writes compare them.
Graph's rules: one method per type, the alternate needs a mobile, the type of a method never changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from shared.core.values.slot import EmailAddress, MaskedValue, PhoneType, Slot, StoredNumber, StoredValue


@dataclass(frozen=True, slots=True)
class PhoneAuthenticationMethod:
    """Graph's phoneAuthenticationMethod."""

    phone_type: PhoneType
    number: StoredNumber
    sms_sign_in_state: str | None = None
    """Graph's `smsSignInState` as it came; None when absent or unknown."""


class NotRead(Enum):
    """Marks a value that was not requested from Graph."""

    NOT_READ = "not read"


@dataclass(frozen=True, slots=True)
class Methods:
    """The phone methods of one person at one moment, and the e-mail address if it was asked for."""

    phones: tuple[PhoneAuthenticationMethod, ...] = ()
    email: EmailAddress | MaskedValue | NotRead | None = NotRead.NOT_READ

    def number(self, phone_type: PhoneType) -> StoredNumber | None:
        return next((method.number for method in self.phones if method.phone_type is phone_type), None)

    def has(self, phone_type: PhoneType) -> bool:
        return self.number(phone_type) is not None

    def was_read(self, slot: Slot) -> bool:
        return slot is not Slot.EMAIL or self.email is not NotRead.NOT_READ

    def value(self, slot: Slot) -> StoredValue | None:
        """Raises LookupError for an address that was not read, so that it is not taken for an absent one."""
        if slot is not Slot.EMAIL:
            return self.number(PhoneType(slot.value))
        if self.email is NotRead.NOT_READ:
            raise LookupError("the e-mail address was not read")
        return self.email

    @property
    def sms_sign_in_state(self) -> str | None:
        """That of the mobile, the only phone that can be used for SMS sign-in."""
        states = (method.sms_sign_in_state for method in self.phones if method.phone_type is PhoneType.MOBILE)
        return next(states, None)
