"""E-mail addresses and SMS sign-in from an export's columns, through the whole pipeline on the Graph stand-in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from sandbox.graph.options import Options
from sandbox.graph.permissions import APP_ROLES
from sandbox.graph.person import Person
from sandbox.people import Staff
from shared.core.call import SingleCall, SwitchSmsSignIn
from shared.core.run.documents import report_row
from shared.core.run.run import Run
from shared.core.values.slot import EmailAddress, PhoneType, Slot
from shared.core.values.states import RunState
from testing.in_memory import InMemory, in_memory

PERSON = "00000000-0000-4000-8000-000000000001"
NUMBER = "+1 2025550101"
READY = Person(id=PERSON, userPrincipalName="p@contoso.example", phones={"mobile": NUMBER}, smsSignInState="ready")


@asynccontextmanager
async def world_with(person: Person, options: Options | None = None, **settings: str) -> AsyncIterator[InMemory]:
    async with in_memory(Staff(()), {"ALLOW_REMOVALS": "true", **settings}, options) as world:
        world.stand_in.tenant.put(person)
        yield world


async def drop(world: InMemory, name: str, **cells: str) -> tuple[Run, str, str, str]:
    """The run and what came out for its one row: outcome, code, and all it says."""
    content = "\n".join([",".join(("objectId", *cells)), ",".join((PERSON, *cells.values()))])
    run = await world.run_to_end(name, content.encode())
    row = await anext(aiter(world.app.rows.in_order(run)))
    return run, row.state, row.code, report_row(row).reason


def requests_of(world: InMemory, route: str) -> int:
    return sum(count for name, count in world.stand_in.stats.requests.items() if name.startswith(route))


@pytest.mark.parametrize("moment", ["before its plan", "before its write"])
@pytest.mark.parametrize("is_switched", [True, False])
async def test_a_newer_switch_of_sms_sign_in_holds(moment: str, *, is_switched: bool) -> None:
    """An export that is older than the call neither undoes it, nor is kept from its other slots; also where the state
    was as called for before."""
    person = replace(READY, smsSignInState="ready" if is_switched else "notEnabled")
    async with world_with(person, SMS_SIGN_IN="column", MAX_UPDATE_SHARE="1", MAX_CREATE_SHARE="1") as world:
        rows = f"objectId,office,smsSignIn\n{PERSON},+1 2025550199,yes\n"
        identity = await world.drop("older.csv", rows.encode())
        if moment == "before its write":
            world.work_by_messages()
            await world.pump(until=lambda: _is_applying(world, identity))
        world.clock.leap_to(world.clock.now() + timedelta(seconds=5))
        await world.app.single_calls.do(SingleCall(PERSON, SwitchSmsSignIn(enabled=False), "a test"))
        await world.pump()

        user = world.stand_in.tenant.people[PERSON]
        assert ("notEnabled", "+1 2025550199") == (user.sms_state, user.methods.get(PhoneType.OFFICE))
        row = await anext(aiter(world.app.rows.in_order(await world.stored(identity))))
        assert ("created", "applied") == (row.state, row.code), row


async def _is_applying(world: InMemory, identity: str) -> bool:
    return (await world.stored(identity)).state is RunState.APPLYING


async def test_an_email_address_is_created_changed_left_and_removed() -> None:
    """The explicit column fills the e-mail slot, the same address in other case is left, and the app remembers it."""
    steps = [
        ("jan@example.com", "created", "jan@example.com"),
        ("JAN@example.com", "unchanged", "jan@example.com"),
        ("jan@contoso.example", "updated", "jan@contoso.example"),
        ("remove", "removed", None),
    ]
    options = Options(roles=(*APP_ROLES, "UserAuthMethod-Email.ReadWrite.All"))
    async with world_with(READY, options, EMAIL_METHODS="true", MAX_REMOVALS_UNAPPROVED="1") as world:
        for position, (cell, outcome, address) in enumerate(steps):
            _, state, _, told = await drop(world, f"{position}.csv", mobile=NUMBER, privateEmail=cell)

            assert outcome == state, told
            assert address == world.stand_in.tenant.people[PERSON].email
            base = (await world.app.people.get(PERSON)).base()
            assert (EmailAddress(address) if address else None) == base.get(Slot.EMAIL)
        assert [] == [finding for finding in world.stand_in.findings if finding.kind != "role-not-needed"]


async def test_a_person_with_phones_only_costs_no_request_for_the_email_address() -> None:
    """A row without an opinion on e-mail is planned from the look-up and one list."""
    async with world_with(READY) as world:
        _, state, _, _ = await drop(world, "a.csv", mobile=NUMBER)

        assert "unchanged" == state
        assert 0 == requests_of(world, "emailMethods")
        assert 1 == requests_of(world, "phoneMethods.list")


async def test_disabling_sms_sign_in_counts_as_a_removal_and_warns() -> None:
    """It waits for approval like any removal, and its outcome says what the person may lose."""
    async with world_with(READY, SMS_SIGN_IN="column") as world:
        held, *_ = await drop(world, "a.csv", mobile=NUMBER, smsSignIn="no")
        assert (RunState.HELD, True) == (held.state, "the limit without approval is" in held.message)
        assert "ready" == world.stand_in.tenant.people[PERSON].sms_state

        await world.app.decisions.approve(held.id, held.digest, "a test")
        await world.pump()

        row = await anext(aiter(world.app.rows.in_order(await world.stored(held.id))))
        assert ("removed", "smsSignInDisabled") == (row.state, row.code)
        assert "notEnabled" == world.stand_in.tenant.people[PERSON].sms_state


async def test_sms_sign_in_is_enabled_where_the_column_says_so() -> None:
    """And by default a filled cell is refused with the reason."""
    person = replace(READY, smsSignInState="notEnabled")
    async with world_with(person, SMS_SIGN_IN="column") as world:
        assert "updated" == (await drop(world, "a.csv", mobile=NUMBER, smsSignIn="yes"))[1]
        assert "ready" == world.stand_in.tenant.people[PERSON].sms_state
    async with world_with(person) as world:
        _, state, code, told = await drop(world, "a.csv", mobile=NUMBER, smsSignIn="yes")
        assert ("refused", "smsSignInNotAllowed", True) == (state, code, "which exports may not do here" in told)


async def test_a_new_mobile_outside_the_policy_says_that_sms_sign_in_is_not_on() -> None:
    """The row says what Graph did not do by itself, though the number is stored."""
    person = Person(id=PERSON, userPrincipalName="p@contoso.example")
    async with world_with(person, SMS_SIGN_IN="enable") as world:
        _, state, _, told = await drop(world, "a.csv", mobile=NUMBER)

        assert "created" == state
        assert "SMS sign-in is not on: its state is notAllowedByPolicy" in told


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"privateEmail": "jan@example.com"}, ("unchanged", "alreadySet")),
        ({"smsSignIn": "yes"}, ("refused", "smsSignInNotAllowed")),
    ],
)
async def test_what_the_cloud_lacks_is_never_asked_of_graph(
    cells: Mapping[str, str], expected: tuple[str, str]
) -> None:
    """The settings cannot switch it on; the look-up brings the phones along, and nothing more is asked."""
    async with world_with(READY, Options(cloud="china"), GRAPH_CLOUD="china") as world:
        _, state, code, _ = await drop(world, "a.csv", mobile=NUMBER, **cells)

        assert expected == (state, code)
        assert (1, 0) == (requests_of(world, "phoneMethods"), requests_of(world, "emailMethods"))


async def test_a_default_method_that_graph_does_not_let_go_says_what_to_do() -> None:
    """Graph's v1.0 does not tell the default method beforehand; the row says what was done before the refusal."""
    person = Person(
        id=PERSON,
        userPrincipalName="p@contoso.example",
        phones={"mobile": NUMBER, "office": "+1 2025550102"},
        default_method="office",
    )
    async with world_with(person, MAX_REMOVALS_UNAPPROVED="1", ON_EXISTING="overwrite") as world:
        _, state, code, told = await drop(world, "a.csv", mobile="+1 2025550102", office="remove")

        assert ("refused", "defaultMethod", True) == (state, code, "done before: mobile updated" in told)
        methods = world.stand_in.tenant.people[PERSON].methods
        assert {"mobile": "+1 2025550102", "office": "+1 2025550102"} == methods
