"""The control path: what tests and people may do behind the callers' backs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from sandbox.graph.person import GLOBAL_ADMINISTRATOR, Group, Person
from sandbox.graph.stand_in import StandIn
from sandbox.graph.wire import StandInApp
from tests.sandbox.graph_client import ALEX, BO, ONE, THREE, TWO, caller_of, methods_of, person, stand_in_for


class Control:
    """The control path of one stand-in."""

    def __init__(self, client: httpx.AsyncClient, stand_in: StandIn) -> None:
        self.client = client
        self.stand_in = stand_in

    async def get(self, path: str) -> Any:
        return (await self.client.get(f"/control{path}")).json()

    async def post(self, path: str, content: Any = None) -> Any:
        """The answer's JSON; fails the test unless it is 200."""
        answer = await self.client.post(f"/control{path}", json=content)
        assert 200 == answer.status_code, answer.text
        return answer.json()

    async def complaint(self, path: str, content: Any) -> str:
        """What is said when it cannot be done."""
        answer = await self.client.post(f"/control{path}", json=content)
        assert 400 == answer.status_code
        message: str = answer.json()["error"]["message"]
        return message


@pytest.fixture
async def control() -> AsyncIterator[Control]:
    """Of a tenant with one person, who has a mobile and an office phone and is in a group."""
    alex = person(ALEX, phones={"mobile": ONE, "office": TWO}, groups=["g"])
    stand_in = stand_in_for(alex, groups=(Group(id="g", displayName="Pilot"),))
    transport = httpx.ASGITransport(app=StandInApp(stand_in))
    async with httpx.AsyncClient(transport=transport, base_url="http://graph.test") as client:
        yield Control(client, stand_in)


def numbers(stand_in: StandIn, who: str = ALEX) -> dict[str, str]:
    return {str(name): number for name, number in stand_in.tenant.people[who].methods.items()}


async def test_a_person_can_be_changed(control: Control) -> None:
    """Numbers are merged type by type, other fields replaced, and the answer is the person as they are now."""
    changes = {"phones": {"mobile": THREE, "office": None, "alternateMobile": ONE}, "accountEnabled": False}
    answer = await control.post(f"/people/{ALEX}", changes)
    assert {"mobile": THREE, "alternateMobile": ONE} == numbers(control.stand_in)
    assert (False, {"mobile": THREE, "alternateMobile": ONE}) == (answer["accountEnabled"], answer["phones"])


async def test_a_person_can_be_made_an_administrator_and_back(control: Control) -> None:
    """`admin` is short for the Global Administrator role."""
    assert [GLOBAL_ADMINISTRATOR] == (await control.post(f"/people/{ALEX}", {"admin": True}))["roles"]
    assert [] == (await control.post(f"/people/{ALEX}", {"admin": False}))["roles"]


async def test_a_default_method_can_be_set_and_goes_with_its_number(control: Control) -> None:
    """Taking the number away takes what hung on it."""
    await control.post(f"/people/{ALEX}", {"defaultMethod": "mobile", "smsSignInState": "ready"})
    assert "mobile" == control.stand_in.tenant.people[ALEX].default_method
    person_now = await control.post(f"/people/{ALEX}", {"phones": {"mobile": None}})
    assert (None, "notConfigured") == (person_now["defaultMethod"], person_now["smsSignInState"])


async def test_an_email_method_can_be_set_and_taken_away(control: Control) -> None:
    """`email` is the method, and null is none."""
    person_now = await control.post(f"/people/{ALEX}", {"email": "alex@example.com"})
    assert person_now["email"] == control.stand_in.tenant.people[ALEX].email == "alex@example.com"
    assert (await control.post(f"/people/{ALEX}", {"email": None}))["email"] is None


async def test_a_person_can_join(control: Control) -> None:
    """An id that is not there yet makes a new person."""
    await control.post(f"/people/{BO}", {"userPrincipalName": "bo@contoso.example", "phones": {"mobile": ONE}})
    assert {"mobile": ONE} == numbers(control.stand_in, BO)


@pytest.mark.parametrize(
    ("path", "content", "complaint"),
    [
        (f"/people/{ALEX}", {"phones": {"mobile": "12"}}, "not in the format"),
        (f"/people/{ALEX}", {"phones": {"mobile": None, "alternateMobile": ONE}}, "alternateMobile without a mobile"),
        (f"/people/{ALEX}", {"phones": [ONE]}, "a JSON object is expected"),
        (f"/people/{ALEX}", {"email": "alex"}, "a malformed e-mail address"),
        (f"/people/{ALEX}", {"onPremisesExtensionAttributes": {"x": "y"}}, "an unknown extension attribute"),
        (f"/people/{ALEX}", {"colour": "red"}, "colour: Unexpected keyword"),
        (f"/people/{BO}", {}, "userPrincipalName: Field required"),
        ("/seed", {"people": {}}, "a JSON list is expected"),
        ("/seed", {"persons": []}, "not persons"),
        ("/seed", [{"id": ALEX}], "userPrincipalName: Field required"),
        ("/seed", {"people": [], "options": {"colour": "red"}}, "colour: Unexpected keyword"),
        ("/reset", {"options": {"rule_answer": "300"}}, "rule_answer: Input should be '400'"),
        ("/reset", {"options": {"cloud": "moon"}}, "cloud: Input should be 'global'"),
        ("/inject", {"kind": "flood"}, "kind: Input should be 'status'"),
        ("/inject", {"kind": "status", "on": "x"}, "is called x"),
        ("/inject", [1], "a JSON object is expected"),
    ],
)
async def test_what_cannot_be_done_is_explained(control: Control, path: str, content: Any, complaint: str) -> None:
    """400 with a sentence, and the tenant stays as it was."""
    assert complaint in await control.complaint(path, content)
    assert {"mobile": ONE, "office": TWO} == numbers(control.stand_in)


async def test_an_unknown_control_is_named(control: Control) -> None:
    """501 lists what there is."""
    answer = await control.client.get("/control/weather")
    assert 501 == answer.status_code
    assert "POST /control/people/{id}" in answer.json()["error"]["message"]


async def test_a_dump_can_be_restored(control: Control) -> None:
    """The tenant comes back exactly, and the books go on."""
    dump = await control.get("/dump")
    async with caller_of(control.stand_in) as caller:
        await caller.delete(methods_of(ALEX, "e37fc753-ff3b-4958-9484-eaa9425c82bc"))
    await control.post(f"/people/{BO}", {"userPrincipalName": "bo@contoso.example"})
    await control.post("/restore", dump)
    assert await control.get("/dump") == dump
    assert {"phoneMethods.delete": 1} == control.stand_in.stats.committed


async def test_people_survive_json(control: Control) -> None:
    """Every field of a person and of a group goes through a dump unchanged."""
    full = Person(
        id=BO,
        userPrincipalName="bo@contoso.example",
        displayName="Bo",
        mail="bo@example.com",
        employeeId="2",
        usageLocation="FR",
        accountEnabled=False,
        userType="Guest",
        mobilePhone="1",
        businessPhones=["2"],
        otherMails=["bo@private.example.com"],
        onPremisesExtensionAttributes={"extensionAttribute15": "x"},
        phones={"mobile": TWO},
        email="bo@private.example.com",
        department="D",
        other_methods=["passKeySynced"],
        default_method="mobile",
        smsSignInState="ready",
        roles=["r"],
        eligible_roles=["e"],
        groups=["g"],
        restricted=True,
        deleted=True,
    )
    group = Group(
        id="g",
        displayName="G",
        roles=["r"],
        eligible_roles=["e"],
        groups=["h"],
        isAssignableToRole=True,
        visibility="HiddenMembership",
        owners=[BO],
        eligible_members=[BO],
        eligible_owners=[BO],
    )
    await control.post("/seed", {"people": [full.to_json()], "groups": [group.to_json()]})
    assert await control.get("/dump") == {"people": [full.to_json()], "groups": [group.to_json()]}
    assert Person.from_json(full.to_json()) == full


async def test_a_seed_begins_anew(control: Control) -> None:
    """Other people and switches, no faults, empty books."""
    await control.post("/inject", {"kind": "status"})
    answer = await control.post("/seed", {"people": [person(BO).to_json()], "options": {"premium": False}})
    assert {"people": 1, "groups": 0} == answer
    assert [BO] == list(control.stand_in.tenant.people)
    assert control.stand_in.options.premium is False
    assert [] == control.stand_in.faults.in_force()
    assert {} == (await control.get("/stats"))["requests"]


async def test_a_reset_goes_back_to_the_beginning(control: Control) -> None:
    """The first people and switches, whatever was seeded since, with those switches changed that are named."""
    await control.post("/seed", {"people": [], "options": {"premium": False}})
    await control.post("/reset", {"options": {"latency_ms": 5, "units": {"amount": 10, "seconds": 1}}})
    options = control.stand_in.options
    assert (True, 5, 10) == (options.premium, options.latency_ms, options.units and options.units.amount)
    assert {"mobile": ONE, "office": TWO} == numbers(control.stand_in)
    await control.post("/reset")
    assert 0 == control.stand_in.options.latency_ms


async def test_faults_are_injected_and_listed(control: Control) -> None:
    """The answer lists all in force, with what is left of them."""
    await control.post("/inject", {"kind": "status", "on": "users.*", "count": 2})
    async with caller_of(control.stand_in) as caller:
        assert 503 == (await caller.get("/users")).status_code
    in_force = await control.post("/inject", [{"kind": "drop", "probability": 0.1}])
    assert [("status", 1), ("drop", None)] == [(fault["kind"], fault["count"]) for fault in in_force]


async def test_the_books_add_up(control: Control) -> None:
    """Requests by kind and process, units and writes, statuses and 429s, writes that took effect, and faults."""
    await control.post(
        "/inject", {"kind": "commit-then-status", "on": "phoneMethods.delete", "status": 504, "count": 1}
    )
    async with caller_of(control.stand_in, "seven") as caller:
        await caller.get("/users")
        await caller.delete(methods_of(ALEX, "e37fc753-ff3b-4958-9484-eaa9425c82bc"))
        await control.post("/inject", {"kind": "throttle", "on": "phoneMethods.list"})
        await caller.get(methods_of(ALEX))
    assert {
        "requests": {"token": 1, "users.list": 1, "phoneMethods.delete": 1, "phoneMethods.list": 1},
        "requestsByProcess": {"seven": 3},
        "statuses": {"200": 1, "504": 1, "429": 1},
        "throttled": {"phoneMethods.list": 1},
        "throttledByProcess": {"seven": 1},
        "committed": {"phoneMethods.delete": 1},
        "faults": {"commit-then-status": 1, "throttle": 1},
        "unitsOffered": 4,
        "unitsServed": 4,
        "unitsServedByKind": {"users.list": 2, "phoneMethods.delete": 1, "phoneMethods.list": 1},
        "writesOffered": 1,
        "writesServed": 1,
        "peakInFlight": 1,
    } == await control.get("/stats")


@pytest.mark.parametrize(("switch", "committed"), [("409-stored", 1), ("409-not-stored", 0), ("201-stored", 1)])
async def test_a_number_stored_under_a_refusal_is_booked(switch: str, committed: int) -> None:
    """The counts are of what took effect, whatever the caller's answer was."""
    holder = person(BO, phones={"mobile": TWO}, smsSignInState="ready")
    stand_in = stand_in_for(holder, person(ALEX, smsSignInState="notConfigured"), taken_number=switch)
    async with caller_of(stand_in) as caller:
        await caller.post(methods_of(ALEX), json={"phoneNumber": TWO, "phoneType": "mobile"})
    assert stand_in.stats.committed["phoneMethods.create"] == committed == len(numbers(stand_in))


async def test_findings_are_told_as_data_and_as_sentences(control: Control) -> None:
    """Each has its kind, its process, how often, and a sentence for people."""
    async with caller_of(control.stand_in) as caller:
        await caller.get("/users")
    assert {
        "kind": "role-not-needed",
        "process": "identity",
        "text": "the role GroupMember.Read.All is granted, but no request needed it",
        "times": 1,
        "sentence": "identity: the role GroupMember.Read.All is granted, but no request needed it",
    } == (await control.get("/findings"))[0]
