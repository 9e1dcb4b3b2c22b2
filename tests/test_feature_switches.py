"""Settings that switch a feature: flows, API, doctor, permissions and docs say the same of each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from sandbox.graph.options import Options
from sandbox.graph.permissions import APP_ROLES
from sandbox.graph.person import Group, Person
from sandbox.people import Staff
from shared.app import App
from shared.core.call import RemoveEmail, SetEmail, SingleCall
from shared.core.run.row import Row
from shared.core.run.run import Run
from shared.core.values.errors import PermanentError
from shared.core.values.slot import EmailAddress, Slot
from shared.core.values.states import RowState, RunState
from shared.doctor.findings import DoctorCheck, Status
from shared.settings import read_settings
from testing.in_memory import InMemory, app_beside, in_memory
from tests.api.caller import ENTRA, api

PERSON = "00000000-0000-4000-8000-000000000001"
NUMBER, ADDRESS = "+1 2025550101", "jan@example.com"
WITH_MOBILE = Person(id=PERSON, userPrincipalName="p@contoso.example", phones={"mobile": NUMBER})
DOCS = Path(__file__).parent.parent / "docs"
GROUP, PROTECTED = "00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b"
EMAIL_ROLE = "UserAuthMethod-Email.ReadWrite.All"
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
    async with world_with(WITH_MOBILE, EMAIL_ROLE, EMAIL_METHODS="true", APPROVAL="always") as world:
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
    async with world_with(WITH_MOBILE, EMAIL_ROLE, EMAIL_METHODS="true") as world:
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


@dataclass(frozen=True)
class Switch:
    """A feature: how it is switched on, the row that needs it and its outcome when it is off, and its permission."""

    on: Mapping[str, str]
    cells: Mapping[str, str]
    off_outcome: tuple[RowState, str]
    on_outcome: RowState
    role: str = ""
    off: Mapping[str, str] = field(default_factory=dict)


SWITCHES = {
    "EMAIL_METHODS": Switch(
        {"EMAIL_METHODS": "true"},
        {"mobile": NUMBER, "privateEmail": ADDRESS},
        (RowState.UNCHANGED, "alreadySet"),
        RowState.CREATED,
        EMAIL_ROLE,
    ),
    "SMS_SIGN_IN": Switch(
        {"SMS_SIGN_IN": "column"},
        {"mobile": NUMBER, "smsSignIn": "yes"},
        (RowState.REFUSED, "smsSignInNotAllowed"),
        RowState.UPDATED,
    ),
    "ALLOW_REMOVALS": Switch(
        {"ALLOW_REMOVALS": "true", "MAX_REMOVALS_UNAPPROVED": "1"},
        {"mobile": "remove"},
        (RowState.REFUSED, "removalNotAllowed"),
        RowState.REMOVED,
        off={"ALLOW_REMOVALS": "false"},
    ),
    "PILOT_GROUP_ID": Switch(
        {},
        {"mobile": "+1 2025550102"},
        (RowState.REFUSED, "notInPilot"),
        RowState.UPDATED,
        off={"PILOT_GROUP_ID": GROUP},
    ),
    "PROTECTED_GROUP_ID": Switch(
        {},
        {"mobile": "+1 2025550102"},
        (RowState.REFUSED, "protectedAccount"),
        RowState.UPDATED,
        off={"PROTECTED_GROUP_ID": PROTECTED},
    ),
}


@pytest.mark.parametrize("name", SWITCHES)
async def test_a_switch_is_honoured_alike(name: str) -> None:
    """A row that needs the feature, the doctor's permissions, and the pages that name the setting."""
    switch = SWITCHES[name]
    assert f"`{name}`" in (DOCS / "settings.md").read_text()
    for settings, expected in ((switch.off, switch.off_outcome), (switch.on, (switch.on_outcome, None))):
        options = Options(roles=(*APP_ROLES, *([switch.role] if switch.role else [])))
        async with in_memory(Staff(()), settings, options) as world:
            for group in (Group(id=GROUP), Group(id=PROTECTED)):
                world.stand_in.tenant.groups[group.id] = group
            world.stand_in.tenant.put(replace(WITH_MOBILE, smsSignInState="notEnabled", groups=(PROTECTED,)))
            cells = switch.cells
            row = (await drop(world, f"{','.join(('objectId', *cells))}\n{','.join((PERSON, *cells.values()))}\n"))[1]
            assert expected[0] is row.state, row
            assert expected[1] in (None, row.code, row.slots[-1].code if row.slots else "")
    if switch.role:
        assert f"`{name}`" in next(
            line for line in (DOCS / "permissions.md").read_text().splitlines() if f"`{switch.role}`" in line
        )
        for settings, status in ((switch.off, Status.OK), (switch.on, Status.FAILED)):
            async with in_memory(Staff(()), settings) as world:
                found = next(one for one in await world.app.doctor() if one.check is DoctorCheck.ROLES)
                assert status is found.status
