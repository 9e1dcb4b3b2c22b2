"""The planner and the stand-in's rules: every start, target and default method, inside and outside the SMS policy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from itertools import product
from random import Random

import pytest

from sandbox.graph.errors import GraphError
from sandbox.graph.user_state import OUT_OF_SCOPE
from shared.core.export.desired import Desired
from shared.core.plan.operations import DeletePhone
from shared.core.plan.plan import Plan, plan_person
from shared.core.plan.plan_refusal import PlanRefusal
from shared.core.values.slot import PHONE_SLOTS, Remove, Slot
from shared.core.values.states import Policy
from tests.core.every_plan import NUMBERS, Calls, State, Target, every_state, every_target

CALLS = Calls()
STATES, TARGETS = list(every_state()), list(every_target())


@cache
def fewest_calls(start: State) -> dict[Target, int]:
    """To every target that can be met in this very tenant."""
    fewest: dict[Target, int] = {}
    for state, calls in CALLS.distances(start).items():
        for target in (Target(state.phones, sms) for sms in (None, True, False)):
            if target.is_met_by(state):
                fewest[target] = min(calls, fewest.get(target, calls))
    return fewest


def planned(start: State, target: Target, default: Slot | None = None) -> Plan | PlanRefusal:
    """The plan for what can be seen of `start`; `default` is what the planner knows of the default method."""
    return _planned(replace(start, default=None), target, default)


@cache
def _planned(start: State, target: Target, default: Slot | None) -> Plan | PlanRefusal:
    return plan_person(target.desired(), {}, start.methods(), Policy.OVERWRITE, default=default)


def walk(start: State, plan: Plan) -> list[State]:
    """Every state on the way; fails at the first call that is illegal."""
    states = [start]
    for operation in plan.operations:
        outcome = CALLS.outcome(states[-1], operation)
        assert isinstance(outcome, State), (start, operation, outcome)
        states.append(outcome)
    return states


def check(start: State, target: Target) -> str:
    """Reached by the fewest calls, all legal and never without a number on the way, or refused as documented.

    Fewest are those that do in every tenant that looks the same. Planned again from there, nothing is left to do.
    """
    default = Slot(start.default.value) if start.default else None
    made, refusal = planned(start, target, default), target.refusal(start)
    if isinstance(made, PlanRefusal):
        assert refusal == made.code, (start, target)
        return made.code
    assert refusal is None, (start, target)
    states = walk(start, made)
    assert target.is_met_by(states[-1]), (start, target, made)
    fewest = max(fewest_calls(alike)[target] for alike in start.lookalikes())
    assert fewest == len(made.operations), (start, target, made)
    assert all(any(state.phones) for state in states[1:-1]), (start, target, made)
    again = planned(states[-1], target, default)
    assert isinstance(again, Plan)
    assert () == again.operations, (start, target)
    return "planned"


def test_from_some_starts_to_some_targets() -> None:
    """A twenty-fifth of the cases of the next test."""
    random = Random(7)
    seen = Counter(check(random.choice(STATES), random.choice(TARGETS)) for _ in range(4_000))
    assert {"planned", "alternateNeedsMobile", "defaultMethod"} == set(seen)


@pytest.mark.long
def test_from_every_start_to_every_target() -> None:
    """All phones, default methods and scopes of the SMS policy, and every opinion on SMS sign-in, none among them."""
    seen = Counter(check(start, target) for start, target in product(STATES, TARGETS))
    assert {"planned": 69_450, "alternateNeedsMobile": 18_648, "defaultMethod": 11_358} == seen


def test_a_slot_without_an_opinion_is_never_touched() -> None:
    """From every start to every mixture of opinions and none: legal, reached, and nothing left the second time."""
    opinions = (None, Remove.REMOVE, NUMBERS["A"], NUMBERS["B"])
    for start in (state for state in STATES if state.default is None and state.sms == OUT_OF_SCOPE):
        for desired_values in product(opinions, opinions, opinions):
            listed = zip(PHONE_SLOTS, desired_values, strict=True)
            desired = Desired(
                tuple((slot, desired_value) for slot, desired_value in listed if desired_value is not None)
            )
            made = plan_person(desired, {}, start.methods(), Policy.OVERWRITE)
            if isinstance(made, PlanRefusal):
                assert "alternateNeedsMobile" == made.code
                continue
            end = walk(start, made)[-1].methods()
            expected = {slot: start.methods().value(slot) for slot in PHONE_SLOTS} | {
                slot: None if isinstance(desired_value, Remove) else desired_value
                for slot, desired_value in desired.slots
            }
            assert expected == {slot: end.value(slot) for slot in PHONE_SLOTS}
            again = plan_person(desired, {}, end, Policy.OVERWRITE)
            assert isinstance(again, Plan)
            assert () == again.operations


UNKNOWN_DEFAULT = list(product((state for state in STATES if state.default), TARGETS))


def test_where_the_default_method_is_not_known_graph_alone_refuses() -> None:
    """Some of the cases of the next test."""
    assert refusals_of_graph(Random(7).sample(UNKNOWN_DEFAULT, 4_000)) > 0


@pytest.mark.long
def test_where_the_default_method_is_not_known_graph_alone_always_refuses() -> None:
    assert refusals_of_graph(UNKNOWN_DEFAULT) > 0


def refusals_of_graph(cases: Iterable[tuple[State, Target]]) -> int:
    """The only call that can be refused is the deletion of the default method, and the person has a number then."""
    refused = 0
    for start, target in cases:
        made = planned(start, target)
        if isinstance(made, PlanRefusal):
            assert "alternateNeedsMobile" == made.code
            continue
        state = start
        for operation in made.operations:
            outcome = CALLS.outcome(state, operation)
            if isinstance(outcome, GraphError):
                assert isinstance(operation, DeletePhone)
                assert operation.phone_type is start.default
                assert "default authentication method" in outcome.message
                assert any(state.phones)
                refused += 1
                break
            state = outcome
    return refused
