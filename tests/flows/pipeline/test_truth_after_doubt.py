"""Truth after doubt at scale: whatever Graph answers, the recorded outcome is what is true in the directory."""

from __future__ import annotations

from collections import Counter

import pytest

from sandbox.exports import write_export
from sandbox.graph.faults import Fault
from sandbox.people import make_staff
from shared.core.person.account import Methods, PhoneAuthenticationMethod
from shared.core.plan.operations import is_done
from shared.core.run.row import Row
from shared.core.run.run import Run
from shared.core.values.slot import number_from_graph
from shared.core.values.states import SUCCEEDED_ROWS, RowState, RunState
from testing.in_memory import InMemory, in_memory

WRITES = "phoneMethods.[cu]*"
FAULTS = (
    Fault(kind="commit-then-status", on=WRITES, status=409, probability=0.05),
    Fault(kind="commit-then-status", on=WRITES, status=500, probability=0.05),
    Fault(kind="commit-then-status", on=WRITES, status=504, probability=0.05),
    Fault(kind="commit-then-drop", on=WRITES, probability=0.05),
    Fault(kind="drop", on=WRITES, probability=0.05),
    Fault(kind="stale-reads", on=WRITES, probability=0.05, seconds=10),
)
SETTINGS = {"MAX_WRITES_UNAPPROVED": "100000", "RESOLVE_SECONDS": "15"}


async def false_outcomes(world: InMemory, run: Run, plans: dict[int, Row]) -> list[tuple[int, RowState]]:
    """Rows whose outcome is not what the directory says of the numbers that were planned for them."""
    found = []
    async for row in world.app.rows.in_order(run):
        plan = plans[row.number].plan
        if plan is None or not plan.operations:
            continue
        methods = world.stand_in.tenant.people[row.object_id.lower()].methods
        current = Methods(
            tuple(PhoneAuthenticationMethod(kind, number_from_graph(number)) for kind, number in methods.items())
        )
        done = all(is_done(operation, current) for operation in plan.operations)
        if done != (row.state in SUCCEEDED_ROWS):
            found.append((row.number, row.state))
    return found


async def outcomes_are_true(people: int) -> None:
    staff = make_staff(people)
    async with in_memory(staff, {**SETTINGS, "APPROVAL": "always"}) as world:
        held = await world.run_to_end("staff.xlsx", write_export(staff))
        plans = {row.number: row async for row in world.app.rows.in_order(held)}
        for fault in FAULTS:
            world.stand_in.faults.add(fault)
        await world.app.decisions.approve(held.id, held.digest, "a test")
        await world.pump()

        run = await world.stored(held.id)
        assert RunState.FINISHED is run.state
        assert [] == await false_outcomes(world, run, plans)
        states = Counter({state: count for state, count in run.counts.items() if count})
        assert set() == {RowState.UNCONFIRMED, RowState.FAILED, RowState.STALE} & set(states)
        assert sum(world.stand_in.stats.faults.values()) > people / 20


async def test_every_outcome_is_true() -> None:
    """Three hundred people, a quarter of all writes answered falsely or not at all, reads up to ten seconds stale."""
    await outcomes_are_true(300)


@pytest.mark.long
async def test_every_outcome_is_true_for_five_thousand_people() -> None:
    """The same at the size of a whole company."""
    await outcomes_are_true(5_000)
