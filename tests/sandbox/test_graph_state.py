"""The rules of the phone methods, driven without HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.graph.errors import GraphError
from sandbox.graph.options import Options
from sandbox.graph.person import Person
from sandbox.graph.state import Tenant
from shared.adapters.graph.method_ids import METHOD_IDS
from shared.core.values.slot import PhoneType
from tests.sandbox.graph_client import ALEX, ALTERNATE, BO, MOBILE, OFFICE, ONE, THREE, TWO, Clock, person

M, A, O = PhoneType.MOBILE, PhoneType.ALTERNATE_MOBILE, PhoneType.OFFICE  # noqa: E741 - initials of the types in tables

type Step = Callable[[Tenant], object]


def tenant_with(*people: Person, **switches: Any) -> Tenant:
    return Tenant(people, options=Options(**switches))


def create(phone_type: PhoneType, number: str = THREE, who: str = ALEX) -> Step:
    return lambda tenant: tenant.create_method(who, phone_type, number)


def update(phone_type: PhoneType, number: str = THREE, becomes: PhoneType | None = None, who: str = ALEX) -> Step:
    return lambda tenant: tenant.update_method(who, METHOD_IDS[phone_type], number, becomes)


def delete(phone_type: PhoneType) -> Step:
    return lambda tenant: tenant.delete_method(ALEX, METHOD_IDS[phone_type])


def enable(phone_type: PhoneType = M, who: str = ALEX) -> Step:
    return lambda tenant: tenant.enable_sms_sign_in(who, METHOD_IDS[phone_type])


def disable(phone_type: PhoneType = M, who: str = ALEX) -> Step:
    return lambda tenant: tenant.disable_sms_sign_in(who, METHOD_IDS[phone_type])


def outcome(tenant: Tenant, step: Step) -> tuple[int, str | None] | None:
    """The refusal's status and code; None when the step is allowed."""
    try:
        step(tenant)
    except GraphError as error:
        return error.status, error.code
    return None


BAD, ABSENT = (400, "badRequest"), (404, "resourceNotFound")


@pytest.mark.parametrize(
    ("before", "default", "step", "refusal", "after"),
    [
        ({}, None, create(M), None, {M: THREE}),
        ({}, None, create(O), None, {O: THREE}),
        ({}, None, create(A), BAD, {}),
        ({M: ONE}, None, create(A), None, {M: ONE, A: THREE}),
        ({M: ONE}, None, create(M), BAD, {M: ONE}),
        ({O: ONE}, None, create(O), BAD, {O: ONE}),
        ({M: ONE, A: TWO}, None, create(A), BAD, {M: ONE, A: TWO}),
        ({M: ONE}, None, update(M), None, {M: THREE}),
        ({}, None, update(M), ABSENT, {}),
        ({M: ONE}, None, update(A), ABSENT, {M: ONE}),
        ({M: ONE}, None, update(M, THREE, M), None, {M: THREE}),
        ({M: ONE}, None, update(M, THREE, O), BAD, {M: ONE}),
        ({M: ONE}, None, update(M, "555 0103"), BAD, {M: ONE}),
        ({M: ONE}, None, delete(M), None, {}),
        ({}, None, delete(M), ABSENT, {}),
        ({M: ONE, A: TWO}, None, delete(M), BAD, {M: ONE, A: TWO}),
        ({M: ONE, A: TWO}, None, delete(A), None, {M: ONE}),
        ({M: ONE, O: TWO}, M, delete(M), BAD, {M: ONE, O: TWO}),
        ({M: ONE, O: TWO}, O, delete(O), BAD, {M: ONE, O: TWO}),
        ({M: ONE, O: TWO}, M, delete(O), None, {M: ONE}),
        ({M: ONE}, M, delete(M), None, {}),
    ],
)
def test_methods_change_only_as_the_rules_allow(
    before: dict[PhoneType, str],
    default: PhoneType | None,
    step: Step,
    refusal: tuple[int, str] | None,
    after: dict[PhoneType, str],
) -> None:
    """Each rule of Graph's phone methods refuses what it forbids, changes nothing then, and lets the rest pass."""
    tenant = tenant_with(person(ALEX, phones=before, default_method=default))
    assert outcome(tenant, step) == refusal
    assert tenant.people[ALEX].methods == after


def test_the_refusal_to_delete_the_default_method_is_graphs_own() -> None:
    """Callers tell this refusal from others by its text alone, so the text is the service's."""
    tenant = tenant_with(person(ALEX, phones={M: ONE, O: TWO}, default_method=M))
    with pytest.raises(GraphError) as refusal:
        tenant.delete_method(ALEX, MOBILE)
    assert (
        f"The requested authentication method id of [{MOBILE}] matches the user's current default authentication "
        "method, and cannot be deleted until the default authentication method is changed"
    ) == refusal.value.message


def test_the_older_refusal_to_delete_the_default_method_can_be_had() -> None:
    """Both texts that users of the service have reported are there."""
    tenant = tenant_with(person(ALEX, phones={M: ONE, O: TWO}, default_method=M), default_in_use="older")
    with pytest.raises(GraphError, match="400 badRequest: Cannot delete default method with other methods configured"):
        tenant.delete_method(ALEX, MOBILE)


@pytest.mark.parametrize(
    ("before", "step", "refusal", "state"),
    [
        ("notAllowedByPolicy", update(M), None, "notAllowedByPolicy"),
        ("notAllowedByPolicy", enable(), (405, "badRequest"), "notAllowedByPolicy"),
        ("notAllowedByPolicy", disable(), None, "notAllowedByPolicy"),
        ("notEnabled", update(M), None, "ready"),
        ("notEnabled", enable(), None, "ready"),
        ("ready", disable(), None, "notEnabled"),
        ("ready", enable(), None, "ready"),
        ("notEnabled", update(M, TWO), (409, "phoneNumberNotUnique"), "phoneNumberNotUnique"),
        ("ready", update(M, TWO), (409, "phoneNumberNotUnique"), "phoneNumberNotUnique"),
        ("ready", enable(O), BAD, "ready"),
        ("ready", disable(O), BAD, "ready"),
        ("ready", enable(A), ABSENT, "ready"),
    ],
)
def test_sms_sign_in_follows_policy_and_uniqueness(
    before: str, step: Step, refusal: tuple[int, str] | None, state: str
) -> None:
    """A mobile registers for SMS sign-in exactly when the policy allows it and nobody else holds the number."""
    holder = person(BO, phones={M: TWO}, smsSignInState="ready")
    tenant = tenant_with(holder, person(ALEX, phones={M: ONE, O: ONE}, smsSignInState=before))
    assert outcome(tenant, step) == refusal
    assert tenant.get_method(ALEX, MOBILE)["smsSignInState"] == state
    assert "notSupported" == tenant.get_method(ALEX, OFFICE)["smsSignInState"]


@pytest.mark.parametrize(
    ("switch", "refusal", "stored", "state"),
    [
        ("409-stored", (409, "phoneNumberNotUnique"), TWO, "phoneNumberNotUnique"),
        ("409-not-stored", (409, "phoneNumberNotUnique"), ONE, "ready"),
        ("201-stored", None, TWO, "phoneNumberNotUnique"),
    ],
)
def test_a_taken_number_is_treated_as_the_switch_says(
    switch: str, refusal: tuple[int, str] | None, stored: str, state: str
) -> None:
    """All three accounts of what the service does with a taken number can be played."""
    holder = person(BO, phones={M: TWO}, smsSignInState="ready")
    alex = person(ALEX, phones={M: ONE}, smsSignInState="ready")
    tenant = tenant_with(holder, alex, taken_number=switch)
    assert outcome(tenant, update(M, TWO)) == refusal
    assert tenant.list_methods(ALEX) == [
        {"id": MOBILE, "phoneNumber": stored, "phoneType": "mobile", "smsSignInState": state}
    ]


def test_a_number_is_free_again_once_its_holder_lets_go() -> None:
    """Changing, deleting or disabling the holder's mobile frees the number for SMS sign-in."""
    for release in (update(M, THREE, who=BO), disable(who=BO), lambda tenant: tenant.delete_method(BO, MOBILE)):
        tenant = tenant_with(
            person(BO, phones={M: TWO}, smsSignInState="ready"),
            person(ALEX, phones={M: ONE}, smsSignInState="notEnabled"),
        )
        release(tenant)
        assert outcome(tenant, update(M, TWO)) is None
        assert "ready" == tenant.people[ALEX].sms_state


def test_a_deleted_person_keeps_the_number_but_cannot_be_found() -> None:
    """A soft-deleted account is gone for every look-up and still blocks its SMS sign-in number."""
    tenant = tenant_with(
        person(BO, phones={M: TWO}, smsSignInState="ready", deleted=True, mail="bo@example.com"),
        person(ALEX, phones={M: ONE}, smsSignInState="notEnabled"),
    )
    assert tenant.find(BO) is None
    assert [] == tenant.find_all("mail", "bo@example.com")
    assert (409, "phoneNumberNotUnique") == outcome(tenant, update(M, TWO))


def test_one_number_may_serve_many_people_outside_sms_sign_in() -> None:
    """Uniqueness covers SMS sign-in only; an MFA number can be shared."""
    tenant = tenant_with(person(BO, phones={M: ONE}), person(ALEX, phones={M: ONE, A: ONE, O: ONE}))
    assert [ONE, ONE, ONE] == [row["phoneNumber"] for row in tenant.list_methods(ALEX)]


@pytest.mark.parametrize(
    ("switches", "step", "refusal"),
    [
        ({"rule_answer": "409"}, create(M), (409, "badRequest")),
        ({"rule_answer": "404"}, create(M), (404, "badRequest")),
        ({"rule_answer": "empty"}, create(M), (400, None)),
        ({"rule_answer": "409"}, update(M, "555"), (409, "badRequest")),
        ({"sms_out_of_scope": "405"}, enable(), (405, "badRequest")),
        ({"sms_out_of_scope": "400"}, enable(), (400, "disabledByPolicy")),
        ({"not_found": "UnknownError"}, update(O), (404, "UnknownError")),
        ({"not_found": "UnknownError"}, create(M, who=BO), (404, "UnknownError")),
        ({}, create(M, who=BO), (404, "Request_ResourceNotFound")),
    ],
)
def test_unknown_answers_are_switches(switches: dict[str, str], step: Step, refusal: tuple[int, str | None]) -> None:
    """Where the service's answer is not established, the switch decides which one is given."""
    assert outcome(tenant_with(person(ALEX, phones={M: ONE}), **switches), step) == refusal


@pytest.mark.parametrize(
    ("switch", "given", "stored"),
    [
        ("graph", "+12025550103", "+1 2025550103"),
        ("graph", "+1 2025550103X12", "+1 2025550103x12"),
        ("verbatim", "+12025550103", "+12025550103"),
        ("space-required", "+12025550103", None),
        ("space-required", "+1 2025550103", "+1 2025550103"),
    ],
)
def test_numbers_are_stored_as_the_switch_says(switch: str, given: str, stored: str | None) -> None:
    """The stored spelling is Graph's, the caller's own, or none at all without the space."""
    tenant = tenant_with(person(ALEX), number_spelling=switch)
    assert outcome(tenant, create(O, given)) == (None if stored else BAD)
    assert tenant.people[ALEX].methods == ({O: stored} if stored else {})


def test_people_are_found_by_id_or_sign_in_name_in_any_case() -> None:
    """Entra compares ids and sign-in names without regard to case."""
    tenant = tenant_with(person("ABCD0000-0000-4000-8000-000000000001", userPrincipalName="Alex@Contoso.Example"))
    found = [tenant.find(key) for key in ("abcd0000-0000-4000-8000-000000000001", "ALEX@contoso.example", "nobody")]
    assert ["Alex@Contoso.Example"] * 2 + [None] == [user and user.person.userPrincipalName for user in found]


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"phones": {A: ONE}}, "an alternateMobile without a mobile"),
        ({"phones": {M: ONE}, "default_method": O}, "a default method that is not there"),
        ({"smsSignInState": "ready"}, "SMS sign-in ready without a mobile"),
        ({"phones": {M: ONE}, "smsSignInState": "on"}, "the unknown smsSignInState on"),
        ({"phones": {M: TWO}, "smsSignInState": "ready"}, "SMS sign-in with a number that another person holds"),
        ({"userPrincipalName": "BO@contoso.example"}, "a sign-in name that another person has"),
        ({"phones": {M: "2025550101"}}, "the mobile number is not in the format"),
        ({"phones": {"pager": ONE}}, "'pager' is not a valid PhoneType"),
        ({"email": "alex"}, "a malformed e-mail address"),
    ],
)
def test_a_seed_cannot_be_illegal(fields: dict[str, Any], complaint: str) -> None:
    """A person who could not exist is refused by name, and the tenant stays as it was."""
    tenant = tenant_with(
        person(BO, userPrincipalName="bo@contoso.example", phones={M: TWO}, smsSignInState="ready"),
    )
    with pytest.raises(ValueError, match=complaint):
        tenant.put(person(ALEX, **fields))
    assert [BO] == list(tenant.people)


def test_replacing_a_person_leaves_nothing_of_the_old_one() -> None:
    """Names, look-up values and SMS sign-in numbers of the former state are free for others."""
    tenant = tenant_with(
        person(ALEX, userPrincipalName="old@contoso.example", mail="old@example.com", employeeId="1"),
        person(BO, phones={M: TWO}, smsSignInState="ready"),
    )
    tenant.put(person(ALEX, userPrincipalName="new@contoso.example"))
    tenant.put(person(BO))
    assert tenant.find("old@contoso.example") is None
    assert [] == tenant.find_all("mail", "old@example.com")
    tenant.put(person(ALEX, userPrincipalName="new@contoso.example", phones={M: TWO}, smsSignInState="ready"))
    assert "ready" == tenant.people[ALEX].sms_state


async def test_lagging_reads_show_the_past_for_their_time() -> None:
    """A replica that lags shows the state before the write, and the truth once its time is over."""
    clock = Clock()
    tenant = Tenant([person(ALEX, phones={M: ONE})], clock=clock)
    tenant.lag_reads(ALEX, 5)
    tenant.update_method(ALEX, MOBILE, TWO)
    tenant.lag_reads(ALEX, 5)
    assert ONE == tenant.get_method(ALEX, MOBILE)["phoneNumber"]
    await clock.sleep(5)
    assert TWO == tenant.get_method(ALEX, MOBILE)["phoneNumber"]


async def test_late_replicas_answer_by_what_they_know() -> None:
    """A late replica shows and refuses by the state of some seconds ago; what it lets pass is done at once."""
    clock = Clock()
    tenant = Tenant([person(ALEX)], options=Options(late_seconds=5), clock=clock)
    tenant.lateness = 5
    tenant.note_write(ALEX)
    tenant.create_method(ALEX, M, ONE)
    await clock.sleep(3)
    assert [] == tenant.list_methods(ALEX)
    with pytest.raises(GraphError, match="404"):
        tenant.delete_method(ALEX, MOBILE)
    await clock.sleep(3)
    tenant.note_write(ALEX)
    tenant.delete_method(ALEX, MOBILE)
    await clock.sleep(3)
    assert ONE == tenant.get_method(ALEX, MOBILE)["phoneNumber"]
    with pytest.raises(GraphError, match="already has"):
        tenant.create_method(ALEX, M, TWO)
    await clock.sleep(3)
    tenant.create_method(ALEX, M, TWO)
    assert TWO == tenant.people[ALEX].methods[M]


@pytest.mark.parametrize(
    ("switch", "shown"),
    [
        ("full", ["+1 2025550102", "+1 2025550101x123"]),
        ("masked", ["+X XXXXXXXX02", "+X XXXXXXXXXXxX23"]),
        ("none", []),
    ],
)
def test_reads_show_as_much_of_a_number_as_the_switch_says(switch: str, shown: list[str]) -> None:
    """In full, masked, or not at all; whatever is shown, a second mobile is refused and the numbers stay."""
    tenant = tenant_with(person(ALEX, phones={O: TWO, M: f"{ONE}x123"}), shown_numbers=switch)
    assert [row["phoneNumber"] for row in tenant.list_methods(ALEX)] == shown
    assert BAD == outcome(tenant, create(M))
    got = outcome(tenant, lambda tenant: tenant.get_method(ALEX, MOBILE))
    assert got == (ABSENT if switch == "none" else None)
    assert outcome(tenant, update(M)) is None
    assert {O: TWO, M: THREE} == tenant.people[ALEX].methods


async def test_somebody_new_is_not_known_at_once() -> None:
    """Who joins is in the directory now and under `/authentication` later; who was there is known all along."""
    clock = Clock()
    tenant = Tenant([person(BO)], options=Options(new_user_seconds=30), clock=clock)
    tenant.put(person(ALEX))
    await clock.sleep(29)
    tenant.put(person(ALEX, displayName="Alex"))
    tenant.put(person(BO, displayName="Bo"))
    assert tenant.find(ALEX) is not None
    assert (404, "Request_ResourceNotFound") == outcome(tenant, create(M))
    assert outcome(tenant, create(M, who=BO)) is None
    await clock.sleep(1)
    assert outcome(tenant, create(M)) is None


def test_a_method_of_another_id_is_not_found() -> None:
    """Ids of other methods, and of none, are answered like a method the person does not have."""
    tenant = tenant_with(person(ALEX, phones={M: ONE}))
    for method_id in (ALTERNATE, "28c10230-6103-485e-b985-444c60001490", "x"):
        with pytest.raises(GraphError, match="404"):
            tenant.get_method(ALEX, method_id)
