"""Two calls for one person in a row, while replicas of Graph are late: no answer is untrue.

Late replicas answer reads and writes by what they know. A call may answer that its outcome is unknown, but what it says
was done is so once every replica knows it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from random import Random

import pytest

from sandbox.graph.options import Options
from sandbox.graph.person import Person
from shared.core.call import CallAction, Mode, RemovePhone, SetPhone, SwitchSmsSignIn
from shared.core.values.errors import ExplainedError
from shared.core.values.slot import PhoneType
from shared.core.values.states import RowState
from testing.in_memory import InMemory
from tests.flows.one_person import NOBODYS, PERSON, READY, A, B, C, do, world_with

MOBILE, NOT_ALLOWED = PhoneType.MOBILE, "notAllowedByPolicy"
WAYS: dict[str, Callable[[str], CallAction]] = {
    "create": lambda number: SetPhone(MOBILE, number, Mode.CREATE),
    "update": lambda number: SetPhone(MOBILE, number, Mode.UPDATE),
    "set": lambda number: SetPhone(MOBILE, number),
    "delete": lambda _: RemovePhone(MOBILE),
    "on": lambda _: SwitchSmsSignIn(enabled=True),
    "off": lambda _: SwitchSmsSignIn(enabled=False),
}
STALENESS = (0.0, 1.0, 5.0, 20.0)


async def untrue(world: InMemory, action: CallAction) -> str:
    """What the call says although it is not so; "" = it says the truth."""
    user = world.stand_in.tenant.people[PERSON]
    before = (user.methods.get(MOBILE), user.sms_state)
    try:
        done = await do(world, action)
    except ExplainedError as error:
        after = (user.methods.get(MOBILE), user.sms_state)
        absent = before[0] is None
        is_true = {
            "methodExists": not absent,
            "methodNotFound": absent,
            "smsSignInNeedsMobile": absent,
            "disabledByPolicy": before[1] == NOT_ALLOWED,
        }
        if error.code == "outcomeUnknown":
            return ""
        return "" if is_true.get(error.code, False) and before == after else f"{action}: {error.code} {error.message}"
    said = (done.outcome.state, done.outcome.code)
    number, state = user.methods.get(MOBILE), user.sms_state
    match action:
        case SetPhone(_, wanted):
            held = number == wanted and (said[0] is not RowState.UNCHANGED or before[0] == wanted)
        case RemovePhone():
            held = number is None
        case SwitchSmsSignIn(enabled=enabled):
            held = (state == "ready") is enabled
        case _:
            held = False
    return "" if held else f"{action}: {said}, but the mobile is {number} and {state}"


async def play(person: Person, actions: list[CallAction], pauses: list[float], options: Options) -> list[str]:
    async with world_with(person, options) as world:
        found = []
        for action, pause in zip(actions, pauses, strict=True):
            found.append(await untrue(world, action))
            await world.clock.sleep(pause)
        return [one for one in found if one]


@pytest.mark.parametrize("late", STALENESS)
@pytest.mark.parametrize(
    ("start", "numbers", "ways"),
    [
        pytest.param(NOBODYS, (A, A), ("create", "delete"), id="create, then delete"),
        pytest.param(READY, (A, A), ("delete", "set"), id="delete, then set the same again"),
        pytest.param(READY, (B, A), ("set", "set"), id="to B and back to A"),
        pytest.param(READY, (A, A), ("off", "on"), id="off and on"),
        pytest.param(NOBODYS, (A, B, A, C, A), ("create", "set", "delete", "create", "delete"), id="five calls"),
    ],
)
async def test_calls_in_a_row_tell_the_truth(
    start: Person, numbers: tuple[str, ...], ways: tuple[str, ...], late: float
) -> None:
    actions = [WAYS[way](number) for way, number in zip(ways, numbers, strict=True)]
    assert [] == await play(start, actions, [0.5] * len(actions), Options(late_seconds=late))


def of_all_pairs(seed: int) -> tuple[Person, list[CallAction], list[float], Options]:
    """One of all pairs of ways at random moments, with all or some of the replicas late."""
    random = Random(seed)
    pairs = list(itertools.product(WAYS, WAYS))
    ways = pairs[seed % len(pairs)]
    actions = [WAYS[way](random.choice((A, B, C))) for way in ways]
    late = STALENESS[seed // len(pairs) % len(STALENESS)]
    options = Options(late_seconds=late, late_share=random.choice((1.0, 0.5)))
    return random.choice((NOBODYS, READY)), actions, [random.choice((0.0, 0.5, 3.0, 30.0)), 0.0], options


@pytest.mark.parametrize("seed", range(0, 144, 3))
async def test_no_pair_of_calls_tells_an_untruth(seed: int) -> None:
    assert [] == await play(*of_all_pairs(seed))


@pytest.mark.long
@pytest.mark.parametrize("portion", range(20))
async def test_no_pair_of_2_000_tells_an_untruth(portion: int) -> None:
    found = {seed: await play(*of_all_pairs(seed)) for seed in range(portion * 100, portion * 100 + 100)}
    assert {} == {seed: said for seed, said in found.items() if said}
