"""Nothing of an ended attempt changes, whatever is asked of its run afterwards; every attempt leaves its own files."""

from __future__ import annotations

import json
from contextlib import suppress
from random import Random

import pytest

from sandbox.graph.faults import Fault
from shared.core.run.attempts import DecisionKind
from shared.core.run.run import Run
from shared.core.values.errors import ExplainedError
from shared.core.values.states import RunState
from testing.in_memory import InMemory
from tests.flows.small_tenant import csv, number, person, tenant_of

FILE = csv(
    "userPrincipalName,Moblie phone,Office phone",
    *((person(index).userPrincipalName, number(20 + index), number(30 + index)) for index in range(1, 4)),
    ("nobody@contoso.example", number(40), number(41)),
)
VERBS = ("approve", "reject", "cancel", "redrive", "choose", "fault", "deliver")


async def files(world: InMemory, run: Run) -> dict[str, bytes]:
    return {info.name: await world.app.results.read(info.name) async for info in world.app.results.list(f"{run.id}/")}


async def ask(world: InMemory, run: Run, verb: str, random: Random) -> None:
    app = world.app
    match verb:
        case "approve":
            await app.decisions.approve(run.id, run.digest, "an approver")
        case "reject":
            await app.decisions.reject(run.id, "a rejecter")
        case "cancel":
            await app.decisions.cancel(run.id, "a canceller")
        case "redrive":
            await app.redrive(run.id, "a redriver")
        case "choose":
            role = random.choice(("mobile", "alternateMobile", "ignore"))
            await app.decisions.choose_columns(run.id, run.digest, {"B": role}, "a chooser")
        case "fault":
            world.stand_in.faults.add(Fault(kind="status", on="phoneMethods.create", status=400, count=2))
        case _:
            await world.deliver_visible()


@pytest.mark.parametrize("seed", range(6))
async def test_what_an_ended_attempt_recorded_never_changes(seed: int) -> None:
    """Not by redrive, cancel, approval, rejection or choice of columns, in any order; nor its files."""
    random = Random(seed)
    async with tenant_of([*(person(index) for index in range(1, 4))]) as world:
        identity = await world.drop("staff.csv", FILE)
        ended: tuple[object, ...] = ()
        kept: dict[str, bytes] = {}
        for _ in range(14):
            run = await world.stored(identity)
            with suppress(ExplainedError):
                await ask(world, run, random.choice(VERBS), random)
            if random.random() < 0.6:
                await world.pump()
            run = await world.stored(identity)
            now = tuple(attempt for attempt in run.attempts if attempt.end is not None)
            assert ended == now[: len(ended)]
            ended = now
            left = await files(world, run)
            assert kept == {name: left.get(name) for name in kept}
            present = f"{run.folder}/"
            kept = (
                left
                if run.closed
                else {
                    name: content
                    for name, content in left.items()
                    if run.folder != run.id and not name.startswith(present) and not name.startswith(f"{run.id}/input")
                }
            )


async def test_a_redriven_run_still_tells_who_approved_what() -> None:
    """Approver, digest, plan, result, changes and request ids of an approved run stay, also when it is cancelled."""
    export = csv(
        "userPrincipalName,mobile", (person(1).userPrincipalName, number(21)), ("no@contoso.example", number(22))
    )
    async with tenant_of([person(1)], APPROVAL="always") as world:
        held = await world.run_to_end("staff.csv", export)
        await world.app.decisions.approve(held.id, held.digest, "an approver")
        await world.pump()
        first = (await world.stored(held.id)).attempt
        assert first.end is not None
        before = await files(world, held)

        await world.app.redrive(held.id, "a redriver")
        await world.app.decisions.cancel(held.id, "a canceller")
        await world.pump()

        run = await world.stored(held.id)
        assert first == run.attempts[0]
        assert (held.digest, ("an approver",), RunState.FINISHED) == (
            first.plan.digest, first.approvers, first.end.state,
        )  # fmt: skip
        assert first.held_because.startswith("Held")
        assert run.attempt.end is not None
        assert (RunState.CANCELLED, [DecisionKind.CANCELLED]) == (
            run.attempt.end.state, [one.kind for one in run.attempt.decisions],
        )  # fmt: skip
        after = await files(world, run)
        assert before == {name: after[name] for name in before}
        row = await world.app.rows.get(run.id, 2)
        assert row is not None
        assert all(one.request_id for one in row.slots)


async def test_a_run_within_the_limits_leaves_a_plan() -> None:
    async with tenant_of([person(1)]) as world:
        run = await world.run_to_end(
            "staff.csv", csv("userPrincipalName,mobile", (person(1).userPrincipalName, number(21)))
        )
        plan = json.loads(await world.app.results.read(f"{run.id}/plan.json"))
        assert [{"row": 2, "id": person(1).id, "operations": [{"of": "mobile", "effect": "update"}]}] == plan["changes"]
        assert await world.app.results.info(f"{run.id}/plan.xlsx") is None
