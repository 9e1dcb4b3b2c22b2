"""The same person in several rows, through the whole pipeline: joined, merged, or refused with each other's rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shared.adapters.ledger.rows import RowStore
from shared.core.person.account import AccountWithMethods, PersonKey
from shared.core.run.documents import report_row
from shared.core.run.row import Outcome, Row, completed
from shared.core.values.errors import RetryLaterError
from shared.core.values.states import RowState, RunState
from shared.flows.graph_ports import DirectoryPort
from shared.flows.pipeline.planning import Planning
from testing.in_memory import InMemory
from tests.flows.small_tenant import csv, number, outcomes, person, rows_of, tenant_of

NEW = person(1, phones={})
JOINED, MERGED, REFUSED = ("merged", "joinedRow"), ("merged", "duplicateRow"), ("refused", "conflictingRows")
OFFICE = "+31 10 1234567"


def phones(world: InMemory) -> dict[str, str]:
    return {str(slot): found for slot, found in world.stand_in.tenant.people[NEW.id].methods.items()}


def by_id(*rows: tuple[str, str, str]) -> bytes:
    """Mobile, office and country of rows of the person."""
    return csv("employeeId,mobile,office,country", *(("E1", *row) for row in rows))


@pytest.mark.parametrize(
    ("rows", "ends"),
    [
        ([(number(11), "", ""), ("", OFFICE, "")], [("created", "applied"), JOINED]),
        ([("", "", ""), (number(11), "", ""), ("", OFFICE, "")], [MERGED, ("created", "applied"), JOINED]),
        (
            [(number(11), "010 1234567", "NL"), (number(11), "010-1234567", "Nederland")],
            [("created", "applied"), JOINED],
        ),
        ([(number(11), OFFICE, ""), (number(11), "", "")], [("created", "applied"), JOINED]),
        ([(number(11), OFFICE, ""), (number(11), OFFICE, "")], [("created", "applied"), MERGED]),
        ([(number(11), OFFICE, ""), (number(12), "", "")], [REFUSED, REFUSED]),
        ([(number(11), "", ""), ("", OFFICE, ""), (number(12), "", "")], [REFUSED] * 3),
        ([(number(11), "", ""), ("", "call Jan 06 123456", "")], [("partial", "numberHasLetters"), JOINED]),
    ],
)
async def test_rows_with_one_key(rows: list[tuple[str, str, str]], ends: list[tuple[str, str]]) -> None:
    """They count as one person; the numbers of the joined rows are blanked, and their cells are named."""
    async with tenant_of([NEW], APPROVAL="limits") as world:
        run = await world.run_to_end("staff.csv", by_id(*rows))

        assert ends == await outcomes(world, run)
        refused = ends[0] == REFUSED
        assert (RunState.FINISHED, 1) == (run.state, run.figures["people"])
        found = await rows_of(world, run)
        assert [] == [row.number for row in found if row.state is RowState.MERGED and row.export_row is not None]
        expected = (
            {} if refused else {"mobile": number(11)} | ({"office": OFFICE} if ("created", "applied") in ends else {})
        )
        assert expected.keys() == phones(world).keys()
        for row in found if refused else ():
            others = [str(other.number) for other in found if other.number != row.number]
            assert [] == [other for other in others if other not in row.reason]


class Aliases:
    """A directory in which E9 is another key of the person E1."""

    def __init__(self, directory: DirectoryPort) -> None:
        self._directory = directory

    async def look_up_with_methods(self, key: PersonKey, *, email: bool) -> AccountWithMethods:
        known = replace(key, value="E1") if key.value == "E9" else key
        return await self._directory.look_up_with_methods(known, email=email)


class DyingRows:
    """Rows whose save fails once, at the given one."""

    def __init__(self, rows: RowStore, at: int) -> None:
        self._rows, self._left = rows, at

    def __getattr__(self, name: str) -> Any:
        return getattr(self._rows, name)

    async def save(self, row: Row) -> Row:
        self._left -= 1
        if not self._left:
            raise RetryLaterError("storageUnavailable", "the process died", delay=1.0)
        return await self._rows.save(row)


def with_aliases(world: InMemory, dies_at: int = 0) -> None:
    """E9 leads to the account of E1; the gate dies at its `dies_at`-th save."""
    app = world.app
    vars(app)["plan_row"] = replace(app.plan_row, directory=Aliases(app.clients.graph))  # type: ignore[arg-type] # plan needs no more
    planning = app.advance_run.planning
    assert isinstance(planning, Planning)
    gate = replace(planning.gate, rows=DyingRows(app.rows, dies_at))  # type: ignore[type-var] # it is a Gate
    vars(app)["advance_run"] = replace(app.advance_run, planning=replace(planning, gate=gate))


@pytest.mark.parametrize("dies_at", [0, 1, 2])
@pytest.mark.parametrize("window", [1, 1000])
async def test_rows_whose_keys_lead_to_one_account_are_planned_again_as_one(dies_at: int, window: int) -> None:
    """The alternate needs the mobile of the other row; a crash between the two saves changes nothing."""
    async with tenant_of([NEW], PLAN_WINDOW=str(window)) as world:
        with_aliases(world, dies_at)
        export = csv("employeeId,mobile,office", ("E1", number(11), ""), ("E9", "", OFFICE), ("E9", "", ""))
        run = await world.run_to_end("staff.csv", export)

        assert ("created", "applied") == (await outcomes(world, run))[0]
        assert ["created", "merged", "merged"] == [row.state.value for row in await rows_of(world, run)]
        assert (RunState.FINISHED, 1) == (run.state, run.figures["people"])
        assert {"mobile", "office"} == phones(world).keys()


async def test_rows_whose_keys_lead_to_one_account_are_compared_by_their_numbers() -> None:
    """Equal numbers merge although one row is silent on the office; other numbers refuse both."""
    for cells, ends in (
        (((number(11), OFFICE), ("(202) 555-0111", "")), [("created", "applied"), MERGED]),
        (((number(11), OFFICE), (number(12), "")), [REFUSED, REFUSED]),
    ):
        async with tenant_of([NEW]) as world:
            with_aliases(world)
            export = csv("employeeId,mobile,office", ("E1", *cells[0]), ("E9", *cells[1]))
            run = await world.run_to_end("staff.csv", export)

            assert ends == await outcomes(world, run)


async def test_a_joined_person_who_is_not_found_waits_with_all_rows() -> None:
    """Nobody is left behind when the account appears meanwhile."""
    async with tenant_of([]) as world:
        run_id = await world.drop("staff.csv", by_id((number(11), "", ""), ("", OFFICE, "")))

        async def waits() -> bool:
            return "look up 2 people" in (await world.stored(run_id)).message

        await world.pump(waits)
        world.stand_in.tenant.put(NEW)
        await world.pump()
        run = await world.stored(run_id)

        assert [("created", "applied"), JOINED] == await outcomes(world, run)
        assert {"mobile", "office"} == phones(world).keys()


async def test_a_redriven_person_keeps_the_cells_of_the_joined_rows() -> None:
    """Their own rows are merged and blank by then."""
    async with tenant_of([NEW], DEFAULT_REGION="") as world:
        run = await world.run_to_end("staff.csv", by_id((number(11), "", ""), ("", "010 1234567", "")))
        assert [("partial", "regionMissing"), JOINED] == await outcomes(world, run)
        (row, _) = await rows_of(world, run)
        assert "mobile: created; office: refused (C3: " in report_row(row).reason

        world.stand_in.tenant.put(person(1, phones=phones(world), usageLocation="NL"))
        await world.app.redrive(run.id, "a test")
        await world.pump()

        assert [("created", "applied"), JOINED] == await outcomes(world, run)
        assert {"mobile", "office"} == phones(world).keys()


async def test_more_rows_than_one_can_carry_are_refused() -> None:
    """Each names others, and nothing is written."""
    rows = [("", f"+31 10 123456{last}", "") for last in range(8)]
    async with tenant_of([NEW]) as world:
        run = await world.run_to_end("staff.csv", by_id(*rows))

        assert [REFUSED] * 8 == await outcomes(world, run)
        assert {} == phones(world)


async def test_a_first_row_that_failed_before_it_took_over_the_cells_loses_none() -> None:
    """Its message went to the poison queue; the other row fails with it, and a redrive plans both."""
    async with tenant_of([NEW]) as world:
        run_id = await world.drop("staff.csv", by_id((number(11), "", ""), ("", OFFICE, "")))
        first, _ = await rows_of(world, await world.stored(run_id))
        await world.app.rows.save(completed(first, Outcome(RowState.FAILED, "retriesExhausted")))
        await world.pump()
        assert [("failed", "retriesExhausted")] * 2 == await outcomes(world, await world.stored(run_id))

        await world.app.redrive(run_id, "a test")
        await world.pump()

        assert [("created", "applied"), JOINED] == await outcomes(world, await world.stored(run_id))
        assert {"mobile", "office"} == phones(world).keys()
