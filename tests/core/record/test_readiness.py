"""The classes of readiness: the truth table, whole."""

from __future__ import annotations

from itertools import combinations, product

import pytest

from shared.core.person.registration import PHISHING_RESISTANT, MethodKind, reset_methods_without_phone
from shared.core.record.readiness import TABLE, MethodFacts, Number, Readiness, readiness_of

CLASSES = {
    "phones": Readiness.PHONE_ONLY,
    "office": Readiness.ALTERNATE_OR_OFFICE_ONLY,
    "reset": Readiness.PHONE_FOR_RESET,
    "can go": Readiness.NUMBER_CAN_GO,
    "other": Readiness.OTHER_METHODS,
    "email": Readiness.EMAIL_ONLY,
    "nothing": Readiness.NOTHING,
}
EXPECTED = """
number | resistant | signs in | resets | email | class
none   | no        | no       | no     | no    | nothing
none   | no        | no       | no     | yes   | email
none   | no        | no       | yes    | no    | nothing
none   | no        | no       | yes    | yes   | email
none   | no        | yes      | no     | no    | other
none   | no        | yes      | no     | yes   | other
none   | no        | yes      | yes    | no    | other
none   | no        | yes      | yes    | yes   | other
none   | yes       | yes      | no     | no    | other
none   | yes       | yes      | no     | yes   | other
none   | yes       | yes      | yes    | no    | other
none   | yes       | yes      | yes    | yes   | other
mobile | no        | no       | no     | no    | phones
mobile | no        | no       | no     | yes   | phones
mobile | no        | no       | yes    | no    | phones
mobile | no        | no       | yes    | yes   | phones
mobile | no        | yes      | no     | no    | reset
mobile | no        | yes      | no     | yes   | reset
mobile | no        | yes      | yes    | no    | other
mobile | no        | yes      | yes    | yes   | other
mobile | yes       | yes      | no     | no    | reset
mobile | yes       | yes      | no     | yes   | reset
mobile | yes       | yes      | yes    | no    | can go
mobile | yes       | yes      | yes    | yes   | can go
other  | no        | no       | no     | no    | office
other  | no        | no       | no     | yes   | office
other  | no        | no       | yes    | no    | office
other  | no        | no       | yes    | yes   | office
other  | no        | yes      | no     | no    | reset
other  | no        | yes      | no     | yes   | reset
other  | no        | yes      | yes    | no    | other
other  | no        | yes      | yes    | yes   | other
other  | yes       | yes      | no     | no    | reset
other  | yes       | yes      | no     | yes   | reset
other  | yes       | yes      | yes    | no    | can go
other  | yes       | yes      | yes    | yes   | can go
"""
NUMBERS = {"none": Number.NONE, "mobile": Number.MOBILE, "other": Number.OTHER}


def rows() -> dict[MethodFacts, Readiness]:
    found = {}
    for line in EXPECTED.strip().splitlines()[1:]:
        number, resistant, signs_in, resets, email, readiness = (cell.strip() for cell in line.split("|"))
        facts = MethodFacts(NUMBERS[number], *(cell == "yes" for cell in (resistant, signs_in, resets, email)))
        found[facts] = CLASSES[readiness]
    return found


def test_the_whole_table() -> None:
    """Everything that can be has its class: a phishing-resistant method is always a second factor too."""
    every = {MethodFacts(number, *others) for number in Number for others in product(*[(False, True)] * 4)}
    possible = {facts for facts in every if facts.signs_in or not facts.is_resistant}
    assert rows() == {facts: readiness_of(facts) for facts in possible}


def test_no_two_rows_fit_the_same_facts() -> None:
    """So their order means nothing."""
    for facts in rows():
        found = (facts.is_resistant, facts.signs_in, facts.resets, facts.email)
        fitting = [
            row
            for row in TABLE
            if facts.number in row[0] and all(w in (None, f) for w, f in zip(row[1:5], found, strict=True))
        ]
        assert 1 == len(fitting)


def test_every_pair_of_methods_has_a_class() -> None:
    """Facts of real methods never fall outside the table."""
    for size in range(3):
        for kinds in combinations(MethodKind, size):
            readiness_of(MethodFacts.of(kinds, 2))


@pytest.mark.parametrize(
    ("kinds", "count"),
    [
        ({MethodKind.MOBILE, MethodKind.OFFICE, MethodKind.ALTERNATE_MOBILE}, 0),
        ({MethodKind.AUTHENTICATOR, MethodKind.SOFTWARE_CODES, MethodKind.HARDWARE_CODES}, 1),
        ({MethodKind.AUTHENTICATOR, MethodKind.EMAIL, MethodKind.SECURITY_QUESTIONS}, 3),
        ({MethodKind.TEMPORARY_PASS, MethodKind.EXTERNAL, MethodKind.QR_CODE, *PHISHING_RESISTANT}, 0),
        ({MethodKind.AUTHENTICATOR_PASSWORDLESS}, 0),
    ],
)
def test_what_a_password_reset_asks(kinds: set[MethodKind], count: int) -> None:
    """An app's notification and codes are one; passkeys reset no password."""
    assert count == reset_methods_without_phone(kinds)
