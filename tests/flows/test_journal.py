"""The journal in storage: one chain whatever runs beside each other or ends in between, each record once."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest

from shared.app import App
from shared.core.call import SetPhone, SingleCall
from shared.core.run.journal_chain import Damage, Entry, records
from shared.core.run.journal_records import changed_files, entry_of_erasure
from shared.core.run.run import Run
from shared.core.values.errors import PermanentError
from shared.core.values.slot import PhoneType
from shared.flows.chain import Journal
from testing.doubles import MemoryStorage
from testing.doubles.dying import Dying, Killed
from testing.host_in_memory import HostInMemory
from testing.in_memory import InMemory
from testing.virtual_time import VirtualClock
from tests.flows.small_tenant import csv, notified, number, person, tenant_of

APPROVER = "00000000-0000-4000-8000-00000000aaaa"


def journal_on(storage: MemoryStorage, clock: VirtualClock) -> Journal:
    """As a process of its own."""
    return App({"VALUE_INDEX_KEY": "a secret of the tests, no vault's"}, clock=clock, storage=storage).journal.journal


async def recorded(journal: Journal) -> list[dict[str, Any]]:
    return [one async for info in journal.container.list() for one in records(await journal.container.read(info.name))]


def entry(clock: VirtualClock, identity: str) -> Entry:
    return Entry("test", clock.now(), {"value": identity}, identity)


async def test_processes_that_append_at_once_leave_one_chain_and_each_record_once() -> None:
    clock = VirtualClock()
    storage = MemoryStorage(clock.now)
    processes = [journal_on(storage, clock) for _ in range(4)]
    wanted = [f"r{one % 15}" for one in range(60)]  # each of them is asked for by several
    await asyncio.gather(
        *(processes[place % 4].note([entry(clock, identity)]) for place, identity in enumerate(wanted))
    )

    verified = await processes[0].verify()
    assert () == verified.problems
    found = Counter(one["id"] for one in await recorded(processes[0]) if one["id"])
    assert dict.fromkeys(wanted, 1) == found
    assert len(found) < verified.head.sequence <= len(found) + 4  # with the hash of the settings


async def test_no_end_of_a_process_forks_the_chain_or_loses_or_doubles_a_record() -> None:
    """At every request to storage, also where a month ends and the file changes; then another process goes on."""
    for left in range(1, 60):
        clock, dying = VirtualClock(), Dying()
        storage = MemoryStorage(clock.now, dying)
        await journal_on(storage, clock).note([entry(clock, "before")])
        dying.left = left
        with suppress(Killed):
            first = journal_on(storage, clock)
            for identity in ("a", "b"):
                await first.note([entry(clock, identity)])
            clock.leap_to(clock.now() + timedelta(days=31))
            await first.note([entry(clock, "c"), entry(clock, "d")])
        is_over, dying.left = dying.left > 0, 0
        second = journal_on(storage, clock)
        await second.note([entry(clock, "late")])
        for identity in ("a", "b", "c", "d", "late"):
            await second.note([entry(clock, identity)])

        assert () == (await second.verify()).problems
        ids = [one["id"] for one in await recorded(second) if one["id"]]
        assert ["a", "b", "before", "c", "d", "late"] == sorted(ids)
        if is_over:
            return
    raise AssertionError("the process never came to its end")


async def test_what_others_append_is_told_and_nothing_follows_it() -> None:
    clock = VirtualClock()
    storage = MemoryStorage(clock.now)
    journal = journal_on(storage, clock)
    await journal.note([entry(clock, "a")])
    stored = await journal.store.head()
    assert stored is not None
    await journal.container.append(stored.head.file, b"{}\n", at=stored.head.size)

    with pytest.raises(PermanentError) as refused:
        await journal.note([entry(clock, "b")])
    assert "journalBroken" == refused.value.code


async def test_damage_is_notified_once_with_its_place() -> None:
    """The nightly check finds it on two days."""
    async with tenant_of([person(1)]) as world:
        await world.run_to_end("a.csv", csv("userPrincipalName,mobile", (person(1).userPrincipalName, number(21))))
        journal = world.app.journal.journal
        stored = await journal.store.head()
        assert stored is not None
        await journal.container.append(stored.head.file, b"{}\n", at=stored.head.size)
        for _ in range(2):
            await world.app.sweep()
            world.clock.leap_to(world.clock.now() + timedelta(days=1))

        (told,) = [one for one in await notified(world) if one["event"] == "damagedJournal"]
        assert stored.head.file in told["message"]
        assert "error" == told["severity"]


@pytest.mark.parametrize("damage", ["goes on", "is shorter", "is not there"])
async def test_a_call_writes_nothing_on_a_broken_journal(damage: str) -> None:
    """Nor is it recorded; once the journal is whole again, the same call is done."""
    async with tenant_of([person(1)]) as world:
        calls = world.app.single_calls
        await calls.do(SingleCall(person(1).id, SetPhone(PhoneType.MOBILE, number(20)), "caller"))
        container = world.app.clients.journal_container
        stored = await world.app.journal.journal.store.head()
        assert stored is not None
        whole = await container.read(stored.head.file)
        if damage == "goes on":
            await container.append(stored.head.file, b"{}\n", at=stored.head.size)
        elif damage == "is shorter":
            await container.write(stored.head.file, whole[:-1])
        else:
            await container.delete(stored.head.file)
        writes, runs = world.writes, len(world.storage.tables["Runs"].partitions["run"])

        again = SingleCall(person(1).id, SetPhone(PhoneType.MOBILE, number(21)), "caller")
        with pytest.raises(PermanentError) as refused:
            await calls.do(again)
        assert ("journalBroken", writes) == (refused.value.code, world.writes)
        assert runs == len(world.storage.tables["Runs"].partitions["run"])

        await container.write(stored.head.file, whole)
        await calls.do(again)
        assert writes + 1 == world.writes


async def test_a_call_that_is_done_is_answered_on_a_broken_journal() -> None:
    """Its repetition writes nothing."""
    async with tenant_of([person(1)]) as world:
        done = SingleCall(person(1).id, SetPhone(PhoneType.MOBILE, number(20)), "caller", "repeatable")
        first = await world.app.single_calls.do(done)
        stored = await world.app.journal.journal.store.head()
        assert stored is not None
        await world.app.clients.journal_container.append(stored.head.file, b"{}\n", at=stored.head.size)

        assert first.run == (await world.app.single_calls.do(done)).run
        other = SingleCall(person(1).id, SetPhone(PhoneType.MOBILE, number(21)), "caller", "another")
        for _ in range(2):
            with pytest.raises(PermanentError) as refused:
                await world.app.single_calls.do(other)
            assert "journalBroken" == refused.value.code
        assert 1 == world.writes


async def test_a_check_of_the_end_moves_no_head() -> None:
    """Else a process that is about to move it would append its records once more."""
    clock = VirtualClock()
    storage = MemoryStorage(clock.now)
    journal = journal_on(storage, clock)
    await journal.note([entry(clock, "a")])
    before = storage.tables["Runs"].partitions["journal"]["head"]
    await journal.note([entry(clock, "b")])
    storage.tables["Runs"].partitions["journal"]["head"] = before

    await journal.check_end()
    assert before == storage.tables["Runs"].partitions["journal"]["head"]


async def test_nothing_is_written_on_a_broken_journal_until_a_person_begins_a_new_one() -> None:
    """As docs/audit.md says; the run that waited then goes on by itself."""
    async with tenant_of([person(1)], APPROVAL="always") as world:
        file = csv("userPrincipalName,mobile", (person(1).userPrincipalName, number(21)))
        held = await world.run_to_end("a.csv", file)
        stored = await world.app.journal.journal.store.head()
        assert stored is not None
        await world.app.journal.journal.container.append(stored.head.file, b"{}\n", at=stored.head.size)

        with pytest.raises(PermanentError) as refused:
            await world.app.decisions.approve(held.id, held.digest, APPROVER)
        assert "journalBroken" == refused.value.code
        await world.app.sweep()
        assert any("unreadable: record" in one for one in await world.app.runs.failures())
        assert 0 == world.writes

        world.storage.tables["Runs"].partitions["journal"].pop("head")
        async with started_anew(world, JOURNAL_CONTAINER="journal-2") as app:
            world.clock.leap_to(world.clock.now() + timedelta(minutes=5))
            await app.sweep()
            await HostInMemory(app, world.storage, world.clock).pump()
            assert 1 == world.writes
            assert () == (await app.journal.journal.verify()).problems
            assert [1, 2] == [one["sequence"] for one in await recorded(app.journal.journal)][:2]


@asynccontextmanager
async def started_anew(world: InMemory, **settings: str) -> AsyncIterator[App]:
    """Another process with these settings, on the same storage."""
    app = App({**world.settings, **settings}, clock=world.clock, storage=world.storage)
    await app.prepare_storage()
    yield app
    await app.close()


async def test_a_cut_and_a_removed_file_are_found() -> None:
    clock = VirtualClock()
    storage = MemoryStorage(clock.now)
    journal = journal_on(storage, clock)
    for identity in "abc":
        await journal.note([entry(clock, identity)])
        clock.leap_to(clock.now() + timedelta(days=31))
    names = [info.name async for info in journal.container.list()]
    assert 3 == len(names)

    await journal.container.delete(names[1])
    assert [Damage.MISSING] == [one.damage for one in (await journal.verify()).problems]
    await journal.container.delete(names[2])
    assert [Damage.CUT] == [one.damage for one in (await journal.verify()).problems]


async def of_run(world: InMemory, run: Run) -> list[dict[str, Any]]:
    return [one for one in await recorded(world.app.journal.journal) if one["data"].get("run") == run.id]


async def test_a_run_tells_who_decided_what_and_what_came_of_each_row() -> None:
    """Held, approved, released, rows with Graph's request ids, end; of people object ids alone."""
    file = csv(
        "userPrincipalName,mobile", (person(1).userPrincipalName, number(21)), ("no@contoso.example", number(22))
    )
    async with tenant_of([person(1)], APPROVAL="always") as world:
        held = await world.run_to_end("Jane Doe.csv", file)
        await world.app.decisions.approve(held.id, held.digest, APPROVER)
        await world.pump()
        run = await world.stored(held.id)

        found = await of_run(world, run)
        assert ["held", "decision", "released", "rows", "ended"] == [one["kind"] for one in found]
        decision, released, rows, ended = (one["data"] for one in found[1:])
        assert ("approved", APPROVER, held.digest) == (decision["decision"], decision["by"], decision["digest"])
        assert ([APPROVER], held.digest) == (released["approvedBy"], released["digest"])
        written, unknown = rows["rows"]
        assert (person(1).id, "updated", "") == (written["person"], written["state"], unknown["person"])
        assert written["slots"][0]["request"]
        assert {"input", "plan.json", "plan.xlsx", "changes.json", "summary.json", "result"} == ended["files"].keys()
        assert "finished" == ended["state"]
        assert () == (await world.app.journal.journal.verify()).problems

        whole = b"".join([blob.data for blob in world.storage.containers["journal"].blobs.values()]).decode()
        for secret in ("Jane", "person1", "contoso", "no@", *re.findall(r"\d{7,}", number(21) + " " + number(22))):
            assert secret not in whole

        await world.app.redrive(run.id, APPROVER)
        await world.app.decisions.cancel(run.id, APPROVER)
        await world.pump()
        assert ["decision", "rows", "ended"] == [one["kind"] for one in (await of_run(world, run))[len(found) :]]
        assert found == (await of_run(world, run))[: len(found)]


async def test_an_erasure_explains_a_changed_file_and_nothing_else_does() -> None:
    async with tenant_of([person(1)]) as world:
        run = await world.run_to_end(
            "a.csv", csv("userPrincipalName,mobile", (person(1).userPrincipalName, number(21)))
        )
        files, (*_, ended) = await world.app.journal.files(run), await of_run(world, run)
        assert [] == list(changed_files(run, [ended], files))
        new = {**files, "changes.json": b"{}"}
        assert ["changes.json"] == list(changed_files(run, [ended], new))

        erased = entry_of_erasure(run, 1, "changes.json", world.clock.now(), old=files["changes.json"], new=b"{}")
        await world.app.journal.journal.note([erased])
        *_, last = await of_run(world, run)
        assert [] == list(changed_files(run, [ended, last], new))
        assert ["changes.json"] == list(changed_files(run, [ended, last], files))
        assert [] == list(changed_files(run, [ended, last], {}))
