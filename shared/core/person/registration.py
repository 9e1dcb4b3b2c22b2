"""The methods of all kinds that a person has registered, to sign in and to reset the password.

The gateway reads them from the tenant's registration report and from people's own lists of methods. Readiness
classifies people by them, and the clean-up checks them before it removes a number. Source of the traits: Microsoft
Entra's table of authentication methods (concept-authentication-methods, as of November 2025) and its rules of password
reset (concept-sspr-howitworks).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from shared.core.person.account import Methods, signs_in_by_sms
from shared.core.values.slot import PhoneType, Slot


class MethodKind(StrEnum):
    """The kinds of authentication methods, by their names in the report if it has them."""

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
    """A method that this app does not know; nothing follows from it."""


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
"""Methods besides phones that sign a person in with the password. A temporary pass expires, so it does not count."""
IN_ANY_LIST = frozenset(
    {
        *PHONES,
        *(MethodKind.EMAIL, MethodKind.PASSKEY, MethodKind.WINDOWS_HELLO, MethodKind.PLATFORM_CREDENTIAL),
        *(MethodKind.AUTHENTICATOR, MethodKind.AUTHENTICATOR_PASSWORDLESS, MethodKind.SOFTWARE_CODES),
        *(MethodKind.EXTERNAL, MethodKind.TEMPORARY_PASS, MethodKind.QR_CODE),
    }
)
"""The kinds that a person's own list of methods shows; all others are only in the report."""

_PHONE_KINDS = {
    PhoneType.MOBILE: MethodKind.MOBILE,
    PhoneType.ALTERNATE_MOBILE: MethodKind.ALTERNATE_MOBILE,
    PhoneType.OFFICE: MethodKind.OFFICE,
}
_COUNT_FOR_RESET = {
    MethodKind.EMAIL: "e-mail",
    MethodKind.AUTHENTICATOR: "app",
    MethodKind.SOFTWARE_CODES: "app",
    MethodKind.HARDWARE_CODES: "app",
    MethodKind.SECURITY_QUESTIONS: "questions",
}
"""Methods besides phones that count for a password reset; those with the same value count once."""


def reset_methods_without_phone(kinds: Collection[MethodKind]) -> int:
    """The number of methods besides phones that count for the person's password reset."""
    return len({_COUNT_FOR_RESET[kind] for kind in kinds if kind in _COUNT_FOR_RESET})


def reset_methods(kinds: Collection[MethodKind]) -> int:
    """As `reset_methods_without_phone`, plus the phones; an alternate mobile does not count."""
    return reset_methods_without_phone(kinds) + len({MethodKind.MOBILE, MethodKind.OFFICE}.intersection(kinds))


@dataclass(frozen=True, slots=True)
class MethodList:
    """One person's own list of methods, as far as it was read."""

    kinds: frozenset[MethodKind]
    read: frozenset[MethodKind]
    """The kinds that the list would show if the person had registered them."""
    signs_in_by_sms: bool | None = None
    """None = the list does not say."""

    @classmethod
    def of_phones(cls, methods: Methods) -> Self:
        """The list from the phones, and from the e-mail address if it was read."""
        has_email = methods.was_read(Slot.EMAIL) and methods.email is not None
        return cls(
            frozenset({*(_PHONE_KINDS[one.phone_type] for one in methods.phones), *([MethodKind.EMAIL] * has_email)}),
            PHONES | ({MethodKind.EMAIL} if methods.was_read(Slot.EMAIL) else set()),
            _signs_in_by_sms(methods),
        )

    def with_others(self, kinds: Iterable[MethodKind]) -> MethodList:
        """The list of all methods: its phones, and these `kinds` of other methods."""
        return MethodList(self.kinds | frozenset(kinds), IN_ANY_LIST, self.signs_in_by_sms)

    def completes(self, reported: frozenset[MethodKind]) -> frozenset[MethodKind]:
        """All kinds of the person: those of the list, and the reported ones that are not in `read`.

        About those in `read` the list decides, because it is newer than the report.
        """
        return self.kinds | (reported - self.read)

    def needs_no_number(self, methods_for_reset: int) -> bool:
        """Whether the person can sign in with a phishing-resistant method and reset the password without a phone.

        Kinds that the list does not show do not count.
        """
        is_resistant = not PHISHING_RESISTANT.isdisjoint(self.kinds)
        return is_resistant and reset_methods_without_phone(self.kinds) >= methods_for_reset


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
    """One account of the list of all accounts of the directory."""

    object_id: str
    display_name: str = field(repr=False)
    user_principal_name: str = field(repr=False)
    department: str = field(repr=False)
    enabled: bool


@dataclass(frozen=True, slots=True)
class ListedPage[T]:
    """One page of a long list, with the link to the next one; None = it is the last page."""

    items: list[T]
    next_link: str | None
