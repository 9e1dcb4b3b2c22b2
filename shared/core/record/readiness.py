"""Who depends on a phone: the classes of the readiness report, as one table, and the people in each.

Microsoft ends its own text messages and calls for sign-in; `phone_delivery` has the date. The reading stage of a
readiness run collects what people have registered, and its report shows these classes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from shared.core.person.registration import (
    IN_ANY_LIST,
    PHISHING_RESISTANT,
    PHONES,
    SECOND_FACTORS,
    ListedAccount,
    MethodKind,
    MethodList,
    RegisteredPerson,
    reset_methods,
    reset_methods_without_phone,
)


class Readiness(StrEnum):
    """What a person's methods mean once Microsoft delivers no more text messages and calls."""

    PHONE_ONLY = "phoneOnly"
    ALTERNATE_OR_OFFICE_ONLY = "alternateOrOfficeOnly"
    PHONE_FOR_RESET = "phoneForReset"
    NUMBER_CAN_GO = "numberCanGo"
    OTHER_METHODS = "otherMethods"
    EMAIL_ONLY = "emailOnly"
    NOTHING = "nothing"
    NOT_KNOWN = "notKnown"
    SMS_SIGN_IN = "smsSignIn"
    """A person may be in this class and in one of the others."""


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
class MethodFacts:
    """The facts on which the class depends."""

    number: Number
    is_resistant: bool
    """Whether the person has a phishing-resistant method."""
    signs_in: bool
    """Whether the person has a second factor besides phones; a phishing-resistant method counts."""
    resets: bool
    """Whether the person has enough methods to reset the password without a phone."""
    email: bool

    @classmethod
    def of(cls, kinds: Collection[MethodKind], methods_for_reset: int) -> MethodFacts:
        return cls(
            _number(kinds),
            not PHISHING_RESISTANT.isdisjoint(kinds),
            not SECOND_FACTORS.isdisjoint(kinds),
            reset_methods_without_phone(kinds) >= methods_for_reset,
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
"""None = either. Exactly one row fits each possible combination."""


def readiness_of(facts: MethodFacts) -> Readiness:
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


@dataclass(frozen=True, slots=True)
class ClassifiedPerson:
    """One enabled account, its class, and whether the person signs in by text message."""

    account: ListedAccount
    readiness: Readiness
    sms: SmsSignInUse

    @property
    def classes(self) -> tuple[Readiness, ...]:
        """The class of the methods, and that of SMS sign-in if it applies."""
        return (self.readiness, Readiness.SMS_SIGN_IN) if self.sms is SmsSignInUse.IN_USE else (self.readiness,)


@dataclass(frozen=True, slots=True)
class Found:
    """The data of a readiness run, by object id; `registered` is empty when the report could not be read."""

    registered: Mapping[str, RegisteredPerson]
    lists: Mapping[str, MethodList]
    accounts: tuple[ListedAccount, ...]

    def people(self, methods_for_reset: int) -> tuple[ClassifiedPerson, ...]:
        """All people with an enabled account; without the report only those whose lists were read."""
        return tuple(
            _ready(
                account, self.registered.get(account.object_id), self.lists.get(account.object_id), methods_for_reset
            )
            for account in self.accounts
            if account.enabled and (self.registered or account.object_id in self.lists)
        )

    def able_to_reset_with_fewer(self, methods_for_reset: int) -> int:
        """How many people can reset the password, as Graph says, with fewer methods than `methods_for_reset`."""
        return sum(one.can_reset and reset_methods(one.kinds) < methods_for_reset for one in self.registered.values())


def _ready(
    account: ListedAccount, row: RegisteredPerson | None, own: MethodList | None, methods_for_reset: int
) -> ClassifiedPerson:
    reported = row.kinds if row else frozenset[MethodKind]()
    is_known = row is not None or (own is not None and own.read >= IN_ANY_LIST)
    kinds = own.completes(reported) if own else reported
    readiness = readiness_of(MethodFacts.of(kinds, methods_for_reset)) if is_known else Readiness.NOT_KNOWN
    return ClassifiedPerson(account, readiness, _SMS[own.signs_in_by_sms if own else None])


_SMS = {True: SmsSignInUse.IN_USE, False: SmsSignInUse.NOT_IN_USE, None: SmsSignInUse.NOT_KNOWN}


def by_class(people: Iterable[ClassifiedPerson]) -> dict[Readiness, list[ClassifiedPerson]]:
    """The people of each class, in the order of the classes, including empty classes."""
    found: dict[Readiness, list[ClassifiedPerson]] = {one: [] for one in Readiness}
    for person in people:
        for one in person.classes:
            found[one].append(person)
    return found
