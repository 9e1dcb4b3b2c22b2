"""The pipeline in memory: split, plan, gate, release, apply, finish, on the real gateway and the Graph stand-in."""

from __future__ import annotations

import json
import random
from typing import Any

from sandbox.exports import write_export
from sandbox.graph.faults import Fault
from sandbox.graph.person import Person
from sandbox.people import PersonKind, Staff
from shared.core.person.account import KeyKind
from shared.core.run.run import Run
from shared.core.values.slot import PhoneType
from shared.core.values.states import OPEN_ROWS, RunState
from testing.in_memory import InMemory, in_memory
from tests.flows.small_tenant import cancelled_run


async def summary_of(world: InMemory, run: Run) -> dict[str, Any]:
    summary: dict[str, Any] = json.loads(await world.app.results.read(f"{run.id}/summary.json"))
    return summary


async def test_an_export_becomes_phone_methods(staff: Staff) -> None:
    """Every row gets the outcome that its kind of person is meant to get, and the sets add up to the input."""
    async with in_memory(staff) as world:
        run = await world.run_to_end("staff.xlsx", write_export(staff))

        assert RunState.FINISHED is run.state
        summary = await summary_of(world, run)
        assert staff.expected_counts == summary["counts"]
        assert sum(len(rows) for rows in summary["sets"].values()) == run.total == len(staff.members)
        assert [] == [state for state in summary["counts"] if state in OPEN_ROWS]
        assert [] == world.stand_in.findings


async def test_the_same_content_again_writes_nothing(staff: Staff) -> None:
    """A second drop plans everything, changes nobody, and says so."""
    async with in_memory(staff) as world:
        await world.run_to_end("staff.xlsx", write_export(staff))
        writes = world.writes

        again = await world.run_to_end("again.xlsx", write_export(staff))

        assert writes == world.writes
        assert 0 == (await summary_of(world, again))["succeeded"]


async def test_changed_numbers_are_updates(staff: Staff) -> None:
    """The next export's new numbers are written, everybody else is left alone."""
    async with in_memory(staff) as world:
        await world.run_to_end("staff.xlsx", write_export(staff))
        changed = staff.with_changed_numbers(0.1)

        run = await world.run_to_end("next.xlsx", write_export(changed))

        assert changed.expected_counts == (await summary_of(world, run))["counts"]


async def test_messages_delivered_twice_and_in_random_order_change_nothing(staff: Staff) -> None:
    """Same final state and same counts as with every message once and in order."""

    async def outcome(seed: int, *, twice: bool) -> tuple[dict[str, int], dict[str, dict[PhoneType, str]]]:
        async with in_memory(staff) as world:
            world.host.order, world.host.twice = random.Random(seed), twice
            run = await world.run_to_end("staff.xlsx", write_export(staff))
            people = {person: dict(user.methods) for person, user in world.stand_in.tenant.people.items()}
            return (await summary_of(world, run))["counts"], people

    assert await outcome(1, twice=True) == await outcome(2, twice=False)


async def test_a_run_outside_the_limits_is_held_until_its_plan_is_approved(staff: Staff) -> None:
    """Nothing is written before approval; approval of another plan is refused; then exactly the plan is applied."""
    async with in_memory(staff, {"MAX_WRITES_UNAPPROVED": "10"}) as world:
        held = await world.run_to_end("staff.xlsx", write_export(staff))
        assert RunState.HELD is held.state
        assert "would be written to; the limit without approval is" in held.message
        assert 0 == world.writes
        assert await world.app.results.info(f"{held.id}/plan.xlsx") is not None

        await world.app.decisions.approve(held.id, held.digest, "a test")
        await world.pump()

        finished = await world.stored(held.id)
        assert ("a test", RunState.FINISHED) == (finished.approved_by, finished.state)
        assert staff.expected_counts == (await summary_of(world, finished))["counts"]


async def test_a_preview_writes_only_its_report(staff: Staff) -> None:
    """Rows end unprocessed, nobody is remembered, Graph sees no write."""
    async with in_memory(staff) as world:
        run = await world.run_to_end("preview/staff.xlsx", write_export(staff))

        assert RunState.FINISHED is run.state
        assert 0 == world.writes
        assert not any(world.storage.table("People").partitions.values())
        counts = (await summary_of(world, run))["counts"]
        assert {"unprocessed", "refused"} >= set(counts)
        assert await world.app.results.info(f"{run.id}/plan.json") is not None


async def test_a_cancelled_run_stops_at_once(staff: Staff) -> None:
    """Rows that were not reached say so, and the sets still add up."""
    async with in_memory(staff, {"APPLY_WINDOW": "5"}) as world:
        run = await cancelled_run(world, "staff.xlsx", write_export(staff), after=10)
        summary = await summary_of(world, run)
        assert RunState.CANCELLED is run.state
        assert summary["counts"]["unprocessed"] > 0
        assert len(staff.members) == sum(summary["counts"].values())
        assert world.writes <= 10 + 5 * 2  # a window of rows, each with up to two writes


FAULTS = (
    Fault(kind="commit-then-status", on="phoneMethods.*", status=500, probability=0.1),
    Fault(kind="commit-then-status", on="phoneMethods.*", status=504, probability=0.1),
    Fault(kind="commit-then-drop", on="phoneMethods.*", probability=0.1),
    Fault(kind="drop", on="phoneMethods.*", probability=0.1),
    Fault(kind="status", on="phoneMethods.*", status=503, probability=0.1),
)


async def test_doubtful_answers_are_settled_by_reading_back(staff: Staff) -> None:
    """With half of all calls answered wrongly, every outcome is still what is true in the directory."""
    async with in_memory(staff) as world:
        for fault in FAULTS:
            world.stand_in.faults.add(fault)
        run = await world.run_to_end("staff.xlsx", write_export(staff))

        assert RunState.FINISHED is run.state
        counts = (await summary_of(world, run))["counts"]
        assert set() == {"failed", "unconfirmed"} & set(counts)
        assert staff.expected_counts == counts


async def test_a_person_who_is_not_found_is_looked_up_once_more(staff: Staff) -> None:
    """A joiner whose account appears within a minute gets the number; who stays unknown is refused."""
    async with in_memory(staff) as world:
        joiner = next(member for member in staff.members if member.kind is PersonKind.UNKNOWN_USER)
        identity = await world.drop("staff.xlsx", write_export(staff))
        started = world.clock.now()

        async def half_a_minute_passed() -> bool:
            run = await world.stored(identity)
            return run.state is RunState.PLANNING and (world.clock.now() - started).total_seconds() >= 30

        await world.pump(until=half_a_minute_passed)
        name = joiner.keys[KeyKind.USER_PRINCIPAL_NAME]
        world.stand_in.tenant.put(Person(id="0a0a0a0a-0000-4000-8000-000000000001", userPrincipalName=name))
        await world.pump()

        run = await world.stored(identity)
        counts = (await summary_of(world, run))["counts"]
        assert staff.expected_counts["created"] + 1 == counts["created"]
        assert staff.expected_counts["refused"] - 1 == counts["refused"]
