"""A clean-up removes the numbers of people who need none, after approval, and reads their methods before each one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import chain, combinations, product
from typing import Any

import pytest

from sandbox.graph.faults import Fault
from sandbox.graph.options import Options
from sandbox.graph.person import Person
from sandbox.graph.user_state import UserState
from shared.core.run.run import Run
from shared.core.values.errors import PermanentError
from shared.core.values.slot import PhoneType
from shared.core.values.states import RunState
from testing.in_memory import InMemory
from tests.flows.deciding import approved
from tests.flows.small_tenant import csv, number, outcomes, person, tenant_of

OPTIONS = Options(report_role=True, methods_role=True, throttling=False)
PASSKEY, APP = "passKeyDeviceBound", "microsoftAuthenticatorPush"
READY: dict[str, Any] = {"phones": {}, "email": "a@example.com", "other_methods": [PASSKEY, APP]}
ADMIN = "00000000-0000-4000-8000-00000000aaaa"


@asynccontextmanager
async def provisioned(
    people: Sequence[Person], *, options: Options = OPTIONS, **settings: str
) -> AsyncIterator[InMemory]:
    """A tenant in which the app has written a mobile number to everybody, and readiness has run since."""
    async with tenant_of(people, (), options, ALLOW_REMOVALS="true", **settings) as world:
        rows = [(one.id, number(20 + place % 80)) for place, one in enumerate(people)]
        run = await world.run_to_end("staff.csv", csv("objectId,mobile", *rows))
        if run.state is RunState.HELD:
            await approved(world, run, ADMIN)
        await world.app.readiness()
        await world.pump()
        yield world


async def clean_up(world: InMemory) -> Run:
    run = await world.app.clean_up(ADMIN)
    await world.pump()
    return await world.stored(run.id)


def phones(world: InMemory, who: Person) -> set[PhoneType]:
    return set(world.stand_in.tenant.people[who.id].methods)


def change(world: InMemory, who: Person, names: Sequence[str]) -> None:
    user: UserState = world.stand_in.tenant.people[who.id]
    user.person = replace(user.person, other_methods=names)


async def test_the_numbers_of_people_who_need_none_are_removed_after_approval() -> None:
    """The run is held, and what the app did not write stays; the person who needs the number is not in it."""
    ready = person(1, **READY)
    needs = person(2, phones={}, other_methods=[PASSKEY])
    own = person(3, **{**READY, "phones": {"office": number(3)}})
    async with provisioned([ready, needs, own]) as world:
        held = await clean_up(world)
        assert (RunState.HELD, 2) == (held.state, held.total)
        assert {PhoneType.MOBILE} == phones(world, ready)

        run = await approved(world, held, ADMIN)
        assert RunState.FINISHED is run.state
        assert [("removed", "")] * 2 == [(state, "") for state, _ in await outcomes(world, run)]
        assert (set(), {PhoneType.MOBILE}, {PhoneType.OFFICE}) == tuple(
            phones(world, one) for one in (ready, needs, own)
        )


async def test_with_the_scope_any_every_number_goes() -> None:
    """Also those that the app did not write."""
    own = person(1, **{**READY, "phones": {"office": number(3)}})
    async with provisioned([own], CLEANUP_SCOPE="any") as world:
        await approved(world, await clean_up(world), ADMIN)
        assert set() == phones(world, own)


async def test_a_number_that_somebody_else_changed_since_stays() -> None:
    """It is not the app's any more."""
    who = person(1, **READY)
    async with provisioned([who]) as world:
        world.clock.leap_to(world.clock.now().replace(year=2027))
        world.stand_in.tenant.people[who.id].methods[PhoneType.MOBILE] = number(77)
        await clean_up(world)
        assert {PhoneType.MOBILE} == phones(world, who)


@pytest.mark.parametrize("left", [[], [PASSKEY], [APP]])
async def test_the_methods_are_read_again_right_before_the_removal(left: list[str]) -> None:
    """Who has lost a passkey or the app since the plan keeps the number."""
    who = person(1, **READY)
    async with provisioned([who]) as world:
        held = await clean_up(world)
        change(world, who, left)
        run = await approved(world, held, ADMIN)
        assert [("refused", "numberNeeded")] == await outcomes(world, run)
        assert {PhoneType.MOBILE} == phones(world, who)


async def test_between_two_removals_they_are_read_too() -> None:
    """The alternate mobile goes first; then the person loses the passkey, and keeps the mobile."""
    who = person(1, **{**READY, "phones": {"mobile": number(1), "alternateMobile": number(2)}})
    async with provisioned([who], CLEANUP_SCOPE="any") as world:
        held = await clean_up(world)
        delete = world.stand_in.tenant.delete_method

        def losing(key: str, method_id: str) -> None:
            delete(key, method_id)
            change(world, who, [])

        vars(world.stand_in.tenant)["delete_method"] = losing
        run = await approved(world, held, ADMIN)
        assert {PhoneType.MOBILE} == phones(world, who)
        assert "numberNeeded" in str(await outcomes(world, run))


async def test_when_the_methods_cannot_be_read_nothing_is_removed() -> None:
    """A permission that is taken away after the plan."""
    who = person(1, **READY)
    async with provisioned([who]) as world:
        held = await clean_up(world)
        world.stand_in.faults.add(Fault(kind="status", on="methods.list", status=403))
        run = await approved(world, held, ADMIN)
        assert [("refused", "permissionMissing")] == await outcomes(world, run)
        assert {PhoneType.MOBILE} == phones(world, who)


@pytest.mark.parametrize(
    ("settings", "options", "words"),
    [
        ({"ALLOW_REMOVALS": "false"}, OPTIONS, "removals are not allowed"),
        ({"ALLOW_REMOVALS": "true"}, OPTIONS.changed({"methods_role": False}), "UserAuthenticationMethod.Read.All"),
        ({"ALLOW_REMOVALS": "true"}, OPTIONS, "readiness"),
    ],
)
async def test_what_is_missing_is_named_before_anything_starts(
    settings: dict[str, str], options: Options, words: str
) -> None:
    async with tenant_of([person(1, **READY)], (), options, **settings) as world:
        with pytest.raises(PermanentError, match=words) as refused:
            await world.app.clean_up(ADMIN)
        assert "cleanUpNotPossible" == refused.value.code
        assert [] == [run async for run in world.app.runs.all()]


async def test_an_undo_restores_the_numbers() -> None:
    """A clean-up is an ordinary run: its changes are kept, and an undo needs no code of its own."""
    who = person(1, **READY)
    async with provisioned([who]) as world:
        before = dict(world.stand_in.tenant.people[who.id].methods)
        run = await approved(world, await clean_up(world), ADMIN)
        assert set() == phones(world, who)
        undo = await world.app.undo(run.id, ADMIN)
        await world.pump()
        await approved(world, await world.stored(undo.id))
        assert before == world.stand_in.tenant.people[who.id].methods


async def test_nobody_who_needs_no_number_is_no_run_to_approve() -> None:
    async with provisioned([person(1, phones={})]) as world:
        run = await clean_up(world)
        assert (RunState.FINISHED, 0) == (run.state, run.total)


NAMES = (PASSKEY, "windowsHelloForBusiness", APP, "softwareOneTimePasscode", "hardwareOneTimePasscode", "email")
NUMBERS = (("mobile",), ("mobile", "office"), ("mobile", "alternateMobile"), tuple(PhoneType))


def every_person(names: Sequence[str], numbers: Sequence[Sequence[str]]) -> list[Person]:
    """One for each set of these methods, each set of numbers, and each of them or none as the default method."""
    sets = chain.from_iterable(combinations(names, size) for size in range(len(names) + 1))
    kinds = ((own, held, first) for own, held in product(sets, numbers) for first in (None, *held))
    return [
        person(
            index,
            phones=dict.fromkeys(held, number(1)),
            email=f"p{index}@example.com" if "email" in own else None,
            other_methods=[name for name in own if name != "email"],
            default_method=first,
        )
        for index, (own, held, first) in enumerate(kinds, 1)
    ]


def needs_none(who: Person, required: int) -> bool:
    """The rule, counted anew: phishing-resistant, and an e-mail address and an app count for a reset."""
    others = set(who.other_methods)
    resets = (who.email is not None) + bool(others & {APP, "softwareOneTimePasscode"})
    return bool(others & {PASSKEY, "windowsHelloForBusiness"}) and resets >= required


@pytest.mark.parametrize("required", [1, 2])
@pytest.mark.parametrize("scope", ["app", "any"])
@pytest.mark.parametrize(
    ("names", "numbers"),
    [((PASSKEY, APP, "email"), NUMBERS[::3]), pytest.param(NAMES, NUMBERS, marks=pytest.mark.long)],
    ids=["some", "all"],
)
async def test_every_combination_of_methods(
    names: Sequence[str], numbers: Sequence[Sequence[str]], scope: str, required: int
) -> None:
    """Only who keeps enough loses numbers, and then every one in the scope that Graph lets go."""
    people = every_person(names, numbers)
    async with provisioned(
        people, CLEANUP_SCOPE=scope, SSPR_METHODS_REQUIRED=str(required), MAX_SAME_MOBILE="1000000"
    ) as world:
        before = {who.id: phones(world, who) for who in people}
        await approved(world, await clean_up(world), ADMIN)
        for who in people:
            gone, stays = before[who.id] - phones(world, who), phones(world, who)
            assert not gone or needs_none(who, required), who
            assert scope == "any" or gone <= {PhoneType.MOBILE}, who
            is_held_back = who.default_method is not None or (
                scope == "app" and PhoneType.ALTERNATE_MOBILE in before[who.id]
            )
            if needs_none(who, required) and not is_held_back:
                assert stays == (set() if scope == "any" else before[who.id] - {PhoneType.MOBILE}), who
