"""A preview never promises what the call then refuses: made-up people and calls, under several tenants and settings."""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest

from sandbox.graph.options import Options
from sandbox.graph.person import GLOBAL_ADMINISTRATOR, Group, Person
from sandbox.people import Staff
from shared.core.call import (
    CallAction,
    Mode,
    RemoveEmail,
    RemovePhone,
    SetEmail,
    SetPhone,
    SingleCall,
    SwitchSmsSignIn,
)
from shared.core.values.errors import ExplainedError
from shared.core.values.slot import PhoneType
from shared.core.values.states import RowState
from testing.in_memory import InMemory, in_memory

PEOPLE = 30
PILOT = "f0000000-0000-4000-8000-000000000001"
NUMBERS = tuple(f"+1 20255501{number:02}" for number in range(30))
TYPED = (*NUMBERS, "202 555 0107", "+44 20 7946 0123", "+1 202 555", "call me", "remove", "")
ADDRESSES = ("jan@example.com", "eva@example.com", "no address", "")
NO_LIMITS = {
    "EMAIL_METHODS": "true",
    **dict.fromkeys(("MAX_CALLS_PER_CALLER", "MAX_CALLS_PER_DAY", "MAX_SAME_MOBILE", "MAX_SAME_OFFICE"), "1000000"),
}


@dataclass(frozen=True)
class Tenant:
    settings: Mapping[str, str] = field(default_factory=dict)
    report_role: bool = True


TENANTS = {
    "as it comes": Tenant(),
    "without the registration report": Tenant(report_role=False),
    "without delivery": Tenant({"PHONE_DELIVERY": "microsoft", "PHONE_RETIREMENT_DATE": "2026-01-01"}),
    "without protection": Tenant({"PROTECT_ADMINS": "false"}),
    "few may share a number": Tenant({"MAX_SAME_MOBILE": "1", "MAX_SAME_OFFICE": "1"}),
    "a pilot": Tenant({"PILOT_GROUP_ID": PILOT}),
    "few calls": Tenant({"MAX_CALLS_PER_CALLER": "3", "MAX_CREATES_BY_CALL_PER_DAY": "3"}),
}


def someone(rng: random.Random) -> Person:
    kinds = set(rng.sample(list(PhoneType), rng.randint(0, 3)))
    if PhoneType.ALTERNATE_MOBILE in kinds:
        kinds.add(PhoneType.MOBILE)
    name = str(uuid.UUID(int=rng.getrandbits(128), version=4))
    return Person(
        id=name,
        userPrincipalName=f"{name}@contoso.example",
        usageLocation=rng.choice(("US", "GB", None)),
        accountEnabled=rng.random() < 0.9,
        phones={kind.value: rng.choice(NUMBERS) for kind in sorted(kinds)},
        default_method=rng.choice((*sorted(kinds), None)),
        smsSignInState=rng.choice(("ready", "notEnabled", "notAllowedByPolicy")),
        email=rng.choice(("jan@example.com", None)),
        roles=(GLOBAL_ADMINISTRATOR,) if rng.random() < 0.1 else (),
    )


def hire(world: InMemory, person: Person) -> None:
    """Nobody signs in with a number that another person signs in with, or without one."""
    try:
        world.stand_in.tenant.put(person)
    except ValueError:
        world.stand_in.tenant.put(replace(person, smsSignInState="notEnabled"))


def something(rng: random.Random) -> CallAction:
    kind, mode = rng.choice(list(PhoneType)), rng.choice(list(Mode))
    return rng.choice(
        (
            SetPhone(kind, rng.choice(TYPED), mode),
            SetPhone(kind, rng.choice(NUMBERS), mode),
            RemovePhone(kind),
            SetEmail(rng.choice(ADDRESSES), mode),
            RemoveEmail(),
            SwitchSmsSignIn(enabled=rng.random() < 0.5),
        )
    )


async def promised(world: InMemory, call: SingleCall) -> tuple[RowState, str]:
    """What the preview says, and what it says besides."""
    try:
        preview = await world.app.single_calls.preview(call)
    except ExplainedError:
        return RowState.REFUSED, ""
    return preview.outcome, preview.proviso


async def kept(world: InMemory, call: SingleCall) -> RowState:
    try:
        return (await world.app.single_calls.do(call)).outcome.state
    except ExplainedError:
        return RowState.REFUSED


@pytest.mark.parametrize("tenant", TENANTS.values(), ids=TENANTS)
async def test_a_call_ends_as_its_preview_said(tenant: Tenant) -> None:
    """Unless the preview has said that Graph may refuse it; and who sees no numbers is promised no more than that."""
    rng, seen = random.Random(87), set[RowState]()
    options = Options(email_role=True, report_role=tenant.report_role)
    async with in_memory(Staff(()), {**NO_LIMITS, **tenant.settings}, options) as world:
        world.stand_in.tenant.groups[PILOT] = Group(id=PILOT)
        people = [someone(rng) for _ in range(PEOPLE)]
        for number, person in enumerate(people):
            hire(world, replace(person, groups=[PILOT] if number % 2 else []))
        for person in people:
            call = SingleCall(person.id, something(rng), "a test")
            masked, _ = await promised(world, replace(call, sees_numbers=False))
            verdict, proviso = await promised(world, call)
            ended = await kept(world, call)
            seen.add(ended)
            assert ended in {verdict, RowState.REFUSED if proviso else verdict}, (person, call.action)
            assert proviso or (masked is RowState.REFUSED) == (ended is RowState.REFUSED), (person, call.action)
    assert {RowState.REFUSED, RowState.UNCHANGED} <= seen
    assert seen & {RowState.CREATED, RowState.UPDATED, RowState.REMOVED}
