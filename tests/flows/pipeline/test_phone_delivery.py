"""PHONE_DELIVERY: what runs and calls do before and after the day on which Microsoft's delivery ends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, time, timedelta

import pytest

from sandbox.graph.options import Options
from shared.core.call import CallAction, RemovePhone, SetEmail, SetPhone, SingleCall, SwitchSmsSignIn
from shared.core.values.errors import PermanentError
from shared.core.values.slot import PhoneType
from testing.in_memory import InMemory
from testing.virtual_time import START
from tests.flows.small_tenant import csv, number, outcomes, person, tenant_of

UPN = "person1@contoso.example"
BEGINS = datetime.combine(START.date(), time(), UTC) + timedelta(days=10)
"""The day, soon after the beginning of every world."""


@asynccontextmanager
async def world_of(delivery: str, **settings: str) -> AsyncIterator[InMemory]:
    """One person who has a mobile, and one who has none."""
    days = {"PHONE_DELIVERY": delivery, "PHONE_RETIREMENT_DATE": f"{BEGINS:%Y-%m-%d}", "ON_EXISTING": "overwrite"}
    async with tenant_of(
        [person(1, smsSignInState="notEnabled"), person(2, phones={})], (), Options(email_role=True), **days, **settings
    ) as world:
        yield world


async def call(world: InMemory, action: CallAction) -> str:
    """The state or, if refused, the code."""
    try:
        done = await world.app.single_calls.do(SingleCall(UPN, action, "a test"))
    except PermanentError as refused:
        return refused.code
    return str(done.outcome.state)


@pytest.mark.parametrize(
    ("delivery", "set_number"),
    [("microsoft", "phoneDeliveryEnded"), ("unknown", "updated"), ("own-provider", "updated")],
)
async def test_calls_from_the_first_second_of_the_day(delivery: str, set_number: str) -> None:
    """Removing and e-mail go on in every mode; enabling SMS sign-in ends in every mode."""
    async with world_of(delivery, EMAIL_METHODS="true") as world:
        world.clock.leap_to(BEGINS - timedelta(seconds=1))
        assert "updated" == await call(world, SetPhone(PhoneType.MOBILE, number(3)))
        assert "removed" == await call(world, SwitchSmsSignIn(enabled=False))
        world.clock.leap_to(BEGINS)
        assert "smsSignInEnded" == await call(world, SwitchSmsSignIn(enabled=True))
        assert set_number == await call(world, SetPhone(PhoneType.MOBILE, number(4)))
        assert "created" == await call(world, SetEmail("jan@example.com"))
        assert "removed" == await call(world, RemovePhone(PhoneType.MOBILE))


async def test_a_preview_tells_the_same() -> None:
    async with world_of("microsoft") as world:
        world.clock.leap_to(BEGINS)
        action = SetPhone(PhoneType.MOBILE, number(4))
        preview = await world.app.single_calls.preview(SingleCall(UPN, action, "a test"))
        assert "phoneDeliveryEnded" == preview.code


async def test_a_file_after_the_day() -> None:
    """New and changed numbers are refused, what is as the file says is not, and removals are made."""
    async with world_of("microsoft", ALLOW_REMOVALS="true") as world:
        world.clock.leap_to(BEGINS)
        rows = [(UPN, number(1)), ("person2@contoso.example", number(2))]
        run = await world.run_to_end("one.csv", csv("userPrincipalName,mobile", *rows))
        assert [("unchanged", "alreadySet"), ("refused", "phoneDeliveryEnded")] == await outcomes(world, run)
        run = await world.run_to_end("two.csv", csv("userPrincipalName,mobile", (UPN, "remove")))
        await world.app.decisions.approve(run.id, run.digest, "a test")
        await world.pump()
        assert [("removed", "applied")] == await outcomes(world, run)


@pytest.mark.parametrize(("delivery", "warns"), [("unknown", True), ("microsoft", True), ("own-provider", False)])
async def test_runs_warn_before_the_day(delivery: str, *, warns: bool) -> None:
    async with world_of(delivery) as world:
        run = await world.run_to_end("one.csv", csv("userPrincipalName,mobile", ("person2@contoso.example", number(2))))
        assert [("created", "applied")] == await outcomes(world, run)
        assert warns == any("Microsoft will no longer deliver" in note for note in run.all_notes)


async def test_a_plan_from_before_the_day_is_refused_after_it() -> None:
    """Approval does not make a number work."""
    async with world_of("microsoft", APPROVAL="always") as world:
        file = csv("userPrincipalName,mobile", ("person2@contoso.example", number(2)))
        run = await world.run_to_end("one.csv", file)
        assert "held" == run.state
        world.clock.leap_to(BEGINS)
        await world.app.decisions.approve(run.id, run.digest, "a test")
        await world.pump()
        assert [("refused", "phoneDeliveryEnded")] == await outcomes(world, run)
        assert {} == world.directory()[person(2).id]
