"""Who sees masked numbers learns from no answer whether a guessed number is right, unless it is written.

Two worlds differ in one person's present values alone. The same file of guesses is sent in both, and every answer that
the caller can get about it before anything is written must be the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.graph.person import Person
from sandbox.people import Staff
from shared.api.roles import CallerRole
from shared.core.values.states import RowState, RunState
from tests.api.caller import ENTRA, World, api, principal

NUMBERS = ("+1 2025550101", "+1 2025550102", "+44 2079460003")
SLOTS = ("mobile", "alternateMobile", "office")
VICTIM, OTHER, BAIT = (f"00000000-0000-4000-8000-{index:012}" for index in (1, 2, 3))
MASKED = principal(CallerRole.UPLOAD, CallerRole.APPROVE, CallerRole.REPORTS, CallerRole.READ)
WHOLE = {**ENTRA, "MAX_SAME_MOBILE": "9", "MAX_SAME_OFFICE": "9"}
_ITS_OWN = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{10}|[0-9a-f]{12,64}|\d{4}-\d\d-\d\dT[\d:.]+Z?")
"""Ids, digests and times, which differ in every world."""


async def answers(world: World, file: bytes, way: str) -> list[Any]:
    """All answers about the file: the run, its rows by every filter, the workbooks, the lists."""
    query = {"preview": "preview=true", "check": "check=true", "keep": "onExisting=keep", "stop": ""}.get(
        way, "approval=always"
    )
    headers = {**MASKED, "Content-Type": "text/csv"}
    started = await world.http.post(f"/runs?name=staff.csv&{query}", content=file, headers=headers)
    run = started.json()["id"]
    if way == "stop":
        world.inside.work_by_messages()

    async def is_applied() -> bool:
        return way == "stop" and (await world.inside.stored(run)).state is RunState.APPLYING

    await world.inside.pump(until=is_applied)
    seen = [started.json(), *await about(world, run)]
    if way in {"cancel", "stop"}:
        cancelled = await world.http.post(f"/runs/{run}/cancel", headers=MASKED)
        await world.inside.pump()
        seen += [cancelled.json(), *await about(world, run)]
    return seen


async def about(world: World, run: str) -> list[Any]:
    states = (RowState.PLANNED, RowState.UNCHANGED, RowState.KEPT, RowState.UNPROCESSED, RowState.REFUSED)
    codes = ("alreadySet", "changePlanned", "awaitsDecision")
    filters = (*(f"?state={one}" for one in states), *(f"?outcomeCode={one}" for one in codes))
    paths = [f"/runs/{run}", *(f"/runs/{run}/rows{one}" for one in ("", *filters))]
    since = (world.inside.clock.now() - timedelta(days=1)).isoformat().replace("+", "%2B")
    paths += [f"/runs/{run}/plan", f"/runs/{run}/result", "/runs", f"/runs/changed?since={since}", "/layouts", "/drift"]
    world.inside.clock.leap_to(world.inside.clock.now() + timedelta(minutes=1))
    found = [await world.http.get(path, headers=MASKED) for path in paths]
    sought = {"text": VICTIM}
    found += [
        await world.http.post(f"/runs/{run}/rows/find{one}", json=sought, headers=MASKED) for one in ("", filters[0])
    ]
    return [(one.status_code, one.json(), one.headers.get("Retry-After")) for one in found]


def plain(seen: object) -> str:
    return _ITS_OWN.sub("…", repr(seen))


async def told(current: dict[str, str], cells: Sequence[str], way: str, policy: str) -> str:
    async with api(Staff(()), {**WHOLE, "ON_EXISTING": policy, "MAX_UNMANAGED_REPLACED": "0"}) as world:
        for number, phones in ((VICTIM, current), (OTHER, {"mobile": NUMBERS[2]}), (BAIT, {})):
            name = f"p{number[-1]}@contoso.example"
            world.inside.stand_in.tenant.put(Person(id=number, userPrincipalName=name, phones=phones))
        lines = [f"objectId,{','.join(SLOTS)}", f"{VICTIM},{','.join(cells)}", f"{OTHER},letters,,"]
        lines += [f"{BAIT},{NUMBERS[1]},,"] * (way == "stop")  # so that there is something to apply in any case
        seen = plain(await answers(world, "\n".join(lines).encode(), way))
        assert 0 == world.inside.writes
        return seen


_cells = st.tuples(*(st.sampled_from(("", *NUMBERS)) for _ in SLOTS)).filter(any)
_phones = st.dictionaries(st.sampled_from(SLOTS), st.sampled_from(NUMBERS)).filter(
    lambda phones: "mobile" in phones or "alternateMobile" not in phones
)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    one=_phones,
    other=_phones,
    cells=_cells,
    way=st.sampled_from(["preview", "check", "hold", "cancel"]),
    policy=st.sampled_from(["merge", "overwrite", "owned", "keep"]),
)
async def test_no_answer_depends_on_present_values(
    one: dict[str, str], other: dict[str, str], cells: Sequence[str], way: str, policy: str
) -> None:
    """Whatever the person has, whatever is guessed, and whatever would become of it."""
    assert await told(one, cells, way, policy) == await told(other, cells, way, policy)


@pytest.mark.parametrize("way", ["keep", "stop"])
async def test_what_a_run_that_is_applied_does_not_write_tells_nothing_either(way: str) -> None:
    """Neither where a policy keeps what differs, nor where the run is cancelled before the first write."""
    phones = [dict(zip(SLOTS, numbers, strict=True)) for numbers in (NUMBERS, NUMBERS[1:] + NUMBERS[:1])]
    for cells in ((NUMBERS[0], "", ""), NUMBERS, (NUMBERS[0], NUMBERS[0], "")):
        one, other = [await told(current, cells, way, "overwrite") for current in phones]
        assert one == other


@pytest.mark.parametrize("way", ["preview", "check", "hold", "cancel"])
async def test_a_right_guess_looks_like_a_wrong_one(way: str) -> None:
    """The plain case: one number, right in one world."""
    right, wrong = ({"mobile": number} for number in NUMBERS[:2])
    assert await told(right, (NUMBERS[0], "", ""), way, "merge") == await told(
        wrong, (NUMBERS[0], "", ""), way, "merge"
    )


async def test_callers_who_may_see_numbers_see_what_is_planned() -> None:
    """And so does everybody once the run is applied."""
    async with api(Staff(()), WHOLE) as world:
        phones = {"mobile": NUMBERS[0]}
        world.inside.stand_in.tenant.put(Person(id=VICTIM, userPrincipalName="p@contoso.example", phones=phones))
        file = f"objectId,mobile\n{VICTIM},{NUMBERS[1]}\n".encode()
        headers = {"Content-Type": "text/csv"}
        started = await world.http.post("/runs?name=a.csv&approval=always", content=file, headers=headers)
        await world.inside.pump()
        path = f"/runs/{started.json()['id']}"
        held, masked = (await world.http.get(path)).json(), (await world.http.get(path, headers=MASKED)).json()
        assert ({"planned": 1}, {}) == (held["counts"], masked["counts"])
        assert (1, {}) == (held["planned"]["updates"], masked["planned"])
        assert "update" == (await world.http.get(f"{path}/rows")).json()["value"][0]["operations"][0]["action"]

        await world.http.post(f"{path}/approve", headers={"If-Match": held["digest"]})
        await world.inside.pump()
        assert {"updated": 1} == (await world.http.get(path, headers=MASKED)).json()["counts"]
