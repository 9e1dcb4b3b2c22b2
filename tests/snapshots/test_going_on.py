"""What earlier versions left open is brought to its end by this one, with the right outcomes in the directory."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from sandbox.graph.control import change_person
from tests.snapshots.opening import SNAPSHOTS, approved, opened, phones, run_of, wanted
from tools.snapshot.load import reopened_in_azurite
from tools.snapshot.stored import read
from tools.snapshot.world import api_of

HELD_END = {"created": 1, "updated": 1, "unchanged": 1, "refused": 1}

each = pytest.mark.parametrize("folder", SNAPSHOTS, ids=lambda folder: folder.name)


@each
async def test_a_held_run_is_approved_by_its_stored_digest(folder: Path) -> None:
    """Another digest is refused; then exactly the plan that was stored is carried out."""
    async with opened(folder) as then:
        held = await then.run("held")
        assert 412 == (await then.approve("held", "0" * 64)).status_code
        assert "held" == (await then.run("held"))["state"]

        (await then.approve("held", held["digest"])).raise_for_status()
        await then.pump("held")

        assert ("finished", HELD_END) == ((await then.run("held"))["state"], await then.states("held"))
        assert then.wanted("held") == then.mobiles("held")
        summary = await then.summary("held")
        assert (HELD_END, held["id"]) == (summary["counts"], summary["run"])


@each
async def test_removals_are_approved_by_their_stored_digest(folder: Path) -> None:
    """Those of people who have left: what the app wrote for them is gone, and nothing else."""
    async with opened(folder) as then:
        leavers = await then.run("leavers")
        before = phones(then.world.stand_in)
        then.set_open_runs_aside()
        (await then.approve("leavers", leavers["digest"])).raise_for_status()
        await then.pump("leavers")

        assert ("finished", {"removed": 3}) == ((await then.run("leavers"))["state"], await then.states("leavers"))
        after = phones(then.world.stand_in)
        changed = {user: numbers for user, numbers in before.items() if numbers != after[user]}
        assert [["office"]] * 3 == [list(numbers) for numbers in changed.values()]


@each
async def test_open_runs_go_on_from_their_stored_messages(folder: Path) -> None:
    """Read, planned, written and settled: every person of their exports ends with what is wanted."""
    async with opened(folder) as then:
        await then.pump("reading", "planning", "applying")

        for label, refused in (("reading", 0), ("planning", 1), ("applying", 0)):
            run, wanted_of_run = await then.run(label), then.wanted(label)
            assert ("finished", True) == (run["state"], run["isFinished"]), label
            assert wanted_of_run == then.mobiles(label), label
            counts = run["counts"]
            assert {"created", "updated"} | ({"refused"} if refused else set()) == counts.keys(), label
            assert len(wanted_of_run) == counts["created"] + counts["updated"], label
            assert refused == counts.get("refused", 0), label
            assert counts == await then.states(label) == (await then.summary(label))["counts"], label
        assert "held" == (await then.run("held"))["state"]


@each
async def test_what_the_sweep_takes_up_is_brought_to_its_end(folder: Path) -> None:
    """An export whose reading died, and a row whose message was given up."""
    async with opened(folder) as then:
        await then.sweep(timedelta(minutes=11))

        for label in ("readingDied", "poisonWaits"):
            assert "finished" == (await then.run(label))["state"], label
            assert then.wanted(label) == then.mobiles(label), label


@each
async def test_a_stored_call_is_found_again_by_its_repeat_id(folder: Path) -> None:
    """The same call gets the first outcome and writes nothing; another one under this id is refused."""
    async with opened(folder) as then:
        call = then.snapshot.about["calls"]["call"]
        answer = await then.put(call)

        assert (201, "created", then.snapshot.run("call")) == (
            answer.status_code, answer.json()["outcome"], answer.json()["run"],
        )  # fmt: skip
        other = await then.put(call, number="+1 613 555 0199")
        assert (409, "repeatabilityIdReused") == (other.status_code, other.json()["error"]["code"])
        assert 0 == then.world.writes


@each
async def test_a_stored_call_that_died_is_taken_up_by_its_repetition(folder: Path) -> None:
    """In progress for two minutes; then the repetition does what the first attempt could not."""
    async with opened(folder) as then:
        call = then.snapshot.about["calls"]["callDied"]
        then.world.clock.leap_to(then.world.clock.now() + timedelta(minutes=5))
        answer = await then.put(call)

        assert (200, then.snapshot.run("callDied")) == (answer.status_code, answer.json()["run"])
        assert call["phoneNumber"] == phones(then.world.stand_in)[call["user"]]["mobile"]
        assert "finished" == (await then.run("callDied"))["state"]


@each
async def test_the_directory_is_read_on_from_its_stored_link(folder: Path) -> None:
    """Only who has changed since is in the next round."""
    async with opened(folder) as then:
        (changed, *_) = [person["id"] for person in then.snapshot.tenant["people"] if person["employeeId"] == "E3"]
        change_person(then.world.stand_in.tenant, changed, {"businessPhones": ["+1 6135550188"]})
        started = await then.http.post("/runs", json={"source": "directory"})
        identity = started.raise_for_status().json()["id"]
        await then.pump_runs(identity)

        run = await run_of(then.http, identity)
        assert ("finished", {"updated": 1}) == (run["state"], run["counts"])
        assert "+1 6135550188" == phones(then.world.stand_in)[changed]["office"]


@each
@pytest.mark.parametrize("label", ["cancelled", "stale", "poisoned", "unconfirmed"])
async def test_what_was_left_undone_is_redriven(folder: Path, label: str) -> None:
    """Stored rows of a run that is over are planned and carried out again; where every run is held, after approval."""
    async with opened(folder) as then:
        (await then.http.post(f"/runs/{then.snapshot.run(label)}/redrive")).raise_for_status()
        await then.pump(label)
        again = await then.run(label)
        if again["options"]["approval"] == "always":
            plan = await then.plan(label)
            assert (again["id"], again["digest"]) == (plan["run"], plan["digests"]["plan"])
            (await then.approve(label, again["digest"])).raise_for_status()
            await then.pump(label)

        assert "finished" == (await then.run(label))["state"]
        assert then.wanted(label) == then.mobiles(label)


@each
async def test_what_is_old_is_purged(folder: Path) -> None:
    """After two years nothing is left that tells a number, and no run."""
    without_numbers = {"drift.json", "full-export-names"}
    async with opened(folder) as then:
        for _ in range(4):
            await then.sweep(timedelta(days=200))

        assert [] == (await then.http.get("/runs")).json()["value"]
        assert not any(then.world.storage.table("Rows").partitions.values())
        containers = then.world.storage.containers
        left = {name for place, one in containers.items() if place != "journal" for name in one.blobs}
        assert without_numbers == left


@each
async def test_a_snapshot_is_opened_on_a_storage_service(folder: Path) -> None:
    """In Azurite: every run says its state, and the held run is approved and carried out."""
    snapshot = read(folder)
    async with reopened_in_azurite(snapshot) as then, api_of(then.app) as http:
        for known in snapshot.about["runs"].values():
            assert known["state"] == (await run_of(http, known["id"]))["state"]
        held = await run_of(http, snapshot.run("held"))
        (await approved(http, held["id"], held["digest"])).raise_for_status()

        async def is_finished() -> bool:
            return bool((await run_of(http, held["id"]))["isFinished"])

        await then.pump(is_finished, within=60)

        end = await run_of(http, held["id"])
        assert ("finished", HELD_END) == (end["state"], end["counts"])
        now = phones(then.stand_in)
        assert wanted(snapshot, "held") == {user: now[user]["mobile"] for user in wanted(snapshot, "held")}
