"""Who needs no number: every combination of methods, with what a password reset asks for."""

from __future__ import annotations

from itertools import chain, combinations

import pytest

from shared.core.person.account import OFF_STATES, Methods, PhoneAuthenticationMethod
from shared.core.person.registration import IN_ANY_LIST, PHONES, MethodKind, MethodList
from shared.core.values.slot import EmailAddress, MaskedValue, PhoneType

EVERY = tuple(
    map(frozenset, chain.from_iterable(combinations(sorted(IN_ANY_LIST), size) for size in range(len(IN_ANY_LIST) + 1)))
)
"""Every combination that a person's list can show."""
RESISTANT = {"passKey", "windowsHelloForBusiness", "macOsSecureEnclaveKey", "certificateBasedAuthentication"}
APPS = {"microsoftAuthenticatorPush", "softwareOneTimePasscode", "hardwareOneTimePasscode"}


def gates_left(kinds: frozenset[MethodKind]) -> int:
    """What a reset can ask for once every number is gone, counted anew and by name."""
    names = {kind.value for kind in kinds}
    return bool(names & APPS) + ("email" in names) + ("securityQuestion" in names)


@pytest.mark.parametrize("required", [1, 2])
def test_nobody_is_left_worse_than_the_rule_allows(required: int) -> None:
    """In every combination: whose numbers may go still signs in without phishing and resets the password."""
    allowed = 0
    for kinds in EVERY:
        may_go = MethodList(kinds, IN_ANY_LIST).needs_no_number(required)
        is_safe = bool({kind.value for kind in kinds} & RESISTANT) and gates_left(kinds) >= required
        assert may_go is is_safe, sorted(kinds)
        allowed += may_go
    assert 0 < allowed < len(EVERY)


def test_phones_never_count() -> None:
    """So the removal of one number changes nothing for that of the next."""
    for kinds in EVERY:
        with_phones, without = MethodList(kinds | PHONES, IN_ANY_LIST), MethodList(kinds - PHONES, IN_ANY_LIST)
        assert with_phones.needs_no_number(2) is without.needs_no_number(2)


@pytest.mark.parametrize(
    ("state", "signs_in"),
    [("ready", True), *((state, False) for state in sorted(OFF_STATES)), ("unknownFutureValue", None), (None, None)],
)
def test_a_list_of_phones_tells_of_sms_sign_in(state: str | None, *, signs_in: bool | None) -> None:
    phone = PhoneAuthenticationMethod(PhoneType.MOBILE, MaskedValue(), state)
    assert signs_in is MethodList.of_phones(Methods((phone,))).signs_in_by_sms
    assert MethodList.of_phones(Methods()).signs_in_by_sms is False


def test_a_list_replaces_only_what_it_could_show() -> None:
    """An e-mail address that was not read may be there; one that was read and is not there is gone."""
    reported = frozenset({MethodKind.MOBILE, MethodKind.EMAIL, MethodKind.CERTIFICATE})
    assert {MethodKind.EMAIL, MethodKind.CERTIFICATE} == MethodList.of_phones(Methods()).completes(reported)
    assert {MethodKind.CERTIFICATE} == MethodList.of_phones(Methods(email=None)).completes(reported)
    address = EmailAddress("a@example.com")
    assert reported - {MethodKind.MOBILE} == MethodList.of_phones(Methods(email=address)).completes(reported)
