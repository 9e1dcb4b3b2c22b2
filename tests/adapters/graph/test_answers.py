"""Raw answers become values, or are said to be unreadable."""

from __future__ import annotations

from typing import Any

import pytest

from shared.adapters.graph import answers, answers_of_privilege
from shared.adapters.graph.answers import UnreadableAnswerError
from shared.adapters.graph.answers_of_privilege import Principal
from shared.adapters.graph.method_ids import METHOD_IDS
from shared.core.person.account import Account, PhoneAuthenticationMethod
from shared.core.values.slot import EmailAddress, MaskedValue, PhoneNumber, PhoneType

NUMBER = PhoneNumber(1, "2025550101")


@pytest.mark.parametrize(
    ("item", "method"),
    [
        ({"phoneType": "office", "phoneNumber": "+12025550101"}, PhoneAuthenticationMethod(PhoneType.OFFICE, NUMBER)),
        (
            {"id": METHOD_IDS[PhoneType.MOBILE].upper(), "phoneNumber": "+1 2025550101", "smsSignInState": "newState"},
            PhoneAuthenticationMethod(PhoneType.MOBILE, NUMBER, "newState"),
        ),
        (
            {"phoneType": "mobile", "phoneNumber": "+1 XXXXXXXX01", "smsSignInState": 4},
            PhoneAuthenticationMethod(PhoneType.MOBILE, MaskedValue()),
        ),
        ({"phoneType": "mobile", "phoneNumber": None}, PhoneAuthenticationMethod(PhoneType.MOBILE, MaskedValue())),
        ({"phoneType": "mobile"}, PhoneAuthenticationMethod(PhoneType.MOBILE, MaskedValue())),
    ],
)
def test_phone_methods(item: dict[str, Any], method: PhoneAuthenticationMethod) -> None:
    """The fixed id or the type tells the slot; a number that is not complete is masked, a state stays as it came."""
    assert answers.phone_methods({"value": [item]}) == (method,)


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([], None),
        ([{"emailAddress": "Jan@example.com"}], EmailAddress("jan@EXAMPLE.com")),
        ([{"emailAddress": "j***@example.com"}], MaskedValue()),
        ([{"emailAddress": "jan"}], MaskedValue()),
        ([{"emailAddress": None}], MaskedValue()),
        ([{}], MaskedValue()),
    ],
)
def test_the_email_address(items: list[dict[str, Any]], expected: EmailAddress | MaskedValue | None) -> None:
    """One address or none; one that is not complete is masked, never a different one."""
    assert expected == answers.email_address({"value": items})


@pytest.mark.parametrize("item", [{"phoneType": "satellite", "phoneNumber": "+1 2025550101"}, {"phoneType": None}, {}])
def test_an_unknown_type_is_left_out(item: dict[str, Any]) -> None:
    """A type that is newer than this app is no method of ours."""
    assert () == answers.phone_methods({"value": [item]})


@pytest.mark.parametrize(
    "document", [None, [], "x", {}, {"value": None}, {"value": {}}, {"value": [None]}, {"value": [[]]}]
)
def test_a_list_without_its_form_is_not_an_empty_list(document: object) -> None:
    """Nothing but a list of objects is read as one."""
    with pytest.raises(UnreadableAnswerError):
        answers.phone_methods(document)


@pytest.mark.parametrize("link", [7, "", []])
def test_a_next_link_that_is_no_address(link: object) -> None:
    """A list that goes on in an unreadable place is not complete."""
    with pytest.raises(UnreadableAnswerError):
        answers.page({"value": [], "@odata.nextLink": link}, answers_of_privilege.directory_object)


@pytest.mark.parametrize(
    ("item", "account"),
    [
        ({"id": "a"}, Account("a")),
        ({"id": "a", "usageLocation": "us", "accountEnabled": True, "userType": "Member"}, Account("a", "US")),
        ({"id": "a", "usageLocation": "", "accountEnabled": None, "userType": None}, Account("a")),
        ({"id": "a", "accountEnabled": False, "userType": "guest"}, Account("a", enabled=False, guest=True)),
    ],
)
def test_accounts(item: dict[str, Any], account: Account) -> None:
    """What is absent or null has its usual meaning."""
    assert answers.account(item) == account


@pytest.mark.parametrize("item", [None, {}, {"id": ""}, {"id": None}, {"value": []}])
def test_an_account_needs_an_id(item: object) -> None:
    """Without an object id there is no account."""
    with pytest.raises(UnreadableAnswerError):
        answers.account(item)


@pytest.mark.parametrize(
    ("expanded", "kind"),
    [
        ({"@odata.type": "#microsoft.graph.group"}, "group"),
        ({"@odata.type": "#microsoft.graph.user"}, "user"),
        ({"@odata.type": "#microsoft.graph.servicePrincipal"}, "servicePrincipal"),
        ({}, ""),
        (None, ""),
    ],
)
def test_the_kind_of_a_role_holder(expanded: object, kind: str) -> None:
    """Ids in lower case; what Graph did not describe is a holder all the same."""
    item = {"principalId": "P", "roleDefinitionId": "R", "principal": expanded}
    assert Principal("p", kind, "r") == answers_of_privilege.principal(item)
