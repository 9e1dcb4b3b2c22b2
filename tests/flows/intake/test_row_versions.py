"""One row per change: the row in force today counts."""

from __future__ import annotations

from tests.flows.small_tenant import csv, number, outcomes, person, tenant_of

PEOPLE = [person(index, phones={}) for index in (1, 2, 3)]
SKIPPED = ("skipped", "rowNotInForce")
REPLACED = ("skipped", "rowReplaced")


async def test_the_latest_row_that_applies_today_counts() -> None:
    """Earlier rows are replaced, future ones wait, and rows of one day that contradict each other are refused."""
    rows = [
        ("E1", "2024-01-01", number(21)),
        ("E1", "2025-01-01", number(22)),
        ("E1", "2099-01-01", number(23)),
        ("E2", "2099-01-01", number(24)),
        ("E3", "2024-01-01", number(25)),
        ("E3", "2024-01-01", number(26)),
    ]
    async with tenant_of(PEOPLE, MAX_REFUSED_SHARE="1") as world:
        run = await world.run_to_end("staff.csv", csv("Employee ID,Effective Date,Mobile", *rows))

        refused = ("refused", "conflictingRows")
        applied = ("created", "applied")
        assert [REPLACED, applied, SKIPPED, SKIPPED, refused, refused] == await outcomes(world, run)
        assert {"mobile": number(22)} == world.directory()[person(1).id]


async def test_each_phone_of_a_person_has_its_own_versions() -> None:
    """Where a row holds one phone, a later mobile does not replace an office number."""
    rows = [
        ("E1", "2024-01-01", "Mobile", number(21)),
        ("E1", "2025-01-01", "Mobile", number(22)),
        ("E1", "2024-06-01", "Work", number(31)),
    ]
    async with tenant_of(PEOPLE) as world:
        await world.run_to_end("staff.csv", csv("Employee ID,Effective Date,Phone Type,Phone Number", *rows))

        assert {"mobile": number(22), "office": number(31)} == world.directory()[person(1).id]


async def test_people_who_have_left_get_nothing_new() -> None:
    """Their rows are counted and said; the colleague who has their company mobile now gets it."""
    rows = [("E1", "Terminated", "2024-01-31", number(21)), ("E2", "Active", "", number(21))]
    async with tenant_of(PEOPLE) as world:
        run = await world.run_to_end("staff.csv", csv("Employee ID,Status,Termination Date,Mobile", *rows))

        assert [("skipped", "personHasLeft"), ("created", "applied")] == await outcomes(world, run)
