"""The HTTP API through the whole system: the host on Microsoft's runtime, Easy Auth's headers, Azurite, the stand-in.

Each rule is one that Graph's documentation or the older connector states of an operation.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import pytest_asyncio

from sandbox.exports import write_export
from sandbox.graph.person import Person
from sandbox.people import make_staff
from sandbox.system import WITHOUT_QUESTIONS, Sandbox
from shared.adapters.graph.method_ids import METHOD_IDS
from shared.api.guard import PRINCIPAL_HEADER
from shared.api.roles import CallerRole
from shared.core.values.slot import PhoneType
from tests.answers import HOOKS
from tests.api.caller import ENTRA, principal
from tests.watch import Watch

pytestmark = pytest.mark.asyncio(loop_scope="module")

STAFF = make_staff(10)
PHONES, MOBILE, EMAIL = "phoneMethods", "phoneMethods/mobile", "emailMethods/email"
ALTERNATE, OFFICE = (f"phoneMethods/{METHOD_IDS[kind]}" for kind in (PhoneType.ALTERNATE_MOBILE, PhoneType.OFFICE))
A, B, C = "+1 2025550101", "+1 2025550102", "+1 2025550103"
RUN_SECONDS = 120
SETTINGS = {**ENTRA, **WITHOUT_QUESTIONS, "LOOK_UP_RETRY_SECONDS": "1", "RESOLVE_SECONDS": "2", "APPROVAL": "always"}
ANNA, OTTO, DORA = (f"00000000-0000-4000-8000-00000000000{number}" for number in (1, 2, 3))
PEOPLE = [
    Person(id=ANNA, userPrincipalName="anna#EXT#@contoso.example", smsSignInState="notConfigured"),
    Person(id=OTTO, userPrincipalName="otto@contoso.example", phones={"mobile": C}, smsSignInState="ready"),
    Person(
        id=DORA, userPrincipalName="dora@contoso.example", phones={"mobile": B}, smsSignInState="notAllowedByPolicy"
    ),
]


@dataclass
class OnePerson:
    """Calls for one person, with every role."""

    http: httpx.AsyncClient
    users: str

    async def __call__(self, verb: str, path: str, expected: int | str, body: Any = None, user: str = ANNA) -> Any:
        """`expected` is the status of a success or the code of a refusal; gives the answer's body."""
        answer = await self.http.request(verb, f"{self.users}/{user}/{path}", json=body)
        content = answer.json() if answer.content else {}
        assert expected == (answer.status_code if answer.is_success else content["error"]["code"]), content
        return content


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandbox(tmp_path_factory: pytest.TempPathFactory, watch: Watch) -> AsyncIterator[Sandbox]:
    """One system for all tests here, whose people are not the same; nothing leaks into its logs."""
    folder, switches = tmp_path_factory.mktemp("system"), {"email_role": True}
    async with Sandbox(folder, STAFF, settings={**SETTINGS, "EMAIL_METHODS": "true"}, graph_switches=switches) as found:
        tenant = STAFF.as_tenant()
        people = [*tenant["people"], *(person.to_json() for person in PEOPLE)]
        await found.graph_control("POST", "seed", {**tenant, "people": people})
        yield found
    watch.read(folder)
    watch.what_is_left()


async def test_each_rule_of_the_operations_on_one_person(sandbox: Sandbox) -> None:
    """List, create, get, update, delete and SMS sign-in answer as documented; no number or name is in the log."""
    async with httpx.AsyncClient(headers=principal(*CallerRole), timeout=60, event_hooks=HOOKS) as http:
        call = OnePerson(http, f"{sandbox.host.url}/api/v1/users")
        await rules_of_numbers(call)
        await rules_of_sms_sign_in(call)
        await sandbox.graph_control("POST", f"people/{ANNA}", {"defaultMethod": "mobile"})
        refused = (await call("DELETE", MOBILE, "defaultMethod"))["error"]
        assert "choose another default" in refused["message"]
        assert refused["innerError"]["request-id"]
        await rules_of_addresses(call)
        http.headers.pop(PRINCIPAL_HEADER)
        await call("GET", PHONES, "notAuthenticated")
    log = sandbox.host.log.read_text()
    assert [] == [private for private in ("anna", "otto", "2025550", "example.com") if private in log]


async def rules_of_numbers(call: OnePerson) -> None:
    assert [] == (await call("GET", PHONES, 200))["value"]
    await call("POST", PHONES, "alternateNeedsMobile", {"phoneNumber": B, "phoneType": "alternateMobile"})
    await call("PATCH", MOBILE, "methodNotFound", {"phoneNumber": A})
    created = await call("POST", PHONES, 201, {"phoneNumber": A, "phoneType": "mobile"})
    assert (METHOD_IDS[PhoneType.MOBILE], "mobile", A) == (created["id"], created["phoneType"], created["phoneNumber"])
    await call("POST", PHONES, "methodExists", {"phoneNumber": B, "phoneType": "mobile"})
    await call("PUT", ALTERNATE, 201, {"phoneNumber": B})
    await call("PUT", OFFICE, 201, {"phoneNumber": f"{C}x123", "phoneType": "office"})
    listed = (await call("GET", PHONES, 200, user="anna%23EXT%23@contoso.example"))["value"]
    numbers = {method["phoneType"]: method["phoneNumber"] for method in listed}
    assert {"mobile": A, "alternateMobile": B, "office": f"{C}x123"} == numbers
    assert {"id", "phoneNumber", "phoneType", "smsSignInState"} == set(listed[0])
    assert B == (await call("GET", ALTERNATE, 200))["phoneNumber"]

    await call("PATCH", MOBILE, "phoneTypeFixed", {"phoneNumber": B, "phoneType": "office"})
    await call("PUT", MOBILE, "extensionOfficeOnly", {"phoneNumber": f"{A}x9"})
    await call("DELETE", MOBILE, "alternateNeedsMobile")
    advanced = await call("PATCH", MOBILE, 200, {"phoneNumber": B})
    assert (A, B, "updated") == (advanced["old"], advanced["new"], advanced["outcome"])
    await call("DELETE", ALTERNATE, 204)
    await call("DELETE", ALTERNATE, 204)


async def rules_of_sms_sign_in(call: OnePerson) -> None:
    enable, disable = f"{MOBILE}/enableSmsSignIn", f"{MOBILE}/disableSmsSignIn?confirm=true"
    await call("POST", f"{ALTERNATE}/enableSmsSignIn", "smsSignInMobileOnly")
    await call("POST", f"{MOBILE}/disableSmsSignIn", "confirmationMissing")
    assert "removed" == (await call("POST", disable, 200))["outcome"]
    assert "ready" == (await call("POST", enable, 200))["smsSignInState"]
    await call("POST", enable, "disabledByPolicy", user=DORA)
    await call("POST", disable, 200)
    await call("PATCH", MOBILE, 200, {"phoneNumber": C})
    await call("POST", enable, "phoneNumberNotUnique")
    assert "unchanged" == (await call("POST", enable, 200, user=OTTO))["outcome"]


async def rules_of_addresses(call: OnePerson) -> None:
    assert [] == (await call("GET", "emailMethods", 200))["value"]
    await call("POST", "emailMethods", 201, {"emailAddress": "anna@example.com"})
    await call("POST", "emailMethods", "methodExists", {"emailAddress": "other@example.com"})
    await call("PATCH", EMAIL, 200, {"emailAddress": "other@example.com"})
    assert "other@example.com" == (await call("GET", EMAIL, 200))["emailAddress"]
    await call("DELETE", EMAIL, 204)
    await call("GET", EMAIL, "methodNotFound")


async def test_each_operation_on_runs(sandbox: Sandbox) -> None:
    """An upload in a form is held, approved by its ETag, followed to its end and fetched; all else answers too."""
    api = f"{sandbox.host.url}/api/v1"
    async with httpx.AsyncClient(
        headers={**principal(*CallerRole), "X-Requested-With": "tests"}, timeout=60, event_hooks=HOOKS
    ) as http:

        async def until(path: str, *states: str) -> httpx.Response:
            end = time.monotonic() + RUN_SECONDS
            while time.monotonic() < end:
                answer = await http.get(api + path)
                if answer.json()["state"] in states and (answer.json()["isFinished"] or "held" in states):
                    return answer
                await asyncio.sleep(min(1.0, float(answer.headers["Retry-After"])))
            raise TimeoutError(answer.text)

        started = await http.post(f"{api}/runs", files={"file": ("staff.xlsx", write_export(STAFF))})
        path = started.headers["Location"].removeprefix("/api/v1")
        assert 201 == started.status_code
        held = await until(path, "held")
        assert 200 == (await http.get(f"{api}{path}/plan")).status_code
        approved = await http.post(f"{api}{path}/approve", headers={"If-Match": held.headers["ETag"]})
        assert 200 == approved.status_code
        end = await until(path, "finished")
        assert STAFF.expected_counts == end.json()["counts"]
        rows = (await http.get(f"{api}{path}/rows?$top=3")).json()
        following = (await http.get(rows["@odata.nextLink"])).json()
        assert 6 == len({row["row"] for row in rows["value"] + following["value"]})
        assert b"PK" == (await http.get(f"{api}{path}/result")).content[:2]

        second = (await http.post(f"{api}/runs", content=b"PK", headers={"Content-Type": "text/csv"})).json()["id"]
        assert "failed" == (await until(f"/runs/{second}", "failed")).json()["state"]
        codes = {
            verb: (await http.post(f"{api}/runs/{second}/{verb}", headers={"If-Match": "x"})).json()["error"]["code"]
            for verb in ("approve", "reject", "cancel", "redrive")
        }
        assert {
            "approve": "runNotHeld", "reject": "runNotHeld",
            "cancel": "runNotCancellable", "redrive": "runNotRedrivable",
        } == codes  # fmt: skip

        reconcile = (await http.post(f"{api}/runs", json={"source": "reconcile"})).json()["id"]
        await until(f"/runs/{reconcile}", "finished")
        assert reconcile == (await http.get(f"{api}/drift")).json()["run"]
        history = (await http.get(f"{api}/runs?state=finished&$top=1")).json()
        assert [reconcile] == [run["id"] for run in history["value"]]
        assert 204 == (await http.post(f"{api}/sweep")).status_code
        assert b"PK" == (await http.get(f"{api}/template.xlsx")).content[:2]
        assert "3.1.0" == (await http.get(f"{api}/openapi.json")).json()["openapi"]
        deep = (await http.get(f"{api}/health?deep=true")).json()
        assert {"ok"} == {check["status"] for check in deep["checks"] if check["check"] in {"token", "tables"}}
