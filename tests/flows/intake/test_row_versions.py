"""One row per change: the row in force today counts."""

from __future__ import annotations

import pytest

from shared.core.values.states import RunState
from tests.flows.small_tenant import csv, number, outcomes, person, rows_of, tenant_of

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


VERSIONS = "Employee ID,Effective Date,Mobile"
TYPED = "Employee ID,Effective Date,Phone Type,Phone Number"
OLD, NEW = "2024-01-01", "2025-01-01"
NOTHING: dict[str, tuple[str, list[tuple[str, ...]]]] = {
    "a later row without a number": (VERSIONS, [("E1", OLD, number(21)), ("E1", NEW, "")]),
    "a later row whose number is refused": (VERSIONS, [("E1", OLD, number(21)), ("E1", NEW, "#N/A")]),
    "a later row of the type without a number": (
        TYPED,
        [("E1", OLD, "Mobile", number(21)), ("E1", NEW, "Mobile", ""), ("E2", OLD, "Mobile", number(22))],
    ),
    "a later row whose person has left": (
        "Employee ID,Effective Date,Status,Mobile",
        [("E1", OLD, "Active", number(21)), ("E1", NEW, "Terminated", "")],
    ),
    "a later row, without a type, whose person has left": (
        "Employee ID,Effective Date,Status,Phone Type,Phone Number",
        [("E1", OLD, "Active", "Mobile", number(21)), ("E1", NEW, "Terminated", "", "")],
    ),
    "a later row that contradicts itself": (
        "Employee ID,Effective Date,Employment Status,Status,Mobile",
        [("E1", OLD, "Active", "Active", number(21)), ("E1", NEW, "Active", "Inactive", number(22))],
    ),
    "a row whose day is not clear": (VERSIONS, [("E1", "2024-01-21", number(21)), ("E1", "03/04/2025", number(22))]),
    "a row without a day": (VERSIONS, [("E1", "", number(21)), ("E1", NEW, number(22))]),
    "a later day of hiring": ("Employee ID,Hire date,Mobile", [("E1", OLD, number(21)), ("E1", NEW, number(22))]),
    "a later start": ("Employee ID,Start date,Mobile", [("E1", OLD, number(21)), ("E1", NEW, number(22))]),
}
"""Which rows of the first person do not say which number counts today."""


@pytest.mark.parametrize("name", NOTHING)
async def test_an_earlier_number_is_not_written_beside(name: str) -> None:
    header, rows = NOTHING[name]
    async with tenant_of(PEOPLE, MAX_REFUSED_SHARE="1") as world:
        run = await world.run_to_end("staff.csv", csv(header, *rows))

        assert RunState.FINISHED is run.state, run.message
        assert {} == world.directory()[person(1).id]


HELD: dict[str, tuple[str, list[tuple[str, ...]]]] = {
    "days of rows of one person that differ": ("Employee ID,Qrx,Mobile", [("E1", OLD, number(21)), ("E1", NEW, "")]),
    "days of people with one row each": ("Employee ID,Qrx,Mobile", [("E1", OLD, number(21)), ("E2", NEW, number(22))]),
    "days under no heading": ("Employee ID,,Mobile", [("E1", OLD, number(21)), ("E1", NEW, number(22))]),
    "statuses of which one is not known": (
        "Employee ID,Employment Status,Mobile",
        [("E1", "Active", number(21)), ("E2", "Qrx", number(22))],
    ),
    "statuses of a contract": (
        "Employee ID,Contract status,Mobile",
        [("E1", "Active", number(21)), ("E2", "Terminated", number(22))],
    ),
    "yes and no under a word that says that a person has left": (
        "Matricule,Sorti,Portable",
        [("E1", "non", number(21)), ("E2", "oui", number(22))],
    ),
    "statuses and dates in one column": (
        "Employee ID,Status,Mobile",
        [("E1", "Active", number(21)), ("E2", OLD, number(22))],
    ),
}
"""What may say that a row does not count, and is not understood: the second column."""


@pytest.mark.parametrize("name", HELD)
async def test_what_may_qualify_a_row_and_is_not_understood_holds_the_run(name: str) -> None:
    header, rows = HELD[name]
    async with tenant_of(PEOPLE) as world:
        run = await world.run_to_end("staff.csv", csv(header, *rows))

        assert (RunState.HELD, 0) == (run.state, world.writes)
        assert "column B" in run.message


async def test_a_future_row_says_nothing_of_today() -> None:
    """Neither that the person will have left, nor another number."""
    rows = [("E1", OLD, "Active", number(21)), ("E1", "2099-01-01", "Terminated", "")]
    async with tenant_of(PEOPLE) as world:
        await world.run_to_end("staff.csv", csv("Employee ID,Effective Date,Status,Mobile", *rows))

        assert {"mobile": number(21)} == world.directory()[person(1).id]


async def test_a_row_that_contradicts_itself_names_both_cells() -> None:
    rows = [("E1", "Active", "Inactive", number(21)), ("E2", "Terminated", "Inactive", number(22))]
    async with tenant_of(PEOPLE, MAX_REFUSED_SHARE="1") as world:
        run = await world.run_to_end("staff.csv", csv("Employee ID,Employment Status,Status,Mobile", *rows))

        refused, left = await rows_of(world, run)
        assert ("statusContradictory", "personHasLeft") == (refused.code, left.code)
        assert all(cell in refused.reason for cell in ("B2", "C2"))
        assert not any(world.directory().values())


async def test_people_who_have_left_get_nothing_new() -> None:
    """Their rows are counted and said; the colleague who has their company mobile now gets it."""
    rows = [("E1", "Terminated", "2024-01-31", number(21)), ("E2", "Active", "", number(21))]
    async with tenant_of(PEOPLE) as world:
        run = await world.run_to_end("staff.csv", csv("Employee ID,Status,Termination Date,Mobile", *rows))

        assert [("skipped", "personHasLeft"), ("created", "applied")] == await outcomes(world, run)
