"""Runs over the API: uploads in every form, options that may and may not loosen, decisions, pages, files."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook

from sandbox.exports import write_export
from sandbox.people import make_staff
from shared.adapters.graph.method_ids import METHOD_IDS
from shared.api.roles import CallerRole
from shared.core.values.slot import PhoneType
from shared.core.values.states import RowState, RunState, Source
from tests.api.caller import ENTRA, KEY, SOMEBODY, SOMEBODY_ELSE, World, api, principal

STAFF = make_staff(25)
EXPORT = write_export(STAFF)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HELD = {**ENTRA, "APPROVAL": "always"}
SAME = "1b0e6a52-3d0f-4f57-9d43-31b54fc2aa01"


async def upload(
    world: World, query: str = "", data: bytes = EXPORT, headers: dict[str, str] | None = None
) -> httpx.Response:
    return await world.http.post(f"/runs{query}", content=data, headers={"Content-Type": XLSX, **(headers or {})})


async def uploaded(world: World, query: str = "") -> dict[str, Any]:
    """The run once nothing moves any more."""
    identity = (await upload(world, query)).json()["id"]
    await world.inside.pump()
    run: dict[str, Any] = (await world.http.get(f"/runs/{identity}")).json()
    return run


async def test_an_upload_becomes_a_run_like_any_other() -> None:
    """201 with Location at once; followed by Retry-After until it is over; the counts are those of a dropped file."""
    async with api(STAFF, ENTRA) as world:
        answer = await upload(world, "?name=staff.xlsx")

        run = answer.json()
        assert (201, "reading", "upload", "staff.xlsx", SOMEBODY) == (
            answer.status_code, run["state"], run["source"], run["name"], run["startedBy"],
        )  # fmt: skip
        assert f"/api/v1/runs/{run['id']}" == answer.headers["Location"]
        assert int(answer.headers["Retry-After"]) > 0
        await world.inside.pump()
        end = await world.http.get(f"/runs/{run['id']}")
        assert ("finished", True) == (end.json()["state"], end.json()["isFinished"])
        assert "Retry-After" not in end.headers
        assert STAFF.expected_counts == end.json()["counts"]
        assert len(STAFF.members) == end.json()["rows"] == end.json()["completed"]


async def test_a_damaged_run_is_named_with_its_property(caplog: pytest.LogCaptureFixture) -> None:
    """Lists leave it out; who asks for it, or decides about it, learns what is to be repaired. The log says it too."""
    async with api(STAFF, HELD) as world:
        run = await uploaded(world)
        table = world.inside.storage.table("Runs")
        await table.merge("run", run["id"], {"mapping": "[]"})
        match = {"If-Match": f'"{run["digest"]}"'}
        for answer in (
            await world.http.get(f"/runs/{run['id']}"),
            await world.http.get(f"/runs/{run['id']}/rows"),
            await world.http.post(f"/runs/{run['id']}/approve", headers=match),
        ):
            error = answer.json()["error"]
            assert (503, "storedDamaged") == (answer.status_code, error["code"])
            assert f"run {run['id']}, mapping (" in error["message"]
            assert "Repair the property" in error["message"]
        assert 3 == len([one for one in caplog.records if "EntityUnreadable" in one.getMessage()])
        assert [] == (await world.http.get("/runs")).json()["value"]


async def test_a_checked_file_is_started_by_who_checked_it() -> None:
    """Once, as the same run; the list of runs has it until then."""
    async with api(STAFF, ENTRA) as world:
        run = await uploaded(world, "?check=true&name=staff.xlsx")
        start = f"/runs/{run['id']}/start"
        assert ("checked", 0) == (run["state"], world.inside.writes)
        waiting = (await world.http.get("/runs?state=checked")).json()["value"]
        assert [run["id"]] == [one["id"] for one in waiting]
        other = await world.http.post(start, headers=principal(*CallerRole, oid=SOMEBODY_ELSE))
        assert (403, "otherPersonsRun") == (other.status_code, other.json()["error"]["code"])

        assert "reading" == (await world.http.post(start)).json()["state"]
        await world.inside.pump()
        end = (await world.http.get(f"/runs/{run['id']}")).json()
        assert ("finished", STAFF.expected_counts) == (end["state"], end["counts"])
        again = await world.http.post(start)
        assert (409, "runNotChecked") == (again.status_code, again.json()["error"]["code"])
        assert 404 == (await world.http.post("/runs/20261121T080000Z-0123456789/start")).status_code


def bodies() -> Iterator[Any]:
    form = {"file": ("C:\\HR\\staff.xlsx", EXPORT, XLSX)}
    csv = b"userPrincipalName;mobile\nnobody@contoso.example;+1 202 555 0123\n"
    yield pytest.param({"files": form}, "staff.xlsx", id="form")
    yield pytest.param({"files": form, "params": {"name": "mine.xlsx"}}, "mine.xlsx", id="form with a name")
    yield pytest.param({"content": EXPORT, "headers": {"Content-Type": XLSX}}, "upload.xlsx", id="workbook")
    octets = {"Content-Type": "application/octet-stream"}
    yield pytest.param({"content": EXPORT, "headers": octets, "params": {"name": "a/b.xlsx"}}, "b.xlsx", id="bytes")
    yield pytest.param({"content": csv, "headers": {"Content-Type": "text/csv; charset=utf-8"}}, "upload.csv", id="csv")


@pytest.mark.parametrize(("request_parts", "name"), [*bodies()])
async def test_an_export_comes_as_it_is_or_in_a_form(request_parts: dict[str, Any], name: str) -> None:
    """The bytes that are read are those that were sent, under the last part of their name."""
    async with api(STAFF, ENTRA) as world:
        run = (await world.http.post("/runs", **request_parts)).json()
        await world.inside.pump()

        end = await world.inside.stored(run["id"])
        assert (name, RunState.FINISHED) == (end.name, end.state)
        sent = request_parts.get("content", EXPORT)
        assert sent == await world.inside.app.results.read(end.input_blob)


@pytest.mark.parametrize(
    ("request_parts", "status", "code"),
    [
        ({}, 415, "unsupportedMediaType"),
        ({"content": b"x", "headers": {"Content-Type": "image/png"}}, 415, "unsupportedMediaType"),
        ({"content": b"", "headers": {"Content-Type": XLSX}}, 400, "badRequest"),
        ({"files": {"file": ("a.xlsx", b"")}}, 400, "badRequest"),
        ({"files": {"other": ("a.xlsx", EXPORT)}}, 400, "badRequest"),
        ({"files": [("file", ("a.xlsx", EXPORT)), ("file", ("b.xlsx", EXPORT))]}, 400, "badRequest"),
        ({"files": {"file": ("a.xlsx", EXPORT)}, "data": {"preview": "true"}}, 400, "badRequest"),
        ({"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, 400, "badRequest"),
        ({"json": {"source": "blob"}}, 400, "badRequest"),
        ({"json": {"source": "reconcile", "x": 1}}, 400, "badRequest"),
        ({"json": {"source": "reconcile"}, "params": {"preview": True}}, 400, "badRequest"),
        ({"content": b"{", "headers": {"Content-Type": "application/json"}}, 400, "badRequest"),
        ({"content": EXPORT, "headers": {"Content-Type": XLSX}, "params": {"approval": "perhaps"}}, 400, "badRequest"),
        ({"json": {"source": "directory"}}, 422, "sourceNotConfigured"),
    ],
)
async def test_what_is_no_upload_is_refused_before_there_is_a_run(
    request_parts: dict[str, Any], status: int, code: str
) -> None:
    """Nothing is stored and no run begins."""
    async with api(STAFF, ENTRA) as world:
        answer = await world.http.post("/runs", **request_parts)

        assert (status, code) == (answer.status_code, answer.json()["error"]["code"])
        assert [] == (await world.http.get("/runs")).json()["value"]
        assert {} == world.inside.storage.container("results").blobs


async def test_the_size_is_limited_before_anything_is_read() -> None:
    """A file of exactly the limit is taken, a body beyond it and the form around it is not."""
    limit = 100_000
    async with api(STAFF, {**ENTRA, "MAX_FILE_BYTES": str(limit)}) as world:
        assert 201 == (await upload(world, data=b"x" * limit)).status_code
        answer = await upload(world, data=b"x" * (limit + 64 * 1024 + 1))
        assert (413, "bodyTooLarge") == (answer.status_code, answer.headers["x-ms-error-code"])


async def test_a_file_that_cannot_be_used_is_explained_in_its_run() -> None:
    """The upload is taken, the run fails with the file's own code, and its workbook says why."""
    async with api(STAFF, ENTRA) as world:
        identity = (await upload(world, data=b"no workbook")).json()["id"]
        await world.inside.pump()

        run = (await world.http.get(f"/runs/{identity}")).json()
        assert ("failed", True) == (run["state"], run["isFinished"])
        assert run["code"]
        assert run["message"]
        workbook = load_workbook(BytesIO((await world.http.get(f"/runs/{identity}/result")).content))
        said = {name: value for name, value, *_ in workbook.worksheets[0].values}
        assert run["message"] == f"{said['Details']} {said['What to do']}"


async def test_a_repeated_upload_is_the_same_run() -> None:
    """The same id from the same caller with the same file: one run. Another file under it: a conflict."""
    async with api(STAFF, ENTRA) as world:
        header = {"Repeatability-Request-ID": SAME}
        first, second = [await upload(world, headers=header) for _ in range(2)]
        other = await upload(world, data=write_export(make_staff(10)), headers=header)
        somebody_else = await upload(world, headers=header | principal(*CallerRole, oid=SOMEBODY_ELSE))
        await world.inside.pump()
        late = await upload(world, headers=header)

        assert first.json()["id"] == second.json()["id"] == late.json()["id"] != somebody_else.json()["id"]
        assert (409, "repeatabilityIdReused") == (other.status_code, other.json()["error"]["code"])
        assert 2 == len((await world.http.get("/runs")).json()["value"])
        assert "finished" == late.json()["state"]


class TestLoosening:
    """A file may never loosen; a caller may who could also approve."""

    @pytest.mark.parametrize("query", ["?approval=limits", "?approval=never", "?onExisting=overwrite"])
    async def test_it_needs_the_role_that_approves(self, query: str) -> None:
        """403 without Runs.Approve, with the names of the options; taken with it."""
        async with api(STAFF, HELD) as world:
            refused = await upload(world, query, headers=principal(CallerRole.UPLOAD))
            assert (403, "looseningNotAllowed") == (refused.status_code, refused.json()["error"]["code"])
            assert query[1:].partition("=")[0] in refused.json()["error"]["message"]
            assert 201 == (await upload(world, query)).status_code

    @pytest.mark.parametrize(
        "query",
        ["", "?approval=always", "?onExisting=keep", "?preview=true", "?scope=full", "?defaultRegion=de",
         "?defaultPhoneType=office", "?onExisting=merge"],
    )  # fmt: skip
    async def test_what_does_not_loosen_needs_only_the_upload(self, query: str) -> None:
        """Tightening and choosing are free."""
        async with api(STAFF, ENTRA) as world:
            assert 201 == (await upload(world, query, headers=principal(CallerRole.UPLOAD))).status_code

    async def test_where_a_second_person_is_needed_a_loosened_run_waits_for_one(self) -> None:
        """Otherwise one person could switch off what takes two."""
        async with api(STAFF, {**HELD, "REQUIRE_SECOND_PERSON": "true"}) as world:
            run = await uploaded(world, "?approval=limits")
            assert "held" == run["state"]
            assert "second person" in run["concerns"][0]
            approve = {"If-Match": f'"{run["digest"]}"'}
            same = await world.http.post(f"/runs/{run['id']}/approve", headers=approve)
            assert (403, "secondPersonRequired") == (same.status_code, same.json()["error"]["code"])
            other = principal(CallerRole.APPROVE, oid=SOMEBODY_ELSE)
            agreed = await world.http.post(f"/runs/{run['id']}/approve", headers=approve | other)
            assert (200, "applying", SOMEBODY_ELSE) == (
                agreed.status_code, agreed.json()["state"], agreed.json()["approvedBy"],
            )  # fmt: skip


class TestDecisions:
    async def test_exactly_the_plan_that_was_looked_at_is_approved(self) -> None:
        """428 without If-Match, 412 for another plan or any, 200 for this one; then the run goes on to its end."""
        async with api(STAFF, HELD) as world:
            run = await uploaded(world)
            path = f"/runs/{run['id']}"
            etag = (await world.http.get(path)).headers["ETag"]
            assert f'"{run["digest"]}"' == etag

            async def approve(**headers: str) -> tuple[int, str | None]:
                answer = await world.http.post(f"{path}/approve", headers=headers)
                return answer.status_code, answer.headers.get("x-ms-error-code")

            assert (428, "ifMatchMissing") == await approve()
            for other in ('"0123456789abcdef"', "*", '""', etag[:8]):
                assert (412, "planChanged") == await approve(**{"If-Match": other})
            assert 0 == world.inside.writes
            assert (200, None) == await approve(**{"If-Match": etag})
            assert (409, "runNotHeld") == await approve(**{"If-Match": etag})
            await world.inside.pump()
            end = (await world.http.get(path)).json()
            assert ("finished", SOMEBODY) == (end["state"], end["approvedBy"])
            assert STAFF.expected_counts == end["counts"]

    async def test_a_key_does_not_tell_who_the_second_person_is(self) -> None:
        """Refused with the way out; nothing is approved."""
        async with api(STAFF, {**KEY, "APPROVAL": "always", "REQUIRE_SECOND_PERSON": "true"}) as world:
            run = await uploaded(world)
            answer = await world.http.post(f"/runs/{run['id']}/approve", headers={"If-Match": run["digest"]})

            assert (403, "secondPersonUnknown") == (answer.status_code, answer.json()["error"]["code"])
            assert "AUTH_MODE" in answer.json()["error"]["message"]
            assert "held" == (await world.http.get(f"/runs/{run['id']}")).json()["state"]

    async def test_of_two_decisions_at_once_one_holds(self) -> None:
        """The other one's answer says to look again, or that the run no longer waits."""
        async with api(STAFF, HELD) as world:
            run = await uploaded(world)
            approve = world.http.post(f"/runs/{run['id']}/approve", headers={"If-Match": run["digest"]})
            reject = world.http.post(f"/runs/{run['id']}/reject")
            answers = await asyncio.gather(approve, reject)

            assert [200, 409] == sorted(answer.status_code for answer in answers)
            late = next(answer for answer in answers if answer.status_code == 409)
            assert late.json()["error"]["code"] in {"concurrentChange", "runNotHeld"}

    async def test_reject_cancel_and_redrive(self) -> None:
        """A rejected run can be redriven and then cancelled; what is over can be neither rejected nor cancelled."""
        async with api(STAFF, HELD) as world:
            run = await uploaded(world)
            path = f"/runs/{run['id']}"
            rejected = (await world.http.post(f"{path}/reject", json={"note": "Old export.\n"})).json()
            assert ("rejected", True) == (rejected["state"], rejected["message"].endswith(" Old export."))
            await world.inside.pump()
            codes = [(await world.http.post(f"{path}/{verb}")).json()["error"]["code"] for verb in ("reject", "cancel")]
            assert ["runNotHeld", "runNotCancellable"] == codes
            assert "planning" == (await world.http.post(f"{path}/redrive")).json()["state"]
            assert "cancelled" == (await world.http.post(f"{path}/cancel")).json()["state"]
            await world.inside.pump()
            assert 0 == world.inside.writes

    @pytest.mark.parametrize("verb", ["approve", "reject", "cancel", "redrive"])
    async def test_a_run_that_there_is_not(self, verb: str) -> None:
        """404, for decisions as for reads."""
        async with api(STAFF, ENTRA) as world:
            path = f"/runs/20261121T080000Z-0123456789/{verb}"
            answer = await world.http.post(path, headers={"If-Match": "0123456789abcdef"})
            assert (404, "runNotFound") == (answer.status_code, answer.json()["error"]["code"])


class TestPages:
    async def test_rows_are_paged_and_filtered(self) -> None:
        """Following the links gives every row once, in order; filters by state and code keep their rows only."""
        async with api(STAFF, HELD) as world:
            run = await uploaded(world)
            seen: list[dict[str, Any]] = []
            link = f"/runs/{run['id']}/rows?$top=7"
            while link:
                page = (await world.http.get(link)).json()
                assert len(page["value"]) <= 7
                seen += page["value"]
                link = page["@odata.nextLink"]
            assert len(STAFF.members) == len(seen)
            assert sorted(row["row"] for row in seen) == [row["row"] for row in seen]

            planned = await world.http.get(f"/runs/{run['id']}/rows", params={"state": "planned"})
            assert [row for row in seen if row["state"] == "planned"] == planned.json()["value"]
            code = next(row["code"] for row in seen if row["state"] == RowState.REFUSED)
            of_code = await world.http.get(f"/runs/{run['id']}/rows", params={"outcomeCode": code, "state": "refused"})
            assert [row for row in seen if row["code"] == code] == of_code.json()["value"]

    async def test_planned_rows_show_their_steps_and_hide_numbers(self) -> None:
        """An approver with the right to numbers sees what would be done; without it, nothing that tells a value."""
        async with api(STAFF, HELD) as world:
            run = await uploaded(world)
            path = f"/runs/{run['id']}/rows?state=planned"
            clear = (await world.http.get(path)).json()["value"]
            masked = (await world.http.get(path, headers=principal(CallerRole.APPROVE))).json()["value"]

            steps = [step for row in clear for step in row["operations"]]
            assert {"create", "update"} <= {step["action"] for step in steps}
            assert all(step["new"].startswith("+") for step in steps)
            assert [] == [step for row in masked for step in row["operations"]]

    async def test_history_is_newest_first_and_paged(self) -> None:
        """Calls for one person are in it as well; filters by source and state keep their runs only."""
        async with api(STAFF, ENTRA) as world:
            person = next(member.person for member in STAFF.members if member.person)
            for _ in range(3):
                await world.http.delete(f"/users/{person.id}/phoneMethods/office")
                await world.inside.clock.sleep(3600 * 50)
            await world.inside.drop("staff.xlsx", EXPORT)
            await world.inside.pump()

            found: list[str] = []
            link = "/runs?$top=1"
            while link:
                page = (await world.http.get(link)).json()
                found += [run["id"] for run in page["value"]]
                link = page["@odata.nextLink"]
            assert sorted(found, reverse=True) == found
            assert 4 == len(found)
            dropped = (await world.http.get("/runs", params={"source": Source.BLOB, "state": "finished"})).json()
            assert found[:1] == [run["id"] for run in dropped["value"]]

    async def test_a_damaged_run_hides_no_other(self) -> None:
        """It is missing in the lists of runs and of changes; the others, and the pages after it, are not."""
        async with api(STAFF, ENTRA) as world:
            since = world.inside.clock.now().isoformat()
            for name in ("a.xlsx", "b.xlsx", "c.xlsx"):
                await world.inside.run_to_end(name, EXPORT)
            await world.inside.clock.sleep(60)
            newest, damaged, oldest = [run["id"] for run in (await world.http.get("/runs")).json()["value"]]
            table = world.inside.storage.table("Runs")
            entity = await table.get("run", damaged)
            assert entity is not None
            await table.upsert("run", damaged, {**entity.values, "stateHistory": "[1"})

            first = (await world.http.get("/runs?$top=1")).json()
            second = (await world.http.get(first["@odata.nextLink"])).json()
            changed = (await world.http.get("/runs/changed", params={"since": since})).json()
            assert [newest, oldest] == [page["value"][0]["id"] for page in (first, second)]
            assert {newest, oldest} == {run["id"] for run in changed["value"]}


async def test_plan_and_result_are_workbooks_for_those_who_may_see_numbers() -> None:
    """Neither is to be cached. Plans hold earlier values, so they are for approvers; a result holds what its uploader
    sent, so that one gets it without the role too, once it is applied."""
    async with api(STAFF, ENTRA) as world:
        run = await uploaded(world, "?preview=true")
        for heading in ("plan", "result"):
            answer = await world.http.get(f"/runs/{run['id']}/{heading}")
            assert (200, XLSX, "no-store") == (
                answer.status_code, answer.headers["Content-Type"], answer.headers["Cache-Control"],
            )  # fmt: skip
            assert load_workbook(BytesIO(answer.content)).sheetnames
            other = principal(CallerRole.APPROVE, oid=SOMEBODY_ELSE)
            refused = await world.http.get(f"/runs/{run['id']}/{heading}", headers=other)
            assert (403, "numbersForbidden") == (refused.status_code, refused.json()["error"]["code"])
        applied = await uploaded(world, "?approval=always")
        await world.http.post(f"/runs/{applied['id']}/approve", headers={"If-Match": applied["digest"]})
        await world.inside.pump()
        for one, heading, status in ((run, "plan", 403), (run, "result", 403), (applied, "result", 200)):
            uploader = principal(CallerRole.UPLOAD)
            assert status == (await world.http.get(f"/runs/{one['id']}/{heading}", headers=uploader)).status_code


async def test_changed_runs_are_told_once_in_their_order() -> None:
    """What was held or has ended, half a minute later; a call for one person is nobody's to wait for."""
    async with api(STAFF, HELD) as world:
        clock = world.inside.clock

        async def changed(since: str | None) -> tuple[list[tuple[str, str]], str]:
            clock.leap_to(clock.now() + timedelta(minutes=1))
            answer = await world.http.get("/runs/changed", params={"since": since} if since else {})
            assert 200 == answer.status_code
            found = [(run["id"], run["state"]) for run in answer.json()["value"]]
            return found, answer.json()["nextSince"]

        before, since = await changed(None)
        held, preview = await uploaded(world), await uploaded(world, "?preview=true")
        await world.http.put(f"/users/{STAFF.people[0].id}/phoneMethods/mobile", json={"phoneNumber": "+1 2025550142"})
        first, since = await changed(since)
        again, since = await changed(since)
        await world.http.post(f"/runs/{held['id']}/reject")
        await world.inside.pump()
        last, _ = await changed(since)

        assert [] == before == again
        assert [(held["id"], "held"), (preview["id"], "finished")] == first
        assert [(held["id"], "rejected")] == last


async def test_a_change_is_told_when_nothing_earlier_can_follow() -> None:
    """Asked at once, the answer is empty and the next one has it."""
    async with api(STAFF, HELD) as world:
        since = (await world.http.get("/runs/changed")).json()["nextSince"]
        run = await uploaded(world)
        early = (await world.http.get("/runs/changed", params={"since": since})).json()
        world.inside.clock.leap_to(world.inside.clock.now() + timedelta(minutes=1))
        late = (await world.http.get("/runs/changed", params={"since": early["nextSince"]})).json()
        assert ([], [run["id"]]) == (early["value"], [one["id"] for one in late["value"]])


async def test_a_reconcile_is_started_and_its_drift_is_told() -> None:
    """404 until one has finished; then the newest report, masked also for those who may see numbers."""
    async with api(STAFF, ENTRA) as world:
        missing = await world.http.get("/drift")
        assert (404, "driftReportNotFound") == (missing.status_code, missing.json()["error"]["code"])
        await uploaded(world)
        person = next(row["userId"] for row in await created(world))
        world.inside.clock.leap_to(world.inside.clock.now() + timedelta(minutes=3))  # past READ_LAG_SECONDS
        world.inside.stand_in.tenant.update_method(person, METHOD_IDS[PhoneType.MOBILE], "+1 2025550199")
        started = await world.http.post("/runs", json={"source": "reconcile"})
        await world.inside.pump()

        assert (201, "reconcile", SOMEBODY) == (
            started.status_code, started.json()["source"], started.json()["startedBy"],
        )  # fmt: skip
        report = await world.http.get("/drift")
        assert started.json()["id"] == report.json()["run"]
        assert [person] == [drift["id"] for drift in report.json()["drifted"]]
        assert "2025550199" not in report.text


async def created(world: World) -> list[dict[str, Any]]:
    runs = (await world.http.get("/runs")).json()["value"]
    rows: list[dict[str, Any]] = (await world.http.get(f"/runs/{runs[0]['id']}/rows?state=created")).json()["value"]
    return rows


async def test_the_sweep_and_the_form() -> None:
    """204 for the sweep; a workbook for HR."""
    async with api(STAFF, ENTRA) as world:
        assert 204 == (await world.http.post("/sweep")).status_code
        form = await world.http.get("/template.xlsx")
        assert (200, XLSX) == (form.status_code, form.headers["Content-Type"])
        assert ["People", "How to fill it in"] == load_workbook(BytesIO(form.content)).sheetnames
        german = await world.http.get("/template.xlsx?language=de")
        assert ["Personen", "Ausfüllhilfe"] == load_workbook(BytesIO(german.content)).sheetnames
        assert 400 == (await world.http.get("/template.xlsx?language=xx")).status_code
