"""Settings that switch a feature: flows, API, doctor, permissions and docs say the same of each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from sandbox.graph.options import Options
from sandbox.graph.permissions import APP_ROLES, EMAIL_WRITE, MEMBERS_READ, ROLES_READ
from sandbox.graph.person import GLOBAL_ADMINISTRATOR, Group, Person
from sandbox.people import Staff
from shared.app import App
from shared.core.call import RemoveEmail, SetEmail, SingleCall
from shared.core.run.row import Row
from shared.core.run.run import Run
from shared.core.values.errors import PermanentError
from shared.core.values.slot import EmailAddress, PhoneType, Slot
from shared.core.values.states import RowState, RunState
from shared.doctor.findings import DoctorCheck, Status
from shared.read_settings import read_settings
from testing.in_memory import InMemory, app_beside, in_memory
from tests.api.caller import ENTRA, api

PERSON = "00000000-0000-4000-8000-000000000001"
NUMBER, OTHER_NUMBER, ADDRESS = "+1 2025550101", "+1 2025550102", "jan@example.com"
NO_ADMINS = {"PROTECT_ADMINS": "false"}
WITH_MOBILE = Person(id=PERSON, userPrincipalName="p@contoso.example", phones={"mobile": NUMBER})
DOCS = Path(__file__).parent.parent / "docs"
GROUP, PROTECTED = "00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b"
OFF = pytest.mark.parametrize("off", [{}, {"EMAIL_METHODS": "false"}], ids=["not set", "false"])
ON: tuple[dict[str, str], ...] = (
    {"EMAIL_METHODS": "true"},
    {"COLUMN_MAP": "Privat=email"},
    {"COLUMN_MAP": "Privat = Email"},
    {"DIRECTORY_SOURCE": "email=otherMails"},
    {"EMAIL_METHODS": "true", "COLUMN_MAP": "Privat=email"},
)


@asynccontextmanager
async def world_with(person: Person, *roles: str, **settings: str) -> AsyncIterator[InMemory]:
    options = Options(roles=(*APP_ROLES, *roles))
    async with in_memory(Staff(()), {"ALLOW_REMOVALS": "true", **settings}, options) as world:
        world.stand_in.tenant.put(person)
        yield world


async def drop(world: InMemory, text: str) -> tuple[Run, Row]:
    run = await world.run_to_end("a.csv", text.encode())
    return run, await anext(aiter(world.app.rows.in_order(run)))


def email_requests(world: InMemory) -> int:
    return sum(count for name, count in world.stand_in.stats.requests.items() if name.startswith("emailMethods"))


@pytest.mark.parametrize("settings", ON)
def test_e_mail_methods_are_on_where_a_setting_names_them(settings: Mapping[str, str]) -> None:
    """`COLUMN_MAP` and `DIRECTORY_SOURCE` count, in any spelling; nothing else does."""
    assert read_settings(settings).uses_email_methods()
    assert not read_settings({}).uses_email_methods()
    assert not read_settings({"COLUMN_MAP": "Mail=mail", "DIRECTORY_SOURCE": "mobile=mobilePhone"}).uses_email_methods()


@pytest.mark.parametrize("settings", [one for one in ON if "EMAIL_METHODS" not in one])
def test_a_setting_that_contradicts_the_switch_is_complained_of(settings: Mapping[str, str]) -> None:
    """The complaint names both settings."""
    with pytest.raises(PermanentError) as refused:
        read_settings({**settings, "EMAIL_METHODS": "false"})
    assert "invalidSettings" == refused.value.code
    assert all(name in refused.value.message for name in (*settings, "EMAIL_METHODS"))


@OFF
@pytest.mark.parametrize(
    "heading",
    ["privateEmail", "authenticationEmail", "Private e-mail", "Kontakt", "", "E-Mail privat 2", "Partner e-mail"],
)
async def test_a_column_of_addresses_costs_no_person_the_phone(off: Mapping[str, str], heading: str) -> None:
    """The column is ignored, the summary says so once, and no row does; Graph is not asked for an address."""
    person = replace(WITH_MOBILE, phones={})
    async with world_with(person, **off) as world:
        run, row = await drop(world, f"objectId,mobile,{heading}\n{PERSON},{NUMBER},{ADDRESS}\n")

        assert (RunState.FINISHED, RowState.CREATED) == (run.state, row.state), run.message
        assert [Slot.MOBILE.value] == [one.slot for one in row.slots]
        assert run.mapping is not None
        expected = "about another person" if "Partner" in heading else "e-mail addresses are not used"
        assert f"ignored: {expected}" == run.mapping.columns[2].meaning
        assert 0 == email_requests(world)


@OFF
async def test_a_file_of_addresses_alone_is_refused(off: Mapping[str, str]) -> None:
    async with world_with(WITH_MOBILE, **off) as world:
        run = await world.run_to_end("a.csv", f"objectId,privateEmail\n{PERSON},{ADDRESS}\n".encode())
        assert (RunState.FAILED, "noPhoneColumn") == (run.state, run.code)


@OFF
@pytest.mark.parametrize("action", [SetEmail(ADDRESS), RemoveEmail()], ids=repr)
async def test_calls_are_refused_before_graph_is_asked(off: Mapping[str, str], action: SetEmail | RemoveEmail) -> None:
    """Doing, previewing and reading; nobody learns whether there is such a person."""
    async with world_with(WITH_MOBILE, **off) as world:
        calls = world.app.single_calls
        for asked in (
            calls.do(SingleCall(PERSON, action, "x")),
            calls.preview(SingleCall("no@one.example", action, "x")),
        ):
            with pytest.raises(PermanentError) as refused:
                await asked
            assert "emailMethodsOff" == refused.value.code
        with pytest.raises(PermanentError, match="e-mail"):
            await calls.read(PERSON, email=True)
        assert not world.stand_in.stats.requests


@asynccontextmanager
async def switched_off(world: InMemory) -> AsyncIterator[App]:
    """The same installation after a restart with EMAIL_METHODS=false."""
    settings = {"ALLOW_REMOVALS": "true", "RECONCILE_MODE": "repair", "EMAIL_METHODS": "false"}
    async with app_beside(world.stand_in, settings, world.clock, world.storage) as (app, _):
        before, world.host.app = world.host.app, app
        try:
            yield app
        finally:
            world.host.app = before


async def test_what_was_planned_before_the_switch_writes_no_address() -> None:
    """A held run that is approved after the restart: its plan covers an address, so nothing of the row is written."""
    async with world_with(WITH_MOBILE, EMAIL_WRITE, EMAIL_METHODS="true", APPROVAL="always") as world:
        held, _ = await drop(world, f"objectId,mobile,privateEmail\n{PERSON},{NUMBER},{ADDRESS}\n")
        async with switched_off(world) as app:
            await app.decisions.approve(held.id, held.digest, "someone")
            asked = email_requests(world)
            await world.pump()
            row = await anext(aiter(app.rows.in_order(await world.stored(held.id))))

            assert (RowState.REFUSED, "emailMethodsOff") == (row.state, row.code)
            assert (None, asked) == (world.stand_in.tenant.people[PERSON].email, email_requests(world))


async def test_a_reconcile_repairs_no_address_after_the_switch() -> None:
    """Neither an address that the app wrote is read, nor is it written again, nor a chosen column of addresses used."""
    async with world_with(WITH_MOBILE, EMAIL_WRITE, EMAIL_METHODS="true") as world:
        _, row = await drop(world, f"objectId,mobile,privateEmail\n{PERSON},{NUMBER},{ADDRESS}\n")
        assert RowState.CREATED is row.state
        world.stand_in.tenant.people[PERSON].email = None
        world.stand_in.tenant.people[PERSON].methods.clear()
        async with switched_off(world) as app:
            asked = email_requests(world)
            await app.reconcile()
            await world.pump()

            assert {"mobile": NUMBER} != world.stand_in.tenant.people[PERSON].methods
            assert (None, asked) == (world.stand_in.tenant.people[PERSON].email, email_requests(world))
            base = (await app.people.get(PERSON)).base()
            assert EmailAddress(ADDRESS) == base.get(Slot.EMAIL)


ROUTES = (
    ("GET", "emailMethods", None),
    ("GET", "emailMethods/email", None),
    ("POST", "emailMethods", {"emailAddress": ADDRESS}),
    ("POST", "emailMethods?preview=true", {"emailAddress": ADDRESS}),
    ("PUT", "emailMethods/email", {"emailAddress": ADDRESS}),
    ("PATCH", "emailMethods/email", {"emailAddress": ADDRESS}),
    ("DELETE", "emailMethods/email", None),
)


@OFF
async def test_every_route_of_e_mail_methods_answers_403(off: Mapping[str, str]) -> None:
    """With the code that says why; the same routes of phone methods work."""
    async with api(Staff(()), {**ENTRA, **off}) as world:
        world.inside.stand_in.tenant.put(WITH_MOBILE)
        for method, path, body in ROUTES:
            answer = await world.http.request(method, f"/users/{PERSON}/{path}", json=body)
            assert (403, "emailMethodsOff") == (answer.status_code, answer.json()["error"]["code"]), (method, path)
        assert 200 == (await world.http.get(f"/users/{PERSON}/phoneMethods")).status_code
        assert 0 == email_requests(world.inside)


MEMBER = replace(WITH_MOBILE, smsSignInState="notEnabled", groups=(PROTECTED,))


@dataclass(frozen=True)
class Switch:
    """A feature, switched on and off: what a row that needs it ends with, and how a call for the person is answered."""

    on: Mapping[str, str]
    off: Mapping[str, str]
    cells: Mapping[str, str]
    off_outcome: tuple[RowState, str]
    on_outcome: RowState = RowState.UPDATED
    person: Person = MEMBER
    call: tuple[str, str, Mapping[str, str] | None] = ("PUT", "phoneMethods/mobile", {"phoneNumber": OTHER_NUMBER})
    off_call: int = 200
    """Calls are explicit: only what protects people, or what the tenant does not use at all, refuses them."""


SWITCHES = {
    "EMAIL_METHODS": Switch(
        {"EMAIL_METHODS": "true"},
        {},
        {"mobile": NUMBER, "privateEmail": ADDRESS},
        (RowState.UNCHANGED, "alreadySet"),
        RowState.CREATED,
        call=("PUT", "emailMethods/email", {"emailAddress": ADDRESS}),
        off_call=403,
    ),
    "SMS_SIGN_IN": Switch(
        {"SMS_SIGN_IN": "column"},
        {},
        {"mobile": NUMBER, "smsSignIn": "yes"},
        (RowState.REFUSED, "smsSignInNotAllowed"),
        call=("POST", "phoneMethods/mobile/enableSmsSignIn", None),
    ),
    "ALLOW_REMOVALS": Switch(
        {"ALLOW_REMOVALS": "true", "MAX_REMOVALS_UNAPPROVED": "1"},
        {"ALLOW_REMOVALS": "false"},
        {"mobile": "remove"},
        (RowState.REFUSED, "removalNotAllowed"),
        RowState.REMOVED,
        call=("DELETE", "phoneMethods/mobile", None),
        off_call=204,
    ),
    "PILOT_GROUP_ID": Switch(
        {}, {"PILOT_GROUP_ID": GROUP}, {"mobile": OTHER_NUMBER}, (RowState.REFUSED, "notInPilot"), off_call=403
    ),
    "PROTECTED_GROUP_ID": Switch(
        {},
        {"PROTECTED_GROUP_ID": PROTECTED},
        {"mobile": OTHER_NUMBER},
        (RowState.REFUSED, "protectedAccount"),
        off_call=403,
    ),
    "PROTECTED_IDS": Switch(
        {}, {"PROTECTED_IDS": PERSON}, {"mobile": OTHER_NUMBER}, (RowState.REFUSED, "protectedAccount"), off_call=403
    ),
    "PROTECT_ADMINS": Switch(
        {"PROTECT_ADMINS": "false"},
        {},
        {"mobile": OTHER_NUMBER},
        (RowState.REFUSED, "protectedAccount"),
        person=replace(WITH_MOBILE, roles=(GLOBAL_ADMINISTRATOR,)),
        off_call=403,
    ),
    "ALLOWED_CALLING_CODES": Switch(
        {"ALLOWED_CALLING_CODES": "1;49"},
        {"ALLOWED_CALLING_CODES": "49"},
        {"mobile": OTHER_NUMBER},
        (RowState.REFUSED, "callingCodeNotAllowed"),
        off_call=422,
    ),
    "ON_EXISTING": Switch(
        {"ON_EXISTING": "merge"}, {"ON_EXISTING": "keep"}, {"mobile": OTHER_NUMBER}, (RowState.KEPT, "keptByPolicy")
    ),
}


def furnish(world: InMemory, person: Person) -> None:
    for group in (GROUP, PROTECTED):
        world.stand_in.tenant.groups[group] = Group(id=group)
    world.stand_in.tenant.put(person)


@pytest.mark.parametrize("name", SWITCHES)
async def test_a_row_honours_the_switch(name: str) -> None:
    """Off and on, and the setting is documented."""
    switch = SWITCHES[name]
    assert f"`{name}`" in (DOCS / "settings.md").read_text()
    for settings, (state, code) in ((switch.off, switch.off_outcome), (switch.on, (switch.on_outcome, ""))):
        async with in_memory(Staff(()), settings, Options(roles=(*APP_ROLES, EMAIL_WRITE))) as world:
            furnish(world, switch.person)
            cells = switch.cells
            row = (await drop(world, f"{','.join(('objectId', *cells))}\n{','.join((PERSON, *cells.values()))}\n"))[1]
            assert state is row.state, row
            assert code in ("", row.code, row.slots[-1].code if row.slots else "")


@pytest.mark.parametrize("name", SWITCHES)
async def test_a_call_honours_the_switch(name: str) -> None:
    """Off and on; something is written exactly when the answer is a success."""
    switch = SWITCHES[name]
    for settings, status in ((switch.off, switch.off_call), (switch.on, 0)):
        async with api(Staff(()), {**ENTRA, **settings}, options=Options(email_role=True)) as world:
            furnish(world.inside, switch.person)
            method, path, body = switch.call
            answer = await world.http.request(method, f"/users/{PERSON}/{path}", json=body)
            assert answer.status_code == status or (not status and answer.is_success), answer.text
            assert answer.is_success == bool(world.inside.writes)


NEEDED_ROLES: tuple[tuple[str, str, dict[str, str], dict[str, str]], ...] = (
    ("EMAIL_METHODS", EMAIL_WRITE, {"EMAIL_METHODS": "true"}, {}),
    ("COLUMN_MAP", EMAIL_WRITE, {"COLUMN_MAP": "Privat=email"}, {"COLUMN_MAP": "Handy=mobile"}),
    ("DIRECTORY_SOURCE", EMAIL_WRITE, {"DIRECTORY_SOURCE": "email=otherMails"}, {"DIRECTORY_SOURCE": ""}),
    ("PROTECT_ADMINS", ROLES_READ, {}, {"PROTECT_ADMINS": "false"}),
    ("PROTECT_ADMINS", ROLES_READ, {"PROTECT_ADMINS": "privileged"}, {"PROTECT_ADMINS": "false"}),
    ("PROTECTED_GROUP_ID", MEMBERS_READ, {**NO_ADMINS, "PROTECTED_GROUP_ID": PROTECTED}, NO_ADMINS),
    ("PILOT_GROUP_ID", MEMBERS_READ, {**NO_ADMINS, "PILOT_GROUP_ID": GROUP}, NO_ADMINS),
)


@pytest.mark.parametrize(("name", "role", "on", "off"), NEEDED_ROLES)
async def test_a_permission_is_asked_for_where_a_switch_needs_it(
    name: str, role: str, on: Mapping[str, str], off: Mapping[str, str]
) -> None:
    """By the doctor, and by the page of permissions."""
    page = (DOCS / "permissions.md").read_text().splitlines()
    assert any(f"| `{role}` |" in line and f"`{name}`" in line for line in page)
    granted = tuple({*APP_ROLES, EMAIL_WRITE} - {role})
    for settings, is_missed in ((on, True), (off, False)):
        async with in_memory(Staff(()), settings, Options(roles=granted)) as world:
            found = next(one for one in await world.app.doctor() if one.check is DoctorCheck.PERMISSIONS)
            assert is_missed == (found.status is Status.FAILED and role in found.sentence), found.sentence


@pytest.mark.parametrize(("mode", "writes"), [("report", 0), ("repair", 1)])
async def test_a_reconcile_writes_only_where_it_repairs(mode: str, writes: int) -> None:
    async with world_with(WITH_MOBILE, RECONCILE_MODE=mode, ON_EXISTING="overwrite") as world:
        await drop(world, f"objectId,mobile\n{PERSON},{NUMBER}\n")
        world.stand_in.tenant.people[PERSON].methods[PhoneType.MOBILE] = OTHER_NUMBER
        await world.app.reconcile()
        await world.pump()
        assert writes == world.writes


@pytest.mark.parametrize(("source", "status", "states"), [("", 422, []), ("mobile=mobilePhone", 201, ["finished"])])
async def test_the_directory_is_read_only_where_it_is_a_source(source: str, status: int, states: list[str]) -> None:
    """By the timer and on demand."""
    async with api(Staff(()), {**ENTRA, "DIRECTORY_SOURCE": source}) as world:
        world.inside.stand_in.tenant.put(replace(WITH_MOBILE, phones={}, mobilePhone=NUMBER))
        answer = await world.http.post("/runs", json={"source": "directory"})
        await world.inside.pump()
        assert status == answer.status_code
        assert states == [run["state"] for run in (await world.http.get("/runs")).json()["value"]]
        assert len(states) == world.inside.writes
        assert bool(states) == (await world.inside.app.directory() is not None)
