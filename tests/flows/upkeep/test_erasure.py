"""A person's data is found and erased wherever docs/privacy.md says that the app stores it.

The canary is a person whose names and numbers occur nowhere else; after the erasure every table, blob and queue is
searched for them, whatever wrote it there.
"""

from __future__ import annotations

import base64
import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from sandbox.graph.control import change_person
from sandbox.people import Staff
from shared.core.call import SetPhone, SingleCall
from shared.core.values.errors import PermanentError
from shared.core.values.slot import PhoneType
from shared.flows.journal import RunAudit
from testing.doubles import MemoryStorage
from testing.doubles.dying import Dying, Killed
from testing.in_memory import InMemory, in_memory
from tests.flows.in_excel import InExcel
from tests.flows.small_tenant import csv, number, person, rows_of, tenant_of

ADMIN = "00000000-0000-4000-8000-00000000aaaa"
CANARY = person(
    41,
    id="c0ffee00-1111-4222-8333-444455556666",
    userPrincipalName="canary.bird@contoso.example",
    mail="birdie@example.com",
    employeeId="KQ-7731",
    displayName="Canary Bird",
    phones={"mobile": "+1 2025550141"},
)
OTHERS = [person(index) for index in (1, 2, 3)]
SECRETS = (CANARY.id, "canary.bird", "birdie", "KQ-7731", "Canary Bird", "2025550141", "2025550142", "2025550143")
UPN = "userPrincipalName,mobile"
NO_ACCOUNT = "00000000-0000-0000-0000-000000000000"


def of(who: object, last: int) -> tuple[str, str]:
    return who.userPrincipalName, number(last)  # type: ignore[attr-defined]


def texts_of(data: bytes) -> Iterator[str]:
    """The content as text, each part of a workbook by itself."""
    yield data.decode("utf-8", "replace")
    if data.startswith(b"PK"):
        with zipfile.ZipFile(BytesIO(data)) as parts:
            for name in parts.namelist():
                yield parts.read(name).decode("utf-8", "replace")


def places_with(world: InMemory) -> set[str]:
    """Every table, container and queue in which a secret of the canary stands, but the journal."""
    found = set[str]()
    for table in world.storage.tables.values():
        for partition, entities in table.partitions.items():
            found |= {
                f"table {table.name} {partition} {key}"
                for key, entity in entities.items()
                if is_told(f"{partition} {key} {entity.values}")
            }
    for container in world.storage.containers.values():
        for name, blob in container.blobs.items():
            if container.name != "journal" and (
                is_told(name) or is_told(str(blob.info.metadata)) or any(map(is_told, texts_of(blob.data)))
            ):
                found.add(f"container {container.name} {name}")
    for queue in world.storage.queues.values():
        for message in queue.messages.values():
            if is_told(base64.b64decode(message.text).decode()):
                found.add(f"queue {queue.name}")
    return found


def is_told(text: str) -> bool:
    plain = text.replace(" ", "").casefold()
    return any(secret.replace(" ", "").casefold() in plain for secret in SECRETS)


def erased(audit: RunAudit) -> list[dict[str, Any]]:
    return [one["data"] for one in audit.journal.records if one["kind"] == "erased"]


DIRECTORY = "mobile=mobilePhone"


async def full_world(world: InMemory) -> None:
    """The canary in every kind of place: exports that were applied, previewed, refused and left alone, calls, drift."""
    app = world.app
    await world.run_to_end("staff.csv", csv(UPN, of(CANARY, 42), *(of(one, 20 + i) for i, one in enumerate(OTHERS))))
    await world.run_to_end("again.csv", csv(UPN, *(of(one, 20 + i) for i, one in enumerate(OTHERS)), of(CANARY, 42)))
    book = InExcel(("User principal name", "Mobile phone"), (CANARY.userPrincipalName, number(43))).saved()
    await world.run_to_end("preview/canary.bird@contoso.example.xlsx", book)
    await world.run_to_end("twice.csv", csv(UPN, of(CANARY, 42)) + b"\n\x00\x01")
    await app.exports.write("of HR/notes.csv", csv("employeeId,hint", ("KQ-7731", "leaves")))
    await world.run_to_end("unknown.csv", csv("employeeId,mobile", ("KQ-7731", "+1 20255501"), ("X-9", number(25))))
    call = SingleCall(CANARY.id, SetPhone(PhoneType.OFFICE, number(43)), ADMIN, sees_numbers=True)
    await app.single_calls.do(call)
    world.stand_in.tenant.people[CANARY.id].methods[PhoneType.MOBILE] = number(49)
    world.clock.leap_to(world.clock.now() + timedelta(minutes=10))
    await app.reconcile(ADMIN)
    await world.pump()
    await app.readiness(ADMIN)
    await world.pump()
    await app.directory(ADMIN)
    await world.pump()
    await app.sweep()
    copy = world.storage.containers["results"].blobs["full-export-names"].info
    world.storage.containers["results"].copies.append(replace(copy, copy="version=2026-11-21T08:00:00Z"))


STORED = {
    "exports container": "container hr-exports",
    "container `hr-done`": "container hr-done",
    "container `hr-returns`": "container hr-returns",
    "quarantine container": "container quarantine",
    "`{run}/input.*`": "container results .*/input.csv",
    "`{run}/plan.xlsx`": "container results .*/plan.(xlsx|json)",
    "changes.json`": "container results .*/changes.json",
    "`{run}/drift/`": "container results .*/drift(/.*.json|.xlsx|.json)",
    "`{run}/readiness/`": "container results (.*/)?readiness(/.*.json|.xlsx|.json)",
    "`full-export-names`": "container results drift.json",
    "table `Runs`, values": "table Runs (value|call-quota) ",
    "table `Runs`, notifications": "table Runs run ",
    "table `Rows`, partitions": "table Rows person-",
    "table `Rows` ": "table Rows 2",
    "`{run}/rows.index`": "container results .*/rows.index",
    "table `People`": "table People",
}
"""By the first column of docs/privacy.md: where the canary is in `full_world`, before the erasure."""


def test_every_place_of_the_page_is_tried() -> None:
    page = Path("docs/privacy.md").read_text(encoding="utf-8").partition("## What the platform")[0]
    places = [line.split("|")[1] for line in page.splitlines() if line.startswith("| ")][1:]
    assert len(STORED) == len(set(places))
    assert {" table `Rows` ": 3} == {place: lines for place, lines in Counter(places).items() if lines > 1}
    assert all(any(name in place for name in STORED) for place in places), places


async def test_nothing_of_a_person_is_left_in_any_table_blob_or_queue() -> None:
    async with tenant_of(
        [CANARY, *OTHERS], EXPORT_SCOPE="full", MOVE_EXPORTS="true", DIRECTORY_SOURCE=DIRECTORY
    ) as world:
        await full_world(world)
        before = places_with(world)
        assert [] == [name for name, place in STORED.items() if not any(re.match(place, one) for one in before)]

        found = await world.app.erasure.erase(CANARY.id, (), ADMIN)

        assert set() == places_with(world)
        assert ((), ()) == (found.unsearched, found.in_the_way)
        again = await world.app.erasure.find(CANARY.id)
        assert (False, {}, ()) == (again.has_record, again.rows, again.unsearched)
        assert [] == [one.info.name for one in again.files]
        journal = b"".join(blob.data for blob in world.storage.containers["journal"].blobs.values()).decode()
        assert not is_told(journal.replace(CANARY.id, ""))


async def test_other_people_keep_what_is_theirs_and_the_journal_stays_whole() -> None:
    """Every file that is left is as the journal says, also where it was written again."""
    async with tenant_of([CANARY, *OTHERS]) as world:
        run = await world.run_to_end("staff.csv", csv(UPN, of(CANARY, 42), of(OTHERS[0], 21), of(OTHERS[1], 22)))
        rows, records = await rows_of(world, run), world.storage.tables["People"].partitions

        await world.app.erasure.erase(CANARY.id, (), ADMIN)

        after = await rows_of(world, run)
        assert ["", *(row.object_id for row in rows[1:])] == [row.object_id for row in after]
        assert [row.state for row in rows] == [row.state for row in after]
        assert {OTHERS[0].id, OTHERS[1].id} == {key for held in records.values() for key in held}
        files = await world.app.journal.files(run)
        assert {"plan.json", "changes.json", "summary.json"} == files.keys()
        changed = json.loads(files["changes.json"])["changes"]
        assert [OTHERS[0].id, OTHERS[1].id] == [one["id"] for one in changed]
        audit = await world.app.journal.audit(run)
        assert ((), ()) == (audit.journal.problems, audit.changed_files)
        told = {
            one["data"]["file"]: one["data"]["new"] != "" for one in audit.journal.records if one["kind"] == "erased"
        }
        assert {
            "export": False,
            "input": False,
            "result": False,
            "plan.json": True,
            "changes.json": True,
            "rows.index": True,
        } == told

        world.storage.containers["results"].blobs.pop(f"{run.id}/summary.json")
        await world.app.results.write(f"{run.id}/1/changes.json", b"{}")
        assert ("changes.json",) == (await world.app.journal.audit(run)).changed_files


async def test_files_of_every_attempt_are_explained() -> None:
    async with tenant_of([CANARY, *OTHERS], APPROVAL="always") as world:
        held = await world.run_to_end("staff.csv", csv(UPN, of(CANARY, 42), of(OTHERS[0], 21)))
        await world.app.decisions.cancel(held.id, ADMIN)
        await world.pump()
        await world.app.redrive(held.id, ADMIN)
        await world.pump()
        again = await world.stored(held.id)
        await world.app.decisions.approve(held.id, again.digest, ADMIN)
        await world.pump()

        await world.app.erasure.erase(CANARY.id, (), ADMIN)

        run = await world.stored(held.id)
        audit = await world.app.journal.audit(run)
        assert ((), ()) == (audit.journal.problems, audit.changed_files)
        told = {
            (one["data"]["attempt"], one["data"]["file"]) for one in audit.journal.records if one["kind"] == "erased"
        }
        assert {(1, "plan.xlsx"), (2, "plan.xlsx"), (1, "result"), (2, "result"), (2, "input")} <= told
        with pytest.raises(PermanentError, match="no row that a redrive can plan again"):
            await world.app.redrive(run.id, ADMIN)


async def test_an_erasure_waits_for_open_runs_and_for_exports_that_nobody_has_read() -> None:
    async with tenant_of([CANARY, *OTHERS], APPROVAL="always") as world:
        held = await world.run_to_end("staff.csv", csv(UPN, of(CANARY, 42)))
        await world.run_to_end("others.csv", csv(UPN, of(OTHERS[0], 22)))
        world.clock.leap_to(world.clock.now() + timedelta(seconds=1))
        await world.app.exports.write("next.csv", csv("employeeId,mobile", ("KQ-7731", number(43))))
        await world.app.exports.write("of others.csv", csv(UPN, of(OTHERS[1], 22)))
        before = places_with(world)

        with pytest.raises(PermanentError) as refused:
            await world.app.erasure.erase(CANARY.id, (), ADMIN)

        assert "personInOpenRun" == refused.value.code
        assert held.id in refused.value.message
        assert "1 export that waits" in refused.value.message  # its name may be a person's
        assert "next.csv" not in refused.value.message
        assert (held.id, "next.csv") == (await world.app.erasure.find(CANARY.id)).in_the_way
        assert before == places_with(world)
        waiting = await world.split_as_is("next.csv")
        assert (held.id, waiting) == (await world.app.erasure.find(CANARY.id)).in_the_way
        await world.pump()
        for run in (held.id, waiting):
            await world.app.decisions.reject(run, ADMIN)
        await world.pump()
        await world.app.erasure.erase(CANARY.id, (), ADMIN)
        assert set() == places_with(world)


async def test_an_erasure_that_was_interrupted_is_finished_by_the_next_one() -> None:
    """At every request to storage."""
    for left in range(1, 400, 7):
        dying = Dying()
        async with in_memory(Staff(()), storage=lambda now, dying=dying: MemoryStorage(now, dying)) as world:  # type: ignore[misc]
            for one in (CANARY, *OTHERS):
                world.stand_in.tenant.put(one)
            run = await world.run_to_end("staff.csv", csv(UPN, of(CANARY, 42), of(OTHERS[0], 21)))
            await world.app.single_calls.do(SingleCall(CANARY.id, SetPhone(PhoneType.OFFICE, number(43)), ADMIN))
            dying.left = left
            with suppress(Killed):
                await world.app.erasure.erase(CANARY.id, (), ADMIN)
            is_over, dying.left = dying.left > 0, 0
            world.clock.leap_to(world.clock.now() + timedelta(minutes=3))
            await world.app.erasure.erase(CANARY.id, (), ADMIN)

            assert set() == places_with(world)
            audit = await world.app.journal.audit(run)
            assert ((), ()) == (audit.journal.problems, audit.changed_files)
            if is_over:
                return
    raise AssertionError("the erasure never came to its end")


async def test_what_cannot_be_searched_is_named_and_stays() -> None:
    """An encrypted file, and earlier versions of files whose run is not known; those of the person's files go."""
    async with tenant_of([CANARY, *OTHERS]) as world:
        run = await world.run_to_end("staff.csv", csv(UPN, of(CANARY, 42)))
        secret = bytes.fromhex("d0cf11e0a1b11ae1") + "EncryptedPackage".encode("utf-16-le")
        await world.run_to_end("secret.xlsx", secret)
        exports, results = world.storage.containers["hr-exports"], world.storage.containers["results"]
        old = exports.blobs["staff.csv"].info
        exports.copies += [replace(old, copy="snapshot=1"), replace(old, name="gone.csv", copy="version=1")]
        exports.copies.append(replace(exports.blobs["secret.xlsx"].info, etag="0xEARLIER", copy="version=1"))
        results.copies.append(replace(results.blobs[f"{run.id}/1/changes.json"].info, copy="version=1"))

        found = await world.app.erasure.erase(CANARY.id, (), ADMIN)

        names = Counter(f"{one.container.name} {one.info.name.rpartition('/')[2]}" for one in found.unsearched)
        of_secret = {"hr-exports secret.xlsx": 2, "quarantine secret.xlsx": 1, "results input.xlsx": 1}
        assert {"hr-exports gone.csv": 1, **of_secret} == names
        assert ["gone.csv", "secret.xlsx"] == [one.name for one in exports.copies]
        assert [] == results.copies


async def test_a_file_that_cannot_be_read_hides_no_other_one() -> None:
    """Archived, or a document of the app that somebody has damaged."""
    async with tenant_of([CANARY, *OTHERS]) as world:
        run = await world.run_to_end("staff.csv", csv(UPN, of(CANARY, 42)))
        results = world.storage.containers["results"]
        await world.app.results.write(f"{run.id}/plan.json", b"{damaged")
        results.unreadable.add(f"{run.id}/input.csv")

        found = await world.app.erasure.erase(CANARY.id, (), ADMIN)

        named = {one.info.name for one in found.unsearched}
        assert {f"{run.id}/plan.json", f"{run.id}/input.csv"} == named
        assert places_with(world) == {f"container results {run.id}/input.csv"}


async def test_a_person_who_is_gone_is_found_by_names_that_are_given() -> None:
    async with tenant_of(OTHERS) as world:
        await world.run_to_end("old.csv", csv("employeeId,mobile", ("KQ-7731", number(42)), ("E1", number(21))))
        assert places_with(world)

        await world.app.erasure.erase(CANARY.id, ["kq-7731 "], ADMIN)

        assert set() == places_with(world)
        assert (await world.app.people.get(OTHERS[0].id)).etag


async def test_a_person_who_never_had_an_account_is_erased_by_name_alone() -> None:
    """An export named them, and no account was found; their calls were refused."""
    async with tenant_of(OTHERS) as world:
        await world.run_to_end("old.csv", csv(UPN, (CANARY.userPrincipalName, number(42)), of(OTHERS[0], 21)))
        await world.run_to_end(f"{CANARY.userPrincipalName}.xlsx", b"no workbook")
        assert places_with(world)

        found = await world.app.erasure.erase(NO_ACCOUNT, [CANARY.userPrincipalName], ADMIN)

        assert (1, False) == (len(found.rows), found.has_record)
        assert set() == places_with(world)
        assert (await world.app.people.get(OTHERS[0].id)).etag


async def test_a_person_whose_names_have_changed_is_found_by_id() -> None:
    """The directory knows the new names only; the rows of the runs say which files name the person."""
    async with tenant_of([CANARY, *OTHERS], EXPORT_SCOPE="full") as world:
        await world.run_to_end("old.csv", csv(UPN, of(CANARY, 42), of(OTHERS[0], 21)))
        renamed = {"userPrincipalName": "new.name@contoso.example", "mail": "new@example.com", "employeeId": "N-1"}
        change_person(world.stand_in.tenant, CANARY.id, renamed)
        await world.run_to_end("new.csv", csv(UPN, (renamed["userPrincipalName"], number(42)), of(OTHERS[0], 21)))

        await world.app.erasure.erase(CANARY.id, (), ADMIN)
        await world.app.erasure.erase(CANARY.id, (), ADMIN)

        assert set() == places_with(world)
        journal = b"".join(blob.data for blob in world.storage.containers["journal"].blobs.values())
        assert 2 == journal.count(b"ErasePersonData")


@pytest.mark.parametrize(
    ("who", "also"), [(CANARY.id, "7"), (CANARY.id, " 7 "), (CANARY.id, ""), ("7", "canary.bird"), ("", "canary.bird")]
)
async def test_what_may_stand_in_files_of_others_names_nobody(who: str, also: str) -> None:
    """Whoever asks: the API, the console, or the command line."""
    async with in_memory(Staff(())) as world:
        for ask in (world.app.erasure.find(who, [also]), world.app.erasure.erase(who, [also], ADMIN)):
            with pytest.raises(PermanentError) as refused:
                await ask
            assert "badRequest" == refused.value.code


async def test_calls_for_an_erased_person_still_count() -> None:
    async with tenant_of([CANARY, *OTHERS], MAX_CALLS_PER_CALLER="1") as world:
        await world.app.single_calls.do(SingleCall(CANARY.id, SetPhone(PhoneType.MOBILE, number(43)), ADMIN))
        await world.app.erasure.erase(CANARY.id, (), ADMIN)

        with pytest.raises(PermanentError) as refused:
            await world.app.single_calls.do(SingleCall(OTHERS[0].id, SetPhone(PhoneType.MOBILE, number(44)), ADMIN))
        assert "quotaReached" == refused.value.code
