"""What a person has registered to sign in and to reset the password, beside phones and e-mail too.

The gateway reads it from the tenant's registration report and from people's own lists of methods; readiness classifies
it, and the clean-up asks it before it removes a number. Source of the traits: Microsoft Entra's table of authentication
methods (concept-authentication-methods, as of November 2025) and its rules of password reset (concept-sspr-howitworks).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from shared.core.person.account import Methods, signs_in_by_sms
from shared.core.values.slot import PhoneType, Slot


class MethodKind(StrEnum):
    """The kinds of authentication methods; where the report has a name, it is that."""

    MOBILE = "mobilePhone"
    ALTERNATE_MOBILE = "alternateMobilePhone"
    OFFICE = "officePhone"
    EMAIL = "email"
    PASSKEY = "passKey"
    """Every FIDO2 key and passkey, whatever holds it."""
    WINDOWS_HELLO = "windowsHelloForBusiness"
    PLATFORM_CREDENTIAL = "macOsSecureEnclaveKey"
    CERTIFICATE = "certificateBasedAuthentication"
    AUTHENTICATOR = "microsoftAuthenticatorPush"
    AUTHENTICATOR_PASSWORDLESS = "microsoftAuthenticatorPasswordless"
    SOFTWARE_CODES = "softwareOneTimePasscode"
    HARDWARE_CODES = "hardwareOneTimePasscode"
    EXTERNAL = "externalAuthMethod"
    TEMPORARY_PASS = "temporaryAccessPass"  # noqa: S105 - the name of a method
    QR_CODE = "qrCode"
    SECURITY_QUESTIONS = "securityQuestion"
    UNKNOWN = "unknown"
    """A method that this app has no name for; nothing is concluded from it."""


PHONES = frozenset({MethodKind.MOBILE, MethodKind.ALTERNATE_MOBILE, MethodKind.OFFICE})
PHISHING_RESISTANT = frozenset(
    {MethodKind.PASSKEY, MethodKind.WINDOWS_HELLO, MethodKind.PLATFORM_CREDENTIAL, MethodKind.CERTIFICATE}
)
SECOND_FACTORS = PHISHING_RESISTANT | {
    MethodKind.AUTHENTICATOR,
    MethodKind.AUTHENTICATOR_PASSWORDLESS,
    MethodKind.SOFTWARE_CODES,
    MethodKind.HARDWARE_CODES,
    MethodKind.EXTERNAL,
}
"""What signs a person in beside the password, phones aside. A temporary pass ends by itself, so it is not one."""
IN_ANY_LIST = frozenset(
    {
        *PHONES,
        *(MethodKind.EMAIL, MethodKind.PASSKEY, MethodKind.WINDOWS_HELLO, MethodKind.PLATFORM_CREDENTIAL),
        *(MethodKind.AUTHENTICATOR, MethodKind.AUTHENTICATOR_PASSWORDLESS, MethodKind.SOFTWARE_CODES),
        *(MethodKind.EXTERNAL, MethodKind.TEMPORARY_PASS, MethodKind.QR_CODE),
    }
)
"""The kinds that a person's own list of methods shows where there are any; the others are in the report alone."""

_PHONE_KINDS = {
    PhoneType.MOBILE: MethodKind.MOBILE,
    PhoneType.ALTERNATE_MOBILE: MethodKind.ALTERNATE_MOBILE,
    PhoneType.OFFICE: MethodKind.OFFICE,
}
_GATES = {
    MethodKind.EMAIL: "e-mail",
    MethodKind.AUTHENTICATOR: "app",
    MethodKind.SOFTWARE_CODES: "app",
    MethodKind.HARDWARE_CODES: "app",
    MethodKind.SECURITY_QUESTIONS: "questions",
}
"""What a password reset asks, phones aside: an app's notification and its codes do not count twice."""


def gates_without_phone(kinds: Collection[MethodKind]) -> int:
    """How many of the methods that a password reset asks for the person has beside phones."""
    return len({_GATES[kind] for kind in kinds if kind in _GATES})


def gates_of(kinds: Collection[MethodKind]) -> int:
    """The same with phones, of which an alternate mobile does not count."""
    return gates_without_phone(kinds) + len({MethodKind.MOBILE, MethodKind.OFFICE}.intersection(kinds))


@dataclass(frozen=True, slots=True)
class MethodList:
    """One person's own list of methods, as far as it was read."""

    kinds: frozenset[MethodKind]
    read: frozenset[MethodKind]
    """The kinds that would be in it if the person had them."""
    signs_in_by_sms: bool | None = None
    """None = it does not say."""

    @classmethod
    def of_phones(cls, methods: Methods) -> Self:
        """What a list of phones says, and one of e-mail addresses where it was read too."""
        has_email = methods.was_read(Slot.EMAIL) and methods.email is not None
        return cls(
            frozenset({*(_PHONE_KINDS[one.phone_type] for one in methods.phones), *([MethodKind.EMAIL] * has_email)}),
            PHONES | ({MethodKind.EMAIL} if methods.was_read(Slot.EMAIL) else set()),
            _signs_in_by_sms(methods),
        )

    def with_others(self, kinds: Iterable[MethodKind]) -> MethodList:
        """The same as a list of all methods, of which these are not phones."""
        return MethodList(self.kinds | frozenset(kinds), IN_ANY_LIST, self.signs_in_by_sms)

    def completes(self, reported: frozenset[MethodKind]) -> frozenset[MethodKind]:
        """All kinds of the person, of whom the report says this: it is older, and shows what no list can."""
        return self.kinds | (reported - self.read)

    def needs_no_number(self, methods_for_reset: int) -> bool:
        """Whether the person signs in without phishing and resets a password without any phone.

        What the list cannot show does not count.
        """
        is_resistant = not PHISHING_RESISTANT.isdisjoint(self.kinds)
        return is_resistant and gates_without_phone(self.kinds) >= methods_for_reset


def _signs_in_by_sms(methods: Methods) -> bool | None:
    return signs_in_by_sms(methods.sms_sign_in_state) if methods.has(PhoneType.MOBILE) else False


@dataclass(frozen=True, slots=True)
class RegisteredPerson:
    """One row of the tenant's registration report."""

    object_id: str
    kinds: frozenset[MethodKind]
    can_reset: bool
    """Whether Graph says that the person has registered enough to reset the password."""


@dataclass(frozen=True, slots=True)
class ListedAccount:
    """One account of the directory, as readiness names it."""

    object_id: str
    display_name: str = field(repr=False)
    user_principal_name: str = field(repr=False)
    department: str = field(repr=False)
    enabled: bool


@dataclass(frozen=True, slots=True)
class ListedPage[T]:
    """One page of a long list; the link leads to the next one, and there is none after the last."""

    items: list[T]
    next_link: str | None
