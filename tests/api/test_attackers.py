"""What each kind of caller can reach who turns against the tenant: nothing above a limit, and nobody's number.

The callers are a help desk with calls for one person alone, a holder of a function key, an approver alone, and an
uploader. Each may call everything; what they get from every route by role is in `test_roles`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.graph.options import Options
from sandbox.graph.person import GLOBAL_ADMINISTRATOR, Person
from sandbox.people import Staff
from shared.api.roles import CallerRole
from tests.api.caller import ENTRA, KEY, SOMEBODY_ELSE, World, api, principal
from tests.flows.small_tenant import number, person

DESK = principal(CallerRole.READ_WRITE)
SUPERVISOR = principal(CallerRole.READ_WRITE, CallerRole.READ_NUMBERS, oid=SOMEBODY_ELSE)
RIGHT, WRONG = person(1), person(2)
GUESS = number(1)
EMAIL_GUESS = "p1@private.example"
EXAMPLES = 2
"""A run of the whole takes seconds; every run of the tests has others."""
_ITS_OWN = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{10}|[0-9a-f]{8}-[0-9a-f-]{27}|person\d+")
"""Ids of runs and people, which differ anyway."""
HINDRANCES: dict[str, dict[str, str]] = {
    "the caller's quota is used up": {"MAX_CALLS_PER_CALLER": "0"},
    "everybody's quota is used up": {"MAX_CALLS_PER_DAY": "0"},
    "too many people have the number": {"MAX_SAME_MOBILE": "1", "MAX_SAME_OFFICE": "1"},
    "numbers are no longer delivered to": {"PHONE_DELIVERY": "microsoft", "PHONE_RETIREMENT_DATE": "2020-01-01"},
    "the country is not allowed": {"ALLOWED_CALLING_CODES": "44"},
    "everybody is protected": {"PROTECTED_IDS": f"{RIGHT.id};{WRONG.id}"},
}
CALLS = {
    "put mobile": ("PUT", "phoneMethods/mobile", {"phoneNumber": GUESS}),
    "patch mobile": ("PATCH", "phoneMethods/mobile", {"phoneNumber": GUESS}),
    "post mobile": ("POST", "phoneMethods", {"phoneNumber": GUESS, "phoneType": "mobile"}),
    "put alternate": ("PUT", "phoneMethods/alternateMobile", {"phoneNumber": GUESS}),
    "put office": ("PUT", "phoneMethods/office", {"phoneNumber": GUESS}),
    "patch office": ("PATCH", "phoneMethods/office", {"phoneNumber": GUESS}),
    "put e-mail": ("PUT", "emailMethods/email", {"emailAddress": EMAIL_GUESS}),
    "patch e-mail": ("PATCH", "emailMethods/email", {"emailAddress": EMAIL_GUESS}),
}


def with_everything(who: Person, phone: str, email: str) -> Person:
    """The person with this number in every slot and with this address."""
    return person(int(who.id[-2:]), phones=dict.fromkeys(("mobile", "alternateMobile", "office"), phone), email=email)


async def called(
    world: World, call: str, who: str, headers: Mapping[str, str] = DESK, query: str = ""
) -> tuple[int, str]:
    method, path, body = CALLS[call]
    answer = await world.http.request(method, f"/users/{who}/{path}{query}", json=body, headers=headers)
    return answer.status_code, _ITS_OWN.sub("…", answer.text)


@pytest.mark.parametrize("hindrance", HINDRANCES)
async def test_what_is_not_written_tells_a_help_desk_nothing_about_a_guess(hindrance: str) -> None:
    """Where a call for a wrong guess is refused, the right one gets the same answer, as often as they like."""
    shared = {"MAX_SAME_MOBILE": "9", "MAX_SAME_OFFICE": "9", "EMAIL_METHODS": "true"}
    async with api(Staff(()), {**ENTRA, **shared, **HINDRANCES[hindrance]}, options=Options(email_role=True)) as world:
        tenant = world.inside.stand_in.tenant
        tenant.put(with_everything(RIGHT, GUESS, EMAIL_GUESS))
        tenant.put(with_everything(WRONG, number(2), "p2@private.example"))
        if "MAX_SAME_MOBILE" in HINDRANCES[hindrance]:
            tenant.put(with_everything(person(3), number(3), "p3@private.example"))
            for call in ("put mobile", "put office", "put e-mail"):
                assert 200 == (await called(world, call, person(3).id, SUPERVISOR))[0]
        before, compared = world.inside.writes, set()
        for call in CALLS:
            wrong = [await called(world, call, WRONG.id) for _ in range(2)]
            if before == world.inside.writes:
                assert wrong == [await called(world, call, RIGHT.id) for _ in range(2)], call
                compared.add(call)

        assert {call for call in CALLS if "e-mail" not in call} <= compared


ADMINISTRATOR = person(9, roles=[GLOBAL_ADMINISTRATOR])
WITH_A_NUMBER, WITHOUT = tuple(range(1, 6)), tuple(range(6, 9))
LIMITS_OF_CALLS = {"MAX_CALLS_PER_CALLER": "2", "MAX_CREATES_BY_CALL_PER_DAY": "2", "MAX_SAME_MOBILE": "2"}
type Phones = dict[str, dict[str, str]]


async def small_tenant(world: World) -> Phones:
    """Five people with a mobile and an office number, three without, and an administrator; their phones."""
    tenant = world.inside.stand_in.tenant
    for index in WITH_A_NUMBER:
        tenant.put(person(index, phones={"mobile": number(index), "office": number(20 + index)}))
    for index in WITHOUT:
        tenant.put(person(index, phones={}))
    tenant.put(ADMINISTRATOR)
    return world.inside.directory()


def replaced(before: Phones, after: Phones) -> set[str]:
    """The people of whom a value is gone."""
    return {one for one, phones in before.items() if phones.items() - after[one].items()}


def given_first(before: Phones, after: Phones) -> set[str]:
    return {one for one, phones in before.items() if after[one].keys() - phones.keys()}


def sharing_too_much(before: Phones, after: Phones, limit: int) -> list[str]:
    """Numbers that more than `limit` people have got as a mobile or alternate mobile."""
    new = [set(after[one].items()) - set(phones.items()) for one, phones in before.items()]
    got = [{value for slot, value in some if slot != "office"} for some in new]
    return [value for value in set().union(*got) if sum(value in some for some in got) > limit]


_call = st.tuples(
    st.sampled_from(["PUT", "PATCH", "POST", "DELETE", "enableSmsSignIn", "disableSmsSignIn"]),
    st.integers(1, 9),
    st.sampled_from(["mobile", "alternateMobile", "office"]),
    st.sampled_from([number(31), number(32), number(1)]),
    st.sampled_from(["", "?preview=true"]),
)


async def of_one_person(world: World, call: tuple[str, int, str, str, str], headers: Mapping[str, str]) -> str:
    verb, who, slot, value, query = call
    path, method = f"/users/{person(who).id}/phoneMethods", verb
    body: dict[str, str] | None = {"phoneNumber": value}
    match verb:
        case "POST":
            body = {"phoneNumber": value, "phoneType": slot}
        case "DELETE":
            path, body = f"{path}/{slot}", None
        case "PUT" | "PATCH":
            path = f"{path}/{slot}"
        case _:
            path, method, body = f"{path}/mobile/{verb}", "POST", None
            query = query or "?confirm=true" * (verb == "disableSmsSignIn")
    answer = await world.http.request(method, f"{path}{query}", json=body, headers=headers)
    return answer.text


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(_call, min_size=5, max_size=25))
async def test_a_help_desk_stays_within_its_quotas_whatever_it_calls(
    calls: list[tuple[str, int, str, str, str]],
) -> None:
    """No administrator, no more people than the quotas, no number for too many people, and no number in an answer."""
    async with api(Staff(()), {**ENTRA, **LIMITS_OF_CALLS}) as world:
        before = await small_tenant(world)
        told = "".join([await of_one_person(world, call, DESK) for call in calls])
        after = world.inside.directory()

        assert before[ADMINISTRATOR.id] == after[ADMINISTRATOR.id]
        assert len(replaced(before, after)) <= 2
        assert len(given_first(before, after) - replaced(before, after)) <= 2
        assert [] == sharing_too_much(before, after, 2)
        assert not re.search(r"\+1 ?20255501", told)


FILE = "\n".join(
    ["employeeId,mobile,office", *(f"E{index},{number(40 + index)},{number(60 + index)}" for index in (1, 2))]
)
CONNECTOR = "5f0c0c8e-6f0e-4a59-9d3e-0c6a52f1b0ff"
CALLERS: dict[str, dict[str, str]] = {
    "an uploader who may approve": principal(CallerRole.UPLOAD, CallerRole.APPROVE, CallerRole.READ_NUMBERS),
    "an approver": principal(CallerRole.APPROVE),
    "an application with every role": principal(*CallerRole, idtyp="app"),
    "a flow of the connector": principal(*CallerRole, azp=CONNECTOR),
}
_DECISIONS = ("approve", "redrive", "cancel", "reject", "mapping", "answers", "forget")


async def decides(world: World, run: str, decision: str, headers: Mapping[str, str]) -> None:
    """One decision about the run, whatever its answer, and what follows from it."""
    stored = await world.inside.stored(run)
    match decision:
        case "forget":
            for layout in (await world.http.get("/layouts", headers=headers)).json().get("value", []):
                await world.http.delete(f"/layouts/{layout['fingerprint']}", headers=headers)
        case "mapping":
            body = {"columns": {"B": "office", "C": "mobile"}}
            etag = {**headers, "If-Match": stored.digest}
            await world.http.post(f"/runs/{run}/mapping", json=body, headers=etag)
        case "answers":
            etag = {**headers, "If-Match": stored.digest}
            await world.http.post(f"/runs/{run}/answers", json={"answers": {"2": "replace"}}, headers=etag)
        case _:
            await world.http.post(f"/runs/{run}/{decision}", headers={**headers, "If-Match": stored.digest})
    await world.inside.pump()


@pytest.mark.parametrize("who", CALLERS)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    decisions=st.lists(st.sampled_from(_DECISIONS), min_size=3, max_size=8),
    rule=st.sampled_from(["held", "always"]),
    query=st.sampled_from(["", "&approval=never", "&approval=limits", "&onExisting=overwrite", "&scope=partial"]),
)
async def test_nobody_gets_a_run_written_alone(decisions: list[str], rule: str, query: str, who: str) -> None:
    """Whatever one caller does with a run that is held, in any order: their own upload, or a dropped file."""
    more = {"REQUIRE_SECOND_PERSON": rule, "APPROVAL": "always", "CONNECTOR_CLIENT_ID": CONNECTOR}
    async with api(Staff(()), {**ENTRA, **more}) as world:
        await small_tenant(world)
        runs = [await world.inside.drop("staff.csv", FILE.encode())]
        headers = {**CALLERS[who], "Content-Type": "text/csv"}
        started = await world.http.post(f"/runs?name=a.csv{query}", content=FILE, headers=headers)
        runs += [started.json()["id"]] if started.status_code == 201 else []
        await world.inside.pump()
        for decision in decisions:
            for run in runs:
                await decides(world, run, decision, CALLERS[who])

        assert 0 == world.inside.writes


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(_DECISIONS), min_size=3, max_size=8), st.sampled_from(["", "&approval=never"]))
async def test_a_function_key_neither_loosens_nor_replaces_a_second_person(decisions: list[str], query: str) -> None:
    """With a second person wanted it gets no run written; and it sees no number."""
    more = {"REQUIRE_SECOND_PERSON": "held", "APPROVAL": "always"}
    async with api(Staff(()), {**KEY, **more}) as world:
        await small_tenant(world)
        headers = {"Content-Type": "text/csv"}
        started = await world.http.post(f"/runs?name=a.csv{query}", content=FILE, headers=headers)
        assert ("looseningNotAllowed" in started.text) is bool(query)
        run = await world.inside.drop("staff.csv", FILE.encode()) if query else started.json()["id"]
        await world.inside.pump()
        for decision in decisions:
            await decides(world, run, decision, {})
        told = [
            await world.http.get(path) for path in (f"/runs/{run}/rows", f"/runs/{run}/plan", f"/runs/{run}/result")
        ]

        assert 0 == world.inside.writes
        assert [200, 403, 403] == [answer.status_code for answer in told]
        assert not re.search(r"\+1 ?20255501", told[0].text)


@pytest.mark.parametrize(
    ("rule", "headers", "status"),
    [
        ("false", CALLERS["an application with every role"], 403),
        ("held", CALLERS["an application with every role"], 403),
        ("held", CALLERS["a flow of the connector"], 403),
        ("held", CALLERS["an approver"], 200),
        ("held", principal(CallerRole.UPLOAD), 403),
    ],
)
async def test_who_may_not_approve_may_not_accept_fewer_administrators(
    rule: str, headers: dict[str, str], status: int
) -> None:
    """An acceptance lets the app write to people whom a shorter list no longer protects."""
    more = {"REQUIRE_SECOND_PERSON": rule, "CONNECTOR_CLIENT_ID": CONNECTOR}
    async with api(Staff(()), {**ENTRA, **more}) as world:
        await small_tenant(world)
        assert status == (await world.http.post("/protected-accounts/accept", headers=headers)).status_code
    async with api(Staff(()), {**KEY, "REQUIRE_SECOND_PERSON": "held"}) as world:
        assert 403 == (await world.http.post("/protected-accounts/accept")).status_code


LIMITS_OF_FILES = {
    "MAX_WRITES_UNAPPROVED": "3",
    "SMALL_SET": "2",
    "MAX_SAME_MOBILE": "2",
    "MAX_UNMANAGED_REPLACED": "0",
}
_line = st.tuples(
    st.integers(1, 9),
    st.sampled_from([number(31), number(32), number(33), number(1), ""]),
    st.sampled_from(["", number(34)]),
)
_upload = st.tuples(
    st.lists(_line, min_size=1, max_size=4),
    st.sampled_from(
        ["", "&approval=never", "&onExisting=overwrite", "&onExisting=keep", "&scope=full", "&preview=true"]
    ),
    st.sampled_from(["a.csv", "full/a.csv", "../preview/a.csv"]),
)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(_upload, min_size=2, max_size=6), st.lists(st.sampled_from(_DECISIONS), max_size=4))
async def test_an_uploader_stays_within_the_limits_whatever_they_send(
    uploads: list[tuple[list[tuple[int, str, str]], str, str]], decisions: list[str]
) -> None:
    """In any number of files: nobody's own value is replaced, nobody is written to above the quota."""
    uploader = principal(CallerRole.UPLOAD)
    async with api(Staff(()), {**ENTRA, **LIMITS_OF_FILES}) as world:
        before = await small_tenant(world)
        for lines, query, name in uploads:
            rows = [f"E{index},{mobile},{office}" for index, mobile, office in lines]
            content = "\n".join(["employeeId,mobile,office", *rows])
            headers = {**uploader, "Content-Type": "text/csv"}
            started = await world.http.post(f"/runs?name={name}{query}", content=content, headers=headers)
            await world.inside.pump()
            for decision in decisions if started.status_code == 201 else ():
                await decides(world, started.json()["id"], decision, uploader)
        after = world.inside.directory()

        assert set() == replaced(before, after)
        assert before[ADMINISTRATOR.id] == after[ADMINISTRATOR.id]
        assert len(given_first(before, after)) <= 3
        assert [] == sharing_too_much(before, after, 2)
