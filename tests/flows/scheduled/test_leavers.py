"""Leavers are reported, and lose what this app gave them only if removals are allowed and approved."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sandbox.exports import write_export
from sandbox.graph.control import change_person
from sandbox.people import PersonKind, Staff, make_staff
from shared.core.run.run import Run
from shared.core.values.slot import Slot
from shared.core.values.states import RowState, RunState, Source
from testing.in_memory import InMemory, in_memory

REMOVALS = {"ALLOW_REMOVALS": "true", "MAX_SHRINK_SHARE": "1"}


@pytest.fixture(scope="module")
def staff() -> Staff:
    """Thirty people, all enabled."""
    members = make_staff(60).members
    kept = [member for member in members if member.kind in {PersonKind.GREENFIELD, PersonKind.MISTYPED_NUMBER}]
    return Staff(tuple(kept[:30]))


async def reconcile(world: InMemory, after: timedelta) -> dict[str, Any]:
    world.clock.leap_to(world.clock.now() + after)
    await world.app.reconcile()
    await world.pump()
    report = await world.app.newest_drift()
    assert report is not None
    return report


async def leavers_of(world: InMemory) -> list[Run]:
    return [run async for run in world.app.runs.all() if run.source is Source.LEAVERS]


def first_people(staff: Staff, count: int) -> list[str]:
    return [member.person.id for member in staff.members if member.kind is PersonKind.GREENFIELD and member.person][
        :count
    ]


def without(staff: Staff, people: list[str]) -> Staff:
    return Staff(tuple(member for member in staff.members if member.person and member.person.id not in people))


def kinds(report: dict[str, Any]) -> dict[str, str]:
    return {drift["id"]: drift["kind"] for drift in report["drifted"]}


async def test_people_missing_from_a_full_export_are_reported(staff: Staff) -> None:
    """Without ALLOW_REMOVALS they are only reported, every night, until an export names them again."""
    async with in_memory(staff, {"MAX_SHRINK_SHARE": "1"}) as world:
        missing = first_people(staff, 2)
        await world.run_to_end("full/all.xlsx", write_export(staff))
        assert {} == kinds(await reconcile(world, timedelta(hours=1)))
        await world.run_to_end("full/fewer.xlsx", write_export(without(staff, missing)))
        writes = world.writes

        for _ in range(2):
            assert dict.fromkeys(missing, "missingFromExport") == kinds(await reconcile(world, timedelta(days=1)))
        assert ([], writes) == (await leavers_of(world), world.writes)

        await world.run_to_end("full/all.xlsx", write_export(staff))
        assert {} == kinds(await reconcile(world, timedelta(days=1)))


@pytest.mark.parametrize("approval", ["limits", "never"])
async def test_a_removal_always_needs_approval(staff: Staff, approval: str) -> None:
    """APPROVAL does not matter. Exactly the values that this app wrote are removed, never one that a person chose."""
    settings = {**REMOVALS, "MAX_REMOVALS_UNAPPROVED": "100", "APPROVAL": approval}
    async with in_memory(staff, settings) as world:
        missing = first_people(staff, 3)
        await world.run_to_end("full/all.xlsx", write_export(staff))
        await world.run_to_end("full/fewer.xlsx", write_export(without(staff, missing)))
        change_person(world.stand_in.tenant, missing[0], {"phones": {"mobile": "+1 2025550199"}})
        writes = world.writes
        await reconcile(world, timedelta(days=1))
        (old,) = await leavers_of(world)
        assert (RunState.HELD, writes) == (old.state, world.writes)

        await reconcile(world, timedelta(days=1))
        old, held = await leavers_of(world)
        assert (RunState.REJECTED, RunState.HELD) == (old.state, held.state)
        await world.app.decisions.approve(held.id, held.digest, "a test")
        await world.pump()

        run = await world.stored(held.id)
        rows = {row.object_id: row.state async for row in world.app.rows.in_order(run)}
        assert RunState.FINISHED is run.state
        assert {missing[0]: RowState.KEPT, missing[1]: RowState.REMOVED, missing[2]: RowState.REMOVED} == rows
        people = world.stand_in.tenant.people
        assert [1, 0, 0] == [len(people[person].methods) for person in missing]
        assert {} == (await world.app.people.get(missing[1])).base()
        assert f"{run.id}/drift.xlsx" == run.result_blob
        assert {missing[0]: "changedByPerson"} == kinds(await reconcile(world, timedelta(days=1)))


async def test_a_refused_row_still_names_its_person(staff: Staff) -> None:
    """A mistyped number makes no leaver; one row without a key lets no person become a leaver."""
    async with in_memory(staff, REMOVALS) as world:
        await world.run_to_end("full/all.xlsx", write_export(staff))
        (person,) = first_people(staff, 1)
        doubtful = next(member for member in staff.members if member.person and member.person.id == person)
        keys = doubtful.keys
        await world.run_to_end(
            "full/next.csv", _csv([(m.keys, m.keys is keys) for m in staff.members if m.person]).encode()
        )
        assert {} == kinds(await reconcile(world, timedelta(days=1)))

        nameless = (
            _csv([(m.keys, False) for m in staff.members if m.person and m.person.id != person]) + ",2025550142\n"
        )
        await world.run_to_end("full/last.csv", nameless.encode())
        assert {person: "missingFromExport"} == kinds(await reconcile(world, timedelta(days=1)))
        assert [] == await leavers_of(world)


def _csv(rows: list[tuple[Any, bool]]) -> str:
    """One row per key, blank or with an unreadable number."""
    lines = [f"{keys['userPrincipalName']},{'2O2 555 01AB' if mistyped else ''}" for keys, mistyped in rows]
    return "\n".join(["userPrincipalName,mobile", *lines, ""])


async def test_a_disabled_account_is_a_leaver_once_no_export_names_it(staff: Staff) -> None:
    """New accounts may be disabled: while exports name them they are reported and keep their numbers."""
    async with in_memory(staff, REMOVALS) as world:
        await world.run_to_end("staff.xlsx", write_export(staff))
        (person,) = first_people(staff, 1)
        change_person(world.stand_in.tenant, person, {"accountEnabled": False})

        assert {person: "accountDisabled"} == kinds(await reconcile(world, timedelta(days=6)))
        assert [] == await leavers_of(world)
        await reconcile(world, timedelta(days=2))
        (held,) = await leavers_of(world)
        assert (RunState.HELD, 1) == (held.state, held.total)


async def test_people_whose_account_is_deleted_are_forgotten(staff: Staff) -> None:
    """After FORGET_DAYS their ownership record is deleted; an account that is restored earlier keeps it."""
    async with in_memory(staff, {"FORGET_DAYS": "20"}) as world:
        await world.run_to_end("staff.xlsx", write_export(staff))
        gone, back = first_people(staff, 2)
        for person in (gone, back):
            change_person(world.stand_in.tenant, person, {"deleted": True})
        assert dict.fromkeys((gone, back), "accountDeleted") == kinds(await reconcile(world, timedelta(days=1)))
        change_person(world.stand_in.tenant, back, {"deleted": False})
        assert {gone: "accountDeleted"} == kinds(await reconcile(world, timedelta(days=19)))
        known = await world.app.people.get(back)
        assert (None, True) == (known.gone_since, Slot.MOBILE in known.base())

        await reconcile(world, timedelta(days=1))
        assert "" == (await world.app.people.get(gone)).etag
        assert {} == kinds(await reconcile(world, timedelta(days=1)))
        assert replace(known, etag="") == replace(await world.app.people.get(back), etag="")
