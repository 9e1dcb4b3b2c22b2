"""Columns of a held run over HTTP: shown, chosen under the plan that was seen; and layouts listed and forgotten."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from sandbox.people import make_staff
from shared.api.roles import CallerRole
from shared.api.schema import XLSX
from tests.api.caller import ENTRA, KEY, SOMEBODY, SOMEBODY_ELSE, World, api, principal
from tests.core.export.test_one_list import workbook
from tests.flows.small_tenant import csv, number

STAFF = make_staff(5)
ACCOUNTS = [member.person.userPrincipalName for member in STAFF.members if member.person is not None]
FILE = csv(
    "userPrincipalName,Moblie phone,Office phone",
    *((account, number(10 + index), number(30 + index)) for index, account in enumerate(ACCOUNTS)),
)
NOBODY = "0" * 64


async def held(world: World) -> dict[str, Any]:
    answer = await world.http.post("/runs?name=staff.csv", content=FILE, headers={"Content-Type": "text/csv"})
    await world.inside.pump()
    return await shown(world, answer.json()["id"])


async def shown(world: World, identity: str) -> dict[str, Any]:
    run: dict[str, Any] = (await world.http.get(f"/runs/{identity}")).json()
    return run


async def choose(world: World, run: dict[str, Any], columns: object, digest: str | None = None) -> httpx.Response:
    asked = run if digest is None else {**run, "digest": digest}
    return await chosen_as(world, asked, {"columns": columns})


async def finished(world: World, run: dict[str, Any]) -> dict[str, Any]:
    answer = await world.http.post(f"/runs/{run['id']}/approve", headers={"If-Match": f'"{run["digest"]}"'})
    assert 200 == answer.status_code
    await world.inside.pump()
    return await shown(world, run["id"])


async def test_a_held_run_shows_its_columns_and_takes_a_choice() -> None:
    async with api(STAFF, ENTRA) as world:
        run = await held(world)
        assert "held" == run["state"]
        assert [("A", "used", "userPrincipalName"), ("B", "inDoubt", "ignore"), ("C", "used", "office")] == [
            (one["letters"], one["use"], one["role"]) for one in run["columns"]
        ]
        assert {"heading": "Moblie phone", "chosenBy": ""}.items() <= run["columns"][1].items()

        answer = await choose(world, run, {"b": "mobile"})
        assert (200, "reading") == (answer.status_code, answer.json()["state"])
        await world.inside.pump()
        again = await shown(world, run["id"])

        assert ("held", "mobile", SOMEBODY) == (
            again["state"], again["columns"][1]["role"], again["columns"][1]["chosenBy"],
        )  # fmt: skip
        assert run["digest"] != again["digest"]
        old = await world.http.post(f"/runs/{run['id']}/approve", headers={"If-Match": f'"{run["digest"]}"'})
        assert (412, "planChanged") == (old.status_code, old.json()["error"]["code"])
        assert "finished" == (await finished(world, again))["state"]
        late = await choose(world, again, {"B": "ignore"})
        assert (409, "runNotHeld") == (late.status_code, late.json()["error"]["code"])


@pytest.mark.parametrize(
    ("columns", "digest", "status", "code"),
    [
        ({"B": "mobile"}, NOBODY, 412, "planChanged"),
        ({"Z": "mobile"}, None, 422, "columnsNotChosen"),
        ({"B": "fax"}, None, 422, "columnsNotChosen"),
        ({"1": "mobile"}, None, 422, "columnsNotChosen"),
        ({}, None, 400, "badRequest"),
        ("B", None, 400, "badRequest"),
        ({"B": 1}, None, 400, "badRequest"),
    ],
)
async def test_a_choice_that_cannot_be_made_changes_nothing(
    columns: object, digest: str | None, status: int, code: str
) -> None:
    async with api(STAFF, ENTRA) as world:
        run = await held(world)
        answer = await choose(world, run, columns, digest)
        assert (status, code) == (answer.status_code, answer.json()["error"]["code"])
        assert run == await shown(world, run["id"])


async def test_a_choice_names_a_run_and_its_plan() -> None:
    async with api(STAFF, ENTRA) as world:
        run = await held(world)
        body = {"columns": {"B": "mobile"}}
        blind = await world.http.post(f"/runs/{run['id']}/mapping", json=body)
        assert (428, "ifMatchMissing") == (blind.status_code, blind.json()["error"]["code"])
        unknown = await choose(world, {"id": "20261121T080000Z-0123456789", "digest": NOBODY}, {"B": "mobile"})
        assert (404, "runNotFound") == (unknown.status_code, unknown.json()["error"]["code"])


async def test_a_choice_approves_nothing_so_a_second_person_is_needed_only_to_approve() -> None:
    async with api(STAFF, {**ENTRA, "REQUIRE_SECOND_PERSON": "true"}) as world:
        run = await held(world)
        assert 200 == (await choose(world, run, {"B": "mobile"})).status_code
        await world.inside.pump()
        run = await shown(world, run["id"])
        own = await world.http.post(f"/runs/{run['id']}/approve", headers={"If-Match": run["digest"]})
        assert (403, "secondPersonRequired") == (own.status_code, own.json()["error"]["code"])
        second = principal(CallerRole.APPROVE, oid=SOMEBODY_ELSE)
        other = await world.http.post(f"/runs/{run['id']}/approve", headers={"If-Match": run["digest"], **second})
        assert 200 == other.status_code


async def test_layouts_are_listed_and_forgotten() -> None:
    async with api(STAFF, KEY) as world:
        assert {"value": []} == (await world.http.get("/layouts")).json()
        run = await finished(world, await held(world))
        (layout,) = (await world.http.get("/layouts")).json()["value"]
        assert (run["id"], "key", "", ["A", "B", "C"]) == (
            layout["run"], layout["approvedBy"], layout["folder"], [one["letters"] for one in layout["columns"]],
        )  # fmt: skip
        assert {"heading": "Moblie phone", "role": "ignore", "wasInDoubt": True}.items() <= layout["columns"][1].items()

        path = f"/layouts/{layout['fingerprint']}"
        assert layout == (await world.http.get(path)).json()
        assert 204 == (await world.http.delete(path)).status_code
        for gone in (await world.http.get(path), await world.http.delete(path)):
            assert (404, "layoutNotFound") == (gone.status_code, gone.json()["error"]["code"])
        assert 400 == (await world.http.get("/layouts/staff")).status_code
        (record,) = (await world.http.get("/layouts", params={"forgotten": True})).json()["value"]
        assert ("key", True) == (record["forgottenBy"], record["forgottenAt"] is not None)
        assert layout == {**record, "forgottenBy": "", "forgottenAt": None}


async def test_every_forgotten_layout_is_recorded_with_who_did_it() -> None:
    """As an approval is, and apart from a later approval of the same layout."""
    async with api(STAFF, ENTRA) as world:
        for _ in range(2):
            await finished(world, await held(world))
            (layout,) = [one async for one in world.inside.app.layouts.all()]
            caller = principal(CallerRole.APPROVE, oid=SOMEBODY_ELSE)
            gone = await world.http.delete(f"/layouts/{layout.fingerprint}", headers=caller)
            assert 204 == gone.status_code
            world.inside.clock.leap_to(world.inside.clock.now() + timedelta(minutes=5))
        records = [one async for one in world.inside.app.layouts.forgotten()]
        assert [(layout.fingerprint, SOMEBODY_ELSE)] * 2 == [(one.fingerprint, one.forgotten_by) for one in records]


async def test_a_run_shows_its_sheets_and_takes_a_choice() -> None:
    """Rows say where they stand; with one sheet that is their number, and the sheet is not named."""
    header = ["userPrincipalName", "mobile"]
    sheets = {
        "Berlin": [header, *([one, number(10 + index)] for index, one in enumerate(ACCOUNTS[:2]))],
        "Team Paris": [header, *([one, number(20 + index)] for index, one in enumerate(ACCOUNTS[2:]))],
    }
    async with api(STAFF, ENTRA) as world:
        answer = await world.http.post(
            "/runs?name=staff.xlsx", content=workbook(sheets), headers={"Content-Type": XLSX}
        )
        await world.inside.pump()
        run = await shown(world, answer.json()["id"])
        assert {"alike": ["Berlin", "Team Paris"], "read": "all", "chosenBy": ""} == run["sheets"]
        assert [("Berlin", 2), ("Berlin", 3), *(("Team Paris", row) for row in (2, 3, 4))] == await places(world, run)

        wrong: list[object] = [{"columns": {}}, {"columns": {}, "sheets": "second"}, {"sheets": "first"}]
        assert [400] * len(wrong) == [(await chosen_as(world, run, body)).status_code for body in wrong]
        answer = await chosen_as(world, run, {"columns": {}, "sheets": "first"})
        assert (200, "reading") == (answer.status_code, answer.json()["state"])
        await world.inside.pump()

        run = await finished(world, await shown(world, run["id"]))
        assert ("first", True) == (run["sheets"]["read"], bool(run["sheets"]["chosenBy"]))
        assert [("", 2), ("", 3)] == await places(world, run)


async def places(world: World, run: dict[str, Any]) -> list[tuple[str, int]]:
    rows = (await world.http.get(f"/runs/{run['id']}/rows")).json()["value"]
    return [(row["sheet"], row["sheetRow"]) for row in rows]


async def chosen_as(world: World, run: dict[str, Any], body: object) -> httpx.Response:
    headers = {"If-Match": f'"{run["digest"]}"'}
    return await world.http.post(f"/runs/{run['id']}/mapping", json=body, headers=headers)
