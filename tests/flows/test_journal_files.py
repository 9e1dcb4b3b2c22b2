"""The journal goes on in a new file by month and by size, and stays one chain, in Azurite as in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from shared.adapters.storage.connection import StorageConnection
from shared.app import App
from shared.core.run import journal_chain
from shared.core.run.journal_chain import Damage, Entry, records
from shared.core.values.errors import PermanentError
from shared.core.values.storage import StoragePort
from shared.flows.chain import Journal
from testing.doubles import MemoryStorage
from testing.doubles.dying import Dying, Killed
from testing.virtual_time import VirtualClock

MOST_BLOCKS = 3


@dataclass
class Place:
    """A journal in one storage, which every process of a test opens by itself."""

    storage: StoragePort
    dying: Dying
    clock: VirtualClock
    settings: dict[str, str] = field(default_factory=dict)
    _apps: list[App] = field(default_factory=list)

    def opened(self, clock: VirtualClock | None = None) -> Journal:
        self._apps.append(App(self.settings, clock=clock or self.clock, storage=self.storage))
        return self._apps[-1].journal.journal

    async def close(self) -> None:
        for app in self._apps:
            await app.close()


@pytest.fixture(params=["azurite", "memory"])
async def place(request: pytest.FixtureRequest, azurite: str) -> AsyncIterator[Place]:
    dying, clock, own = Dying(), VirtualClock(), uuid4().hex
    storage: StoragePort = MemoryStorage(clock.now, dying)
    if request.param == "azurite":
        storage = StorageConnection(azurite, on_operation=dying)
    names = {"JOURNAL_CONTAINER": f"journal-{own}", "RUNS_TABLE": f"Runs{own}"}
    found = Place(storage, dying, clock, {**names, "VALUE_INDEX_KEY": "a secret of the tests, no vault's"})
    await storage.container(names["JOURNAL_CONTAINER"]).ensure()
    await storage.table(names["RUNS_TABLE"]).ensure()
    yield found
    await found.close()


@pytest.fixture(autouse=True)
def small_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file takes 40,000 blocks; here so few that it is full at once."""
    monkeypatch.setattr(journal_chain, "MOST_BLOCKS", MOST_BLOCKS)


def entry(place: Place, identity: str) -> Entry:
    return Entry("test", place.clock.now(), {"value": identity}, identity)


async def files(journal: Journal) -> dict[str, bytes]:
    return {info.name: await journal.container.read(info.name) async for info in journal.container.list()}


async def identities(journal: Journal) -> list[str]:
    stored = await files(journal)
    return [one["id"] for name in stored for one in records(stored[name]) if one["id"]]


async def is_whole(journal: Journal, *expected: str) -> bool:
    """Whether the chain is whole, and has these records, each once."""
    return not (await journal.verify()).problems and sorted(expected) == sorted(await identities(journal))


async def test_a_full_file_is_followed_by_the_next(place: Place) -> None:
    journal = place.opened()
    wanted = [f"r{number}" for number in range(8)]
    for identity in wanted:
        await journal.note([entry(place, identity)])

    stored = await files(journal)
    assert len(stored) > len(wanted) // MOST_BLOCKS
    assert all(len(list(records(data))) <= MOST_BLOCKS + 2 for data in stored.values())  # with settings and the roll
    assert await is_whole(journal, *wanted)


@pytest.mark.parametrize("place", ["memory"], indirect=True)
@pytest.mark.parametrize(
    ("damage", "found"),
    [
        (lambda data: data.replace(b'"value":"r', b'"value":"R', 1), Damage.CHANGED),
        (lambda data: b"".join(data.splitlines(keepends=True)[:-1]), Damage.MISSING),
        (lambda data: b"".join(data.splitlines(keepends=True)[1:]), Damage.MISSING),
        (lambda data: data + data.splitlines(keepends=True)[-1], Damage.MISPLACED),
        (lambda _: b"", Damage.MISSING),
    ],
    ids=["changed", "without its last record", "without its first record", "doubled", "emptied"],
)
async def test_damage_of_a_file_in_the_middle_is_found_there(
    place: Place, damage: Callable[[bytes], bytes], found: Damage
) -> None:
    journal = place.opened()
    for number in range(8):
        await journal.note([entry(place, f"r{number}")])
    names = sorted(await files(journal))
    middle, after = names[1], names[2]
    whole = await journal.container.read(middle)

    await journal.container.delete(middle)
    await journal.container.append(middle, damage(whole) or b"\n", at=0)

    problems = (await journal.verify()).problems
    assert found in {one.damage for one in problems}
    assert {one.file for one in problems} <= {middle, after}


@pytest.mark.parametrize("place", ["memory"], indirect=True)
@pytest.mark.parametrize("number", [0, 1, -1], ids=["the first", "one in the middle", "the last"])
async def test_a_file_under_another_name_is_found(place: Place, number: int) -> None:
    """Although its name sorts as before; the same for a file of which a part was moved into another one."""
    journal = place.opened()
    for identity in "abcdefgh":
        await journal.note([entry(place, identity)])
    name = sorted(await files(journal))[number]
    whole = await journal.container.read(name)
    await journal.container.delete(name)
    await journal.container.append(f"{name}-2", whole, at=0)
    assert [(Damage.RENAMED, f"{name}-2")] == [(one.damage, one.file) for one in (await journal.verify()).problems][:1]

    await journal.container.delete(f"{name}-2")
    first, *rest = whole.splitlines(keepends=True)
    await journal.container.append(name, first, at=0)
    await journal.container.append(f"{name}-2", b"".join(rest), at=0)
    assert [(Damage.RENAMED, f"{name}-2")] == [(one.damage, one.file) for one in (await journal.verify()).problems][:1]


@pytest.mark.parametrize("place", ["memory"], indirect=True)
@pytest.mark.parametrize(
    ("tail", "found"),
    [
        (b"{}\n", {Damage.UNREADABLE}),
        (b"half a line", {Damage.UNREADABLE}),
        (None, {Damage.CHANGED, Damage.BEYOND}),
    ],
    ids=["another line", "half a line", "a record of another chain"],
)
async def test_what_stands_after_the_head_is_found_there(place: Place, tail: bytes | None, found: set[Damage]) -> None:
    """`verify` says where, and no append follows it."""
    journal = place.opened()
    await journal.note([entry(place, "a")])
    stored = await journal.store.head()
    assert stored is not None
    foreign, _ = journal_chain.chained([entry(place, "b")], replace(stored.head, hash="f" * 64))
    await journal.container.append(stored.head.file, tail or foreign, at=stored.head.size)

    problems = (await journal.verify()).problems
    assert (found, {stored.head.file}) == ({one.damage for one in problems}, {one.file for one in problems})
    with pytest.raises(PermanentError, match="goes on with what the app did not write"):
        await journal.note([entry(place, "c")])


async def test_nothing_is_appended_to_a_file_that_ends_before_its_head(place: Place) -> None:
    """A shortened one and a missing one; it is not taken for other processes that append."""
    journal = place.opened()
    await journal.note([entry(place, "a")])
    (name, whole), *_ = (await files(journal)).items()
    for left in (whole[:-20], b""):
        await journal.container.delete(name)
        if left:
            await journal.container.append(name, left, at=0)
        with pytest.raises(PermanentError, match="is shorter than its head says, or is not there"):
            await journal.note([entry(place, "b")])
        assert Damage.CUT in {one.damage for one in (await journal.verify()).problems}


async def test_processes_that_reach_the_end_of_a_file_together_leave_one_chain(place: Place) -> None:
    processes = [place.opened() for _ in range(3)]
    wanted = [f"r{number}" for number in range(12)]
    await asyncio.gather(
        *(processes[number % 3].note([entry(place, identity)]) for number, identity in enumerate(wanted))
    )
    await asyncio.gather(*(one.note([entry(place, "last")]) for one in processes))

    assert len(await files(processes[0])) > 1
    assert await is_whole(processes[0], *wanted, "last")


@pytest.mark.parametrize("by", ["size", "month"])
async def test_a_process_that_ends_at_any_request_of_a_change_of_files_breaks_nothing(place: Place, by: str) -> None:
    """Then another process goes on in the same journal."""
    wanted = list[str]()
    for left in range(1, 40):
        after = place.opened()
        while by == "size" and (await stored_head(after)).blocks != MOST_BLOCKS:
            wanted.append(f"fill{len(wanted)}")
            await after.note([entry(place, wanted[-1])])
        if by == "month":
            place.clock.leap_to(place.clock.now() + timedelta(days=31))
        wanted.append(f"r{left}")
        place.dying.left = left
        with suppress(Killed):
            await place.opened().note([entry(place, wanted[-1])])
        is_over, place.dying.left = place.dying.left > 0, 0
        await after.note([entry(place, wanted[-1])])
        if is_over:
            break
    else:
        raise AssertionError("the process never came to its end")
    assert left > 5
    assert await is_whole(after, *wanted)


async def stored_head(journal: Journal) -> journal_chain.JournalHead:
    stored = await journal.store.head()
    return stored.head if stored else journal_chain.JournalHead()


async def test_a_clock_that_is_behind_leads_to_no_earlier_file(place: Place) -> None:
    """Around the end of a month processes may see different months."""
    place.clock.leap_to(datetime(2026, 11, 30, 23, 59, 50, tzinfo=UTC))
    ahead = VirtualClock(place.clock.now() + timedelta(seconds=20))
    late, early = place.opened(), place.opened(ahead)
    wanted = [f"r{number}" for number in range(8)]
    for number, identity in enumerate(wanted):
        await (early if number % 3 else late).note([entry(place, identity)])

    names = list(await files(late))
    assert ["2026-11", "2026-12"] == sorted({name[:7] for name in names})
    assert await is_whole(late, *wanted)
