"""The evidence about a run over HTTP: who did what, what came of each row, and whether anything was touched since."""

from __future__ import annotations

import json

import pytest

from sandbox.graph.options import Options
from sandbox.people import make_staff
from shared.api.roles import CallerRole
from tests.api.caller import ENTRA, SOMEBODY, World, api, principal
from tests.flows.small_tenant import csv, number

STAFF = make_staff(5)
ACCOUNTS = [member.person.userPrincipalName for member in STAFF.members if member.person is not None]
FILE = csv("userPrincipalName,mobile", *((account, number(10 + place)) for place, account in enumerate(ACCOUNTS)))


async def run_of(world: World) -> str:
    answer = await world.http.post("/runs?name=staff.csv", content=FILE, headers={"Content-Type": "text/csv"})
    await world.inside.pump()
    identity: str = answer.json()["id"]
    return identity


async def test_the_audit_of_a_run_is_whole_and_has_no_number() -> None:
    async with api(STAFF, {**ENTRA, "APPROVAL": "always"}) as world:
        identity = await run_of(world)
        held = (await world.http.get(f"/runs/{identity}")).json()
        await world.http.post(f"/runs/{identity}/approve", headers={"If-Match": held["digest"]})
        await world.inside.pump()

        audit = (await world.http.get(f"/runs/{identity}/audit")).json()

        (end,) = audit["manifest"]
        assert ("finished", SOMEBODY) == (end["state"], end["startedBy"])
        assert len(ACCOUNTS) == len(audit["result"])
        assert [SOMEBODY] == [one["data"]["by"] for one in audit["records"] if one["kind"] == "decision"]
        assert (True, [], []) == (audit["proof"]["isWhole"], audit["proof"]["problems"], audit["changedFiles"])
        text = json.dumps(audit)
        assert not [account for account in ACCOUNTS if account in text or number(10)[-7:] in text]

        await world.inside.app.results.write(f"{identity}/summary.json", b"{}")
        changed = (await world.http.get(f"/runs/{identity}/audit")).json()["changedFiles"]
        assert ["summary.json"] == changed


async def test_damage_is_told_over_http_and_by_the_nightly_sweep() -> None:
    async with api(STAFF, ENTRA) as world:
        await run_of(world)
        assert (await world.http.get("/runs/journal")).json()["isWhole"]
        journal = world.inside.storage.containers["journal"]
        ((name, blob),) = journal.blobs.items()
        await journal.delete(name)
        await journal.append(name, blob.data[: blob.data.rindex(b"\n", 0, -1) + 1], at=0)

        found = (await world.http.get("/runs/journal")).json()
        assert (False, ["cut"]) == (found["isWhole"], [one["damage"] for one in found["problems"]])
        await world.inside.app.sweep()
        assert any("journal is not whole: cut" in one for one in await world.inside.app.runs.failures())


async def test_who_may_not_see_numbers_gets_no_audit_of_a_plan_that_was_not_applied() -> None:
    """An outcome of a row would tell whether a guessed number is right."""
    async with api(STAFF, {**ENTRA, "APPROVAL": "always"}) as world:
        identity = await run_of(world)
        masked = principal(CallerRole.REPORTS, CallerRole.UPLOAD)
        answer = await world.http.get(f"/runs/{identity}/audit", headers=masked)
        assert (403, "numbersForbidden") == (answer.status_code, answer.json()["error"]["code"])


def reveals(world: World, account: str) -> list[tuple[str, str]]:
    """What the journal says about who looked at values, and by which operation; it never names the account."""
    journal = world.inside.storage.containers["journal"]
    text = b"".join(blob.data for blob in journal.blobs.values()).decode()
    assert account not in text
    records = (json.loads(line)["data"] for line in text.splitlines() if '"reveal"' in line)
    return [(record["operation"], record["by"]) for record in records]


@pytest.mark.parametrize(
    ("operation", "path"),
    [
        ("ListPhoneMethods", "phoneMethods"),
        ("GetPhoneMethod", "phoneMethods/mobile"),
        ("ListEmailMethods", "emailMethods"),
        ("GetEmailMethod", "emailMethods/email"),
    ],
)
async def test_a_reveal_of_a_value_leaves_a_record(operation: str, path: str) -> None:
    async with api(STAFF, {**ENTRA, "EMAIL_METHODS": "true"}, options=Options(email_role=True)) as world:
        account = ACCOUNTS[0]
        await world.http.get(f"/users/{account}/{path}")
        assert [(operation, SOMEBODY)] == reveals(world, account)


async def test_a_reveal_of_rows_leaves_a_record() -> None:
    async with api(STAFF, ENTRA) as world:
        identity = await run_of(world)
        await world.http.get(f"/runs/{identity}/rows")
        await world.http.post(f"/runs/{identity}/rows/find", json={"text": ACCOUNTS[0]})
        assert [("ListRunRows", SOMEBODY), ("FindRunRows", SOMEBODY)] == reveals(world, ACCOUNTS[0])


async def test_rows_are_shown_to_callers_who_may_see_numbers() -> None:
    async with api(STAFF, ENTRA) as world:
        identity = await run_of(world)
        auditor = principal(CallerRole.REPORTS)
        audit = (await world.http.get(f"/runs/{identity}/audit", headers=auditor)).json()
        assert ([], True) == (audit["result"], audit["proof"]["isWhole"])
        assert not {"rows"} & {one["kind"] for one in audit["records"]}
        assert "counts" not in audit["manifest"][0]
