"""Who depends on a phone: the classes of the readiness report, as one table, and what they add up to.

Microsoft ends its own text messages and calls for sign-in; `phone_delivery` has the date. The reading stage of a
readiness run collects what people have registered, and its report shows these classes.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from shared.core.person.registration import (
    PHISHING_RESISTANT,
    PHONES,
    SECOND_FACTORS,
    MethodKind,
    gates_without_phone,
)


class Readiness(StrEnum):
    """What a person's methods mean for the time after Microsoft's delivery."""

    PHONE_ONLY = "phoneOnly"
    ALTERNATE_OR_OFFICE_ONLY = "alternateOrOfficeOnly"
    PHONE_FOR_RESET = "phoneForReset"
    NUMBER_CAN_GO = "numberCanGo"
    OTHER_METHODS = "otherMethods"
    EMAIL_ONLY = "emailOnly"
    NOTHING = "nothing"
    NOT_KNOWN = "notKnown"
    SMS_SIGN_IN = "smsSignIn"
    """Comes beside one of the others."""


class SmsSignInUse(StrEnum):
    """Whether a person signs in by text message; only a person's own list of methods says so."""

    IN_USE = "inUse"
    NOT_IN_USE = "notInUse"
    NOT_KNOWN = "notKnown"


class Number(StrEnum):
    NONE = "none"
    MOBILE = "mobile"
    OTHER = "alternate or office"
    """An alternate mobile or an office number, and no mobile."""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the class depends on."""

    number: Number
    is_resistant: bool
    """Has a phishing-resistant method."""
    signs_in: bool
    """Has another second factor than a phone, which a phishing-resistant method is too."""
    resets: bool
    """Has enough to reset the password without a phone."""
    email: bool

    @classmethod
    def of(cls, kinds: Collection[MethodKind], methods_for_reset: int) -> Facts:
        return cls(
            _number(kinds),
            not PHISHING_RESISTANT.isdisjoint(kinds),
            not SECOND_FACTORS.isdisjoint(kinds),
            gates_without_phone(kinds) >= methods_for_reset,
            MethodKind.EMAIL in kinds,
        )


_ANY_NUMBER = (Number.MOBILE, Number.OTHER)
TABLE: tuple[tuple[tuple[Number, ...], bool | None, bool | None, bool | None, bool | None, Readiness], ...] = (
    # number              resistant signs in resets email  class
    ((Number.NONE,), None, True, None, None, Readiness.OTHER_METHODS),
    ((Number.NONE,), None, False, None, True, Readiness.EMAIL_ONLY),
    ((Number.NONE,), None, False, None, False, Readiness.NOTHING),
    ((Number.MOBILE,), None, False, None, None, Readiness.PHONE_ONLY),
    ((Number.OTHER,), None, False, None, None, Readiness.ALTERNATE_OR_OFFICE_ONLY),
    (_ANY_NUMBER, None, True, False, None, Readiness.PHONE_FOR_RESET),
    (_ANY_NUMBER, True, True, True, None, Readiness.NUMBER_CAN_GO),
    (_ANY_NUMBER, False, True, True, None, Readiness.OTHER_METHODS),
)
"""None = either. Exactly one row fits whatever can be."""


def readiness_of(facts: Facts) -> Readiness:
    found = (facts.is_resistant, facts.signs_in, facts.resets, facts.email)
    return next(
        readiness
        for number, *wanted, readiness in TABLE
        if facts.number in number and all(want in (None, is_so) for want, is_so in zip(wanted, found, strict=True))
    )


def _number(kinds: Collection[MethodKind]) -> Number:
    if MethodKind.MOBILE in kinds:
        return Number.MOBILE
    return Number.NONE if PHONES.isdisjoint(kinds) else Number.OTHER
