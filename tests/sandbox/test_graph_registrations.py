"""The stand-in's registration report and lists of all methods: their gaps, limits and licence, as documented."""

from __future__ import annotations

from typing import Any

from sandbox.graph.options import TelecomProvider
from tests.sandbox.graph_client import ALEX, BO, ONE, TWO, Clock, caller_of, person, stand_in_for

REPORT = "/reports/authenticationMethods/userRegistrationDetails"
DISABLED, DELETED = "00000000-0000-4000-8000-000000000003", "00000000-0000-4000-8000-000000000004"
PEOPLE = (
    person(
        ALEX,
        phones={"mobile": ONE, "office": TWO},
        smsSignInState="ready",
        other_methods=["passKeyDeviceBound", "hardwareOneTimePasscode"],
    ),
    person(BO, email="bo@example.com", userType="Guest"),
    person(DISABLED, accountEnabled=False, other_methods=["windowsHelloForBusiness"]),
    person(DELETED, deleted=True),
)


async def get(path: str, **switches: Any) -> tuple[int, Any]:
    switches = {"report_role": True, "methods_role": True, **switches}
    async with caller_of(stand_in_for(*PEOPLE, **switches)) as caller:
        answer = await caller.get(path)
        return answer.status_code, answer.json()


async def test_the_report_names_methods_and_neither_numbers_nor_sms_sign_in() -> None:
    """Disabled and deleted people are missing, guests are there, and every row was refreshed at the same moment."""
    status, body = await get(REPORT)
    assert 200 == status
    rows = {row["id"]: row for row in body["value"]}
    assert {ALEX, BO} == rows.keys()
    assert ["mobilePhone", "officePhone", "passKeyDeviceBound", "hardwareOneTimePasscode"] == (
        rows[ALEX]["methodsRegistered"]
    )
    assert ("guest", ["email"]) == (rows[BO]["userType"], rows[BO]["methodsRegistered"])
    assert 1 == len({row["lastUpdatedDateTime"] for row in rows.values()})
    assert "sms" not in str(rows).lower()
    assert "2025550101" not in str(rows).replace(" ", "")


async def test_one_row_of_the_report_names_the_default_method() -> None:
    """The disabled and the deleted have no row."""
    for who, expected in ((ALEX, "none"), (BO, "none")):
        status, body = await get(f"{REPORT}/{who}")
        assert (200, who, expected) == (
            status,
            body["id"],
            body["userPreferredMethodForSecondaryAuthentication"],
        )
    assert [404, 404] == [(await get(f"{REPORT}/{who}"))[0] for who in (DISABLED, DELETED)]


async def test_a_list_leaves_out_what_this_version_has_no_type_for() -> None:
    """The password is in it, the hardware token is not; a phone comes with its number and its SMS sign-in."""
    _, body = await get(f"/users/{ALEX}/authentication/methods")
    kinds = [row["@odata.type"].removeprefix("#microsoft.graph.") for row in body["value"]]
    phone = "phoneAuthenticationMethod"
    assert ["passwordAuthenticationMethod", phone, phone, "fido2AuthenticationMethod"] == kinds
    assert {"ready", "notSupported"} == {row["smsSignInState"] for row in body["value"] if "phoneType" in row}


async def test_without_the_licence_or_the_role_there_is_no_report() -> None:
    """The two answers differ in their codes, and only one of them says what is missing."""
    status, body = await get(REPORT, report_licence=False)
    assert (403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant") == (status, body["error"]["code"])
    status, body = await get(REPORT, report_role=False)
    assert (403, "Authorization_RequestDenied") == (status, body["error"]["code"])


async def test_reports_have_a_limit_of_their_own() -> None:
    """Five requests in ten seconds; the sixth is throttled, and other reads go on."""
    clock = Clock()
    async with caller_of(stand_in_for(*PEOPLE, clock=clock, report_role=True)) as caller:
        statuses = [(await caller.get(REPORT)).status_code for _ in range(6)]
        assert [200] * 5 + [429] == statuses
        assert 200 == (await caller.get("/users")).status_code
        clock.now += 4
        assert 200 == (await caller.get(REPORT)).status_code


async def test_pages_are_as_long_as_the_switch_says() -> None:
    """Every page but the last has a link, and together they have everybody once."""
    async with caller_of(stand_in_for(*PEOPLE, report_role=True, report_page_size=1)) as caller:
        first = (await caller.get(REPORT)).json()
        last = (await caller.get(first["@odata.nextLink"])).json()
    assert [ALEX, BO] == [row["id"] for page in (first, last) for row in page["value"]]
    assert "@odata.nextLink" not in last


async def test_the_policy_shows_a_provider_only_where_there_is_one() -> None:
    """The property is absent without one, and says how far it is in use."""
    status, body = await get("/policies/authenticationMethodsPolicy", policy_role=True, sms_provider=TelecomProvider())
    assert 200 == status
    sms, voice = body["authenticationMethodConfigurations"]
    assert (False, 100) == tuple(
        sms["telecomProviderSettings"][name] for name in ("isEvaluationModeEnabled", "migrationPercentage")
    )
    assert "telecomProviderSettings" not in voice
