"""A privacy request over HTTP: what is stored about a person is found, refused while a run is open, and erased."""

from __future__ import annotations

from sandbox.people import Staff
from tests.api.caller import ENTRA, SOMEBODY, api
from tests.flows.intake.test_refused_files import OLE2_ENCRYPTED
from tests.flows.small_tenant import csv, number, person

ONE = person(1)
FILE = csv("userPrincipalName,mobile", (ONE.userPrincipalName, number(21)))


async def test_a_request_is_answered_and_recorded() -> None:
    async with api(Staff(()), {**ENTRA, "APPROVAL": "always"}, roles=["People.Erase"]) as world:
        world.inside.stand_in.tenant.put(ONE)
        run = await world.inside.run_to_end("staff.csv", FILE)
        path = f"/users/{ONE.id}"

        found = (await world.http.post(f"{path}/findData", json={})).json()
        assert ([run.id], {run.id: [2]}, False) == (found["inTheWay"], found["rows"], found["hasRecord"])
        refused = await world.http.post(f"{path}/eraseData", json={})
        assert (409, "personInOpenRun") == (refused.status_code, refused.json()["error"]["code"])
        assert run.id in refused.json()["error"]["message"]

        await world.inside.app.decisions.reject(run.id, SOMEBODY)
        await world.inside.pump()
        erased = await world.http.post(f"{path}/eraseData", json={"also": ["old.name@contoso.example"]})
        assert 200 == erased.status_code
        assert [] == erased.json()["inTheWay"]
        names = {(one["container"], one["isDeleted"]) for one in erased.json()["files"]}
        assert {("hr-exports", True), ("hr-returns", True), ("results", True), ("results", False)} == names
        nothing = (await world.http.post(f"{path}/findData", json={})).json()
        assert ({}, [], []) == (nothing["rows"], nothing["files"], nothing["unsearched"])
        ((file, numbers),) = nothing["journal"].items()  # of the rows, of the erasure
        lines = world.inside.storage.containers["journal"].blobs[file].data.splitlines()
        assert {number for number, line in enumerate(lines, start=1) if ONE.id.encode() in line} == set(numbers)
        assert len(numbers) >= 2
        unknown = "00000000-0000-4000-8000-0000000000ff"
        assert {} == (await world.http.post(f"/users/{unknown}/findData", json={})).json()["journal"]

        journal = world.inside.storage.containers["journal"]
        (recorded,) = [
            line for blob in journal.blobs.values() for line in blob.data.splitlines() if b"ErasePerson" in line
        ]
        assert ONE.id.encode() in recorded
        assert SOMEBODY.encode() in recorded


async def test_a_file_that_stays_is_not_said_to_be_deleted() -> None:
    """One that cannot be searched: neither before the erasure nor after it."""
    async with api(Staff(()), ENTRA, roles=["People.Erase"]) as world:
        world.inside.stand_in.tenant.put(ONE)
        quarantine = world.inside.storage.container("quarantine")
        await quarantine.write("secret.xlsx", OLE2_ENCRYPTED)
        for verb in ("findData", "eraseData"):
            (secret,) = (await world.http.post(f"/users/{ONE.id}/{verb}", json={})).json()["unsearched"]
            assert ("secret.xlsx", False) == (secret["name"], secret["isDeleted"])
        assert "secret.xlsx" in quarantine.blobs


async def test_only_an_object_id_names_the_person() -> None:
    """A sign-in name in an address would be logged; a short name would be in every file."""
    async with api(Staff(()), ENTRA, roles=["People.Erase"]) as world:
        assert 400 == (await world.http.post("/users/p1@contoso.example/findData", json={})).status_code
        assert 400 == (await world.http.post(f"/users/{ONE.id}/findData", json={"also": ["7"]})).status_code
