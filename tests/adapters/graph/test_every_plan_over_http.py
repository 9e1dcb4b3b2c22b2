"""A seeded sample of all plans, as the app makes and carries them out: real gateway, HTTP, default method unknown."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from shared.core.plan.operations import DeletePhone
from shared.core.plan.plan import Plan, plan_person
from shared.core.plan.plan_refusal import PlanRefusal
from shared.core.values.errors import GraphRefusedError
from shared.core.values.slot import PhoneNumber
from shared.core.values.states import Policy
from shared.flows.person.execute import execute_and_verify
from shared.flows.person.send_again import WritePatience
from testing.virtual_time import VirtualClock
from tests.adapters.graph.conftest import OpenRoom, Room
from tests.core.every_plan import PERSON, State, Target, every_state, every_target, state_of

SAMPLE = 300


PATIENCE = WritePatience(30, timedelta(seconds=120), is_redelivered=True)


async def nobody_known(_number: PhoneNumber, _besides: str) -> tuple[str, ...]:
    """As by a ledger in which no number is."""
    return ()


async def allowed() -> None:
    """Nobody is protected."""


async def arrive(room: Room, plan: Plan) -> GraphRefusedError | None:
    """Carry out the plan; the refusal if there is one."""
    try:
        done = await execute_and_verify(
            room.gateway,
            VirtualClock(),
            PERSON,
            plan.operations,
            holders_of=nobody_known,
            patience=PATIENCE,
            before_each=allowed,
        )
    except GraphRefusedError as refusal:
        return refusal
    assert done.current is not None
    assert "" == plan.unmet(done.current) or "notAllowedByPolicy" in plan.unmet(done.current)
    return None


def is_explained(refusal: GraphRefusedError, start: State, plan: Plan) -> bool:
    """The default method was to be deleted, and the remedy says what to do."""
    deleted = [operation.phone_type for operation in plan.operations if isinstance(operation, DeletePhone)]
    return refusal.code == "defaultMethod" and start.default in deleted and "default sign-in method" in refusal.remedy


async def test_a_sample_of_all_plans_over_http(open_room: OpenRoom) -> None:
    """Each ends at its target by as many writes as planned, or with the documented refusal; Graph finds no fault."""
    random, writes, outcomes = Random(11), 0, set[str]()
    room: Room = await open_room([], (), roles=("UserAuthMethod-Phone.ReadWrite.All",))
    tenant = room.stand_in.tenant
    cases: list[tuple[State, Target]] = [
        (random.choice(list(every_state())), random.choice(list(every_target()))) for _ in range(SAMPLE)
    ]
    for start, target in cases:
        tenant.put(start.person())
        current = await room.gateway.methods(PERSON)
        assert set(start.methods().phones) == set(current.phones)
        made = plan_person(target.desired(), {}, current, Policy.OVERWRITE)
        if isinstance(made, PlanRefusal):
            assert "alternateNeedsMobile" == made.code == target.refusal(start)
            outcomes.add(made.code)
            continue
        refusal = await arrive(room, made)
        if refusal is not None:
            assert is_explained(refusal, start, made)
            outcomes.add(refusal.code)
        else:
            assert target.is_met_by(state_of(tenant))
            writes += len(made.operations)
            outcomes.add("reached")
    assert {"reached", "alternateNeedsMobile", "defaultMethod"} == outcomes
    assert room.stand_in.stats.committed.total() >= writes
    assert [] == room.stand_in.findings
