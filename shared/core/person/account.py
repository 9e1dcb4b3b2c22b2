"""The person of a row: the key that the row gives, the account that the directory has, and its authentication methods.

Graph's rules: one phone method per type, an alternate mobile needs a mobile, and the type of a method never changes.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum, StrEnum

from shared.core.values.said import Said, joined
from shared.core.values.slot import EmailAddress, MaskedValue, PhoneNumber, PhoneType, Slot, StoredNumber, StoredValue

SLOT_OF_DEFAULT = {
    "sms": Slot.MOBILE,
    "voiceMobile": Slot.MOBILE,
    "voiceAlternateMobile": Slot.ALTERNATE_MOBILE,
    "voiceOffice": Slot.OFFICE,
}
"""The phone behind a default sign-in method, by Graph's `userPreferredMethodForSecondaryAuthentication`."""
SMS_READY = "ready"
"""The `smsSignInState` of a mobile by which the person signs in."""
OUT_OF_SCOPE = "notAllowedByPolicy"
NOT_UNIQUE = "phoneNumberNotUnique"
OFF_STATES = frozenset({OUT_OF_SCOPE, "notEnabled", "notConfigured", NOT_UNIQUE})
"""The known states in which the mobile cannot be used to sign in. Any other than these and `SMS_READY` is unknown."""
UUID = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
"""The form of an object id."""
NO_ACCOUNT = "00000000-0000-0000-0000-000000000000"
"""An object id that no account has."""


def signs_in_by_sms(state: str | None) -> bool | None:
    """Whether the person signs in by SMS; None = the state does not say."""
    if state == SMS_READY:
        return True
    return False if state in OFF_STATES else None


@dataclass(frozen=True, slots=True)
class PhoneAuthenticationMethod:
    """Graph's phoneAuthenticationMethod."""

    phone_type: PhoneType
    number: StoredNumber
    sms_sign_in_state: str | None = None
    """Graph's `smsSignInState` as it came; None = absent, or not known."""


class NotRead(Enum):
    """Stands for a value that was not read from Graph."""

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
        """The value of a slot; None = empty. Raises LookupError for an e-mail address that was not read."""
        if slot is not Slot.EMAIL:
            return self.number(PhoneType(slot.value))
        if self.email is NotRead.NOT_READ:
            raise LookupError("the e-mail address was not read")
        return self.email

    def with_value(self, slot: Slot, value: StoredValue | None) -> Methods:
        """The same methods with another value in a slot; its SMS sign-in state is not known."""
        if slot is Slot.EMAIL:
            return replace(self, email=value if isinstance(value, EmailAddress | MaskedValue) else None)
        phone_type = PhoneType(slot.value)
        others = tuple(method for method in self.phones if method.phone_type is not phone_type)
        if isinstance(value, PhoneNumber | MaskedValue):
            return replace(self, phones=(*others, PhoneAuthenticationMethod(phone_type, value)))
        return replace(self, phones=others)

    @property
    def sms_sign_in_state(self) -> str | None:
        """The state of the mobile, which is the only phone that can be used for SMS sign-in."""
        states = (method.sms_sign_in_state for method in self.phones if method.phone_type is PhoneType.MOBILE)
        return next(states, None)


def masked(methods: Methods) -> Methods:
    """The same methods with every value masked, as if Graph did not show it."""
    return Methods(
        tuple(replace(method, number=MaskedValue()) for method in methods.phones),
        MaskedValue() if isinstance(methods.email, EmailAddress) else methods.email,
    )


class KeyKind(StrEnum):
    """What identifies a person, by Graph's property names, in order of precedence."""

    OBJECT_ID = "id"
    USER_PRINCIPAL_NAME = "userPrincipalName"
    EMPLOYEE_ID = "employeeId"
    MAIL = "mail"


@dataclass(frozen=True, slots=True, repr=False)
class PersonKey:
    """A key as the row spells it. `repr` hides the value, so that sign-in names do not appear in logs."""

    kind: KeyKind
    value: str

    def folded(self) -> str:
        """The form in which two spellings of one key are equal; Entra ignores letter case too."""
        return f"{self.kind}:{self.value.strip().casefold()}"

    @property
    def is_placeholder(self) -> bool:
        """Whether the key has only dots or spaces, as in cells that people fill with dots. In a URL it would name all
        accounts."""
        return not self.value.strip(". ")

    def __repr__(self) -> str:
        return f"<{self.kind}>"


@dataclass(frozen=True, slots=True)
class Account:
    """A user object of the directory; `id` is its object id."""

    id: str
    usage_location: str | None = None
    """ISO 3166 alpha-2, upper case; the country of a number if neither the number nor the row names one."""
    enabled: bool = True
    guest: bool = False
    display_name: str = field(default="", repr=False)
    user_principal_name: str = field(default="", repr=False)
    department: str = field(default="", repr=False)

    @property
    def note(self) -> Said:
        """Facts about the account for the reader of the result; none of them prevents a write."""
        facts = ((Said("the account is disabled"), not self.enabled), (Said("the account is a guest"), self.guest))
        return joined("; ", (text for text, holds in facts if holds))


@dataclass(frozen=True, slots=True)
class SeenPerson:
    """The facts about an account that callers see before they change it."""

    account: Account
    is_protected: bool
    """Whether the account is protected, or may be."""
    default_method: str = ""
    """Graph's name of the default sign-in method, by a report that may be hours old; "" = not known."""

    @property
    def default_slot(self) -> Slot | None:
        return SLOT_OF_DEFAULT.get(self.default_method)


@dataclass(frozen=True, slots=True)
class AccountWithMethods:
    """The result of a look-up: the account, and its methods if they were read with it; None = not read yet."""

    account: Account
    methods: Methods | None = None

    def methods_with(self, *, email: bool) -> Methods | None:
        """The methods if they were read; with `email` only if the e-mail address was read, too."""
        if self.methods is None or (email and not self.methods.was_read(Slot.EMAIL)):
            return None
        return self.methods
