"""Every run that had a row about a person is listed with what became of it, for as long as its rows are kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sandbox.graph.person import Person
from sandbox.people import Staff
from shared.api.roles import CallerRole
from tests.api.caller import ENTRA, World, api, principal

ANNA, BOB = (f"00000000-0000-4000-8000-{number:012}" for number in (1, 2))
HELP_DESK = principal(CallerRole.READ)
NUMBER, OTHER = "+1 2025550101", "+1 2025550102"


async def runs_of(world: World, person: str, query: str = "", headers: dict[str, str] | None = None) -> dict[str, Any]:
    answer = await world.http.get(f"/users/{person}/runs{query}", headers=headers)
    assert 200 == answer.status_code, answer.text
    return dict(answer.json())


async def world_with_history(world: World) -> list[str]:
    """A preview, a run, a refused row, and a call about Anna; Bob is in none of them but the run."""
    for object_id, name in ((ANNA, "anna"), (BOB, "bob")):
        world.inside.stand_in.tenant.put(Person(id=object_id, userPrincipalName=f"{name}@contoso.example", phones={}))
    files = (
        ("preview/one.csv", f"objectId,mobile\n{ANNA},{NUMBER}\n"),
        ("two.csv", f"userPrincipalName,mobile\nbob@contoso.example,{OTHER}\nanna@contoso.example,{NUMBER}\n"),
        ("three.csv", f"objectId,mobile\n{ANNA},letters\n"),
    )
    runs = []
    for name, content in files:
        runs.append(await world.inside.drop(name, content.encode()))
        await world.inside.pump()
    world.inside.clock.leap_to(world.inside.clock.now() + timedelta(minutes=5))
    call = await world.http.put(f"/users/{ANNA}/phoneMethods/mobile", json={"phoneNumber": OTHER})
    return [*runs, call.json()["run"]]


async def test_the_runs_about_a_person_are_listed_the_newest_first() -> None:
    async with api(Staff(()), ENTRA) as world:
        preview, run, refused, call = await world_with_history(world)

        found = (await runs_of(world, ANNA))["value"]
        assert [call, run, preview] == [one["run"] for one in found if one["run"] != refused]
        assert [refused] == [one["run"] for one in found if one["state"] == "refused"]
        seen = {one["run"]: (one["row"], one["state"], one["source"], one["preview"]) for one in found}
        assert (1, "updated", "call", False) == seen[call]
        assert (3, "created", "blob", False) == seen[run]
        assert (2, True) == (seen[preview][0], seen[preview][3])
        assert [run] == [one["run"] for one in (await runs_of(world, "bob@contoso.example"))["value"]]
        assert [] == (await runs_of(world, BOB.replace("2", "9")))["value"]


async def test_pages_follow_each_other_and_who_sees_masked_numbers_is_told_less() -> None:
    """A preview's row looks alike whatever the person has; what was written is shown."""
    async with api(Staff(()), ENTRA) as world:
        preview, run, _, _ = await world_with_history(world)
        whole = (await runs_of(world, ANNA))["value"]
        paged, query = list[dict[str, Any]](), "?$top=1"
        while query:
            page = await runs_of(world, ANNA, query)
            paged += page["value"]
            query = f"?{page['@odata.nextLink'].partition('?')[2]}" if page["@odata.nextLink"] else ""
        assert whole == paged

        told = {one["run"]: one for one in (await runs_of(world, ANNA, headers=HELP_DESK))["value"]}
        assert {one["run"] for one in whole} == told.keys()
        assert "created" == told[run]["state"]
        assert "" == told[preview]["code"]
        assert "people who may see numbers" in told[preview]["reason"]


async def test_the_runs_of_a_person_go_with_their_rows() -> None:
    async with api(Staff(()), {**ENTRA, "KEEP_ROWS_DAYS": "10"}) as world:
        await world_with_history(world)
        world.inside.clock.leap_to(world.inside.clock.now() + timedelta(days=11))
        await world.inside.app.sweep()
        await world.inside.pump()

        assert [] == (await runs_of(world, ANNA))["value"]
        rows = world.inside.storage.table("Rows").partitions
        assert [] == [name for name, entities in rows.items() if entities]
