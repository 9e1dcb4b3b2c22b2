"""The whole system as processes: Azurite, the stand-in, the host on Microsoft's runtime."""

from __future__ import annotations

import json
from collections import Counter
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from python_calamine import CalamineWorkbook

from sandbox.exports import write_export
from sandbox.functions_host.sign_in import ACCOUNTS
from sandbox.people import PersonKind, Staff, make_staff
from sandbox.system import WITHOUT_QUESTIONS, Sandbox
from shared.core.run.run import Run
from shared.core.values.states import RunState
from tests.answers import HOOKS
from tests.connector.calls import MOBILE, all_seven, call

RUN_SECONDS = 240
QUICK = {**WITHOUT_QUESTIONS, "LOOK_UP_RETRY_SECONDS": "1"}


async def summary_of(sandbox: Sandbox, run: Run) -> dict[str, Any]:
    summary: dict[str, Any] = json.loads(await sandbox.app.results.read(f"{run.id}/summary.json"))
    return summary


async def numbers_in_graph(sandbox: Sandbox) -> dict[str, dict[str, str]]:
    """Of everybody but those who sign in to the console, who have none."""
    dump = await sandbox.graph_control("GET", "dump")
    signing_in = {one.id for one in ACCOUNTS}
    return {person["id"]: person["phones"] for person in dump["people"] if person["id"] not in signing_in}


def wanted_numbers(staff: Staff) -> dict[str, dict[str, str]]:
    """What the directory must hold after a run of this export."""
    return {person.id: {str(kind): number for kind, number in person.phones.items()} for person in _after(staff)}


def _after(staff: Staff) -> list[Any]:
    return staff.with_changed_numbers(0).people


async def test_an_export_becomes_phone_methods_and_a_workbook_with_reasons(tmp_path: Path) -> None:
    """Dropped as HR would, read back by another reader: every row has an outcome, a code and a reason."""
    staff = make_staff(30)
    async with Sandbox(tmp_path, staff, settings=QUICK, log_storage_requests=True) as sandbox:
        run = await sandbox.run_over(await sandbox.drop("staff.xlsx", write_export(staff)), within=RUN_SECONDS)

        assert RunState.FINISHED is run.state
        assert staff.expected_counts == (await summary_of(sandbox, run))["counts"]
        assert wanted_numbers(staff) == await numbers_in_graph(sandbox)
        assert [] == await sandbox.graph_control("GET", "findings")
        workbook = CalamineWorkbook.from_filelike(BytesIO(await sandbox.app.returns.read(run)))
        rows = workbook.get_sheet_by_name("Staff").to_python()
        header = next(row for row in rows if "Department" in row)
        columns = [index for index, text in enumerate(header) if str(text).lower().startswith("sign-in phone: ")]
        beside = [[str(row[index]) for index in columns] for row in rows[rows.index(header) + 1 :]]
        assert len(staff.members) == len(beside)
        assert [] == [texts for texts in beside if not (texts[0] and texts[-1])]
        refused = staff.expected_counts["refused"]
        assert refused == Counter(texts[0][0] for texts in beside)["✗"] == sum(bool(texts[1]) for texts in beside)
    assert " ERROR " not in sandbox.host.log.read_text()


async def flows_of_the_older_connector_go_on(sandbox: Sandbox, user: str) -> None:
    """Its seven calls for a person who has nothing yet, and an error as its flows read it."""
    await sandbox.graph_control("POST", f"people/{user}", {"smsSignInState": "notEnabled"})

    async def send(method: str, path: str, **options: Any) -> httpx.Response:
        return await sandbox.call(method, f"v1{path}", **options)

    answers = await all_seven(send, user, "+1 2025550142", "+1 2025550143")
    assert "<number ending in 43>" == answers["GetPhonemethod"].json()["phoneNumber"]
    refused = await call(send, "GetPhonemethod", userID=user, phonemethodID=MOBILE)
    inner = refused.json()["error"]["innerError"]
    assert (404, {"message", "target", "date", "request-id"}) == (refused.status_code, set(inner))


@pytest.mark.long
async def test_a_sandbox_goes_on_where_an_earlier_one_ended(tmp_path: Path) -> None:
    """As `up --demo` does: runs and people are those that the demo has left."""
    staff = make_staff(3)
    async with Sandbox(tmp_path, staff, settings=QUICK) as sandbox:
        run = await sandbox.run_over(await sandbox.drop("staff.xlsx", write_export(staff)), within=RUN_SECONDS)
        numbers = await numbers_in_graph(sandbox)

    async with Sandbox(tmp_path, None, settings=QUICK) as sandbox:
        assert run == await sandbox.app.runs.get(run.id)
        assert numbers == await numbers_in_graph(sandbox)


async def test_one_person_over_http(tmp_path: Path) -> None:
    """Read, set, read again; keys are needed, numbers masked, administrators off limits; the connector's calls work."""
    staff = make_staff(100)
    async with Sandbox(tmp_path, staff, settings=QUICK, log_storage_requests=True) as sandbox:
        sandbox.http.event_hooks = HOOKS
        person = next(person for person in staff.people if person.phones and not person.groups)
        admin = next(person for person in staff.people if person.groups)
        path = f"v1/users/{person.id}/phoneMethods/mobile"

        assert 401 == (await sandbox.http.get(f"{sandbox.host.url}/api/{path}")).status_code
        assert {"status": "ok"} == (await sandbox.call("GET", "v1/health")).json()
        put = await sandbox.call("PUT", path, json={"phoneNumber": "+1 202-555-0142"})
        assert 200 == put.status_code
        assert ("updated", "applied") == (put.json()["outcome"], put.json()["code"])
        assert "2025550142" not in put.text
        assert "<number ending in 42>" == (await sandbox.call("GET", path)).json()["phoneNumber"]
        assert "+1 2025550142" == (await numbers_in_graph(sandbox))[person.id]["mobile"]
        again = await sandbox.call("PUT", path, json={"phoneNumber": "+1 202-555-0142"})
        assert "unchanged" == again.json()["outcome"]

        refused = await sandbox.call(
            "PUT", f"v1/users/{admin.id}/phoneMethods/mobile", json={"phoneNumber": "+1 202-555-0142"}
        )
        assert (403, "protectedAccount") == (refused.status_code, refused.json()["error"]["code"])
        for body, code in (({"phoneNumber": "12"}, 422), ({"number": "+1 202-555-0142"}, 400), ([], 400)):
            assert code == (await sandbox.call("PUT", path, json=body)).status_code
        assert 404 == (await sandbox.call("GET", f"v1/users/{person.id}/phoneMethods/office")).status_code
        assert 400 == (await sandbox.call("GET", f"v1/users/{person.id}/phoneMethods/pager")).status_code
        form = await sandbox.call("GET", "v1/template.xlsx")
        assert (200, b"PK") == (form.status_code, form.content[:2])
        missing = "v1/users/00000000-0000-4000-8000-000000000000/phoneMethods/mobile"
        assert 404 == (await sandbox.call("GET", missing)).status_code
        nobodys = next(
            member.person for member in staff.members if member.kind is PersonKind.GREENFIELD and member.person
        )
        await flows_of_the_older_connector_go_on(sandbox, nobodys.id)
