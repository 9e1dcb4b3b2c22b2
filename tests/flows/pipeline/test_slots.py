"""Slots have outcomes of their own: a bad cell costs its slot, and the row, the sets and the figures stay exact."""

from __future__ import annotations

import json
from io import BytesIO

import pytest
from openpyxl import load_workbook

from shared.core.report.texts import Language, texts_in
from shared.core.run.documents import report_row
from shared.core.run.run import Run
from shared.core.values.codes import CODES
from shared.core.values.states import RunState
from testing.in_memory import InMemory
from tests.flows.small_tenant import csv, number, outcomes, person, rows_of, tenant_of

LETTERS, LANDLINE = "call +1 2025550177", "+31 10 1234567"
NEW = person(1, phones={})


async def summary_of(world: InMemory, run: Run) -> dict[str, object]:
    found: dict[str, object] = json.loads(await world.app.results.read(f"{run.id}/summary.json"))
    return found


def phones(world: InMemory, index: int = 1) -> dict[str, str]:
    return {str(slot): found for slot, found in world.stand_in.tenant.people[person(index).id].methods.items()}


async def test_a_bad_office_number_does_not_cost_a_good_mobile() -> None:
    """The mobile is written, the office number is refused with its cell and remedy, and the row is partial."""
    async with tenant_of([NEW], MAX_REFUSED_SHARE="1") as world:
        run = await world.run_to_end("staff.csv", csv("employeeId,mobile,office", ("E1", number(11), LETTERS)))

        assert [("partial", "numberHasLetters")] == await outcomes(world, run)
        assert {"mobile": number(11)} == phones(world)
        summary = await summary_of(world, run)
        assert ({"partial": 1}, {"partial": [2]}, 0) == (summary["counts"], summary["sets"], summary["succeeded"])
        assert (1, 1, 1, 1) == tuple(run.figures[name] for name in ("people", "matched", "creates", "refused"))
        book = load_workbook(BytesIO(await world.app.returns.read(run)))
        (row,) = await rows_of(world, run)
        reason = "mobile: created; office: refused (C2: the number has letters in it)"
        assert reason == report_row(row).reason
        assert any("C2: the number has letters in it" in line for line in book["CSV"].iter_rows(values_only=True))
        (line,) = book["Sign-in phones to correct"].iter_rows(min_row=5, values_only=True)
        todo = texts_in(Language.ENGLISH).in_frame(CODES["numberHasLetters"].remedy)
        assert (2, "E1", todo, "C2", LETTERS) == (*line[:2], line[3], line[5], line[7])


async def test_a_bad_mobile_does_not_cost_a_good_office_number() -> None:
    """A landline as mobile is refused; the office number and the e-mail address go their own way."""
    async with tenant_of([NEW]) as world:
        run = await world.run_to_end("staff.csv", csv("employeeId,mobile,office", ("E1", LANDLINE, LANDLINE)))

        assert [("partial", "landlineNotMobile")] == await outcomes(world, run)
        assert ["office"] == list(phones(world))


async def test_a_row_with_a_refused_slot_and_nothing_to_write_is_refused() -> None:
    """Its other slot is unchanged, and the app remembers that HR asked for it."""
    async with tenant_of([person(1)]) as world:
        run = await world.run_to_end("staff.csv", csv("employeeId,mobile,office", ("E1", number(1), LETTERS)))

        assert [("refused", "numberHasLetters")] == await outcomes(world, run)
        (row,) = await rows_of(world, run)
        assert "mobile: unchanged; office: refused (C2: the number has letters in it)" == report_row(row).reason
        assert (await world.app.people.get(NEW.id)).base()
        assert (1, 1) == (run.figures["matched"], run.figures["refused"])


async def test_people_with_a_refused_slot_count_in_the_safety_limits() -> None:
    """Three of ten people with a bad office number are more than a fifth, so the run is held; its plan says would."""
    people = [person(index, phones={}) for index in range(1, 11)]
    rows = [(f"E{index}", number(index + 20), LETTERS if index <= 3 else "") for index in range(1, 11)]
    async with tenant_of(people) as world:
        held = await world.run_to_end("staff.csv", csv("employeeId,mobile,office", *rows))

        assert (RunState.HELD, True) == (held.state, "3 of 10 people (30.0%) are refused" in held.message)
        book = load_workbook(BytesIO(await world.app.results.read(f"{held.id}/plan.xlsx")))
        texts = [str(cell) for sheet in book for line in sheet.iter_rows(values_only=True) for cell in line]
        assert [] == [text for text in texts if "was made" in text or "created" in text.replace("would be created", "")]
        assert (11, 4) == (
            len(list(book["Plan"].iter_rows())),
            len(list(book["Not or only partly changed"].iter_rows())),
        )
        await world.app.decisions.approve(held.id, held.digest, "a test")
        await world.pump()
        run = await world.stored(held.id)
        assert ["partial"] * 3 + ["created"] * 7 == [row.state.value for row in await rows_of(world, run)]


async def test_a_redrive_takes_up_the_slot_that_can_become_valid() -> None:
    """The account got a usage location meanwhile; the mobile written before is unchanged."""
    async with tenant_of([NEW], DEFAULT_REGION="") as world:
        run = await world.run_to_end("staff.csv", csv("employeeId,mobile,office", ("E1", number(11), "010 1234567")))
        assert [("partial", "regionMissing")] == await outcomes(world, run)

        world.stand_in.tenant.put(person(1, phones=phones(world), usageLocation="NL"))
        await world.app.redrive(run.id, "a test")
        await world.pump()

        assert [("created", "applied")] == await outcomes(world, run)
        assert {"mobile", "office"} == phones(world).keys()


@pytest.mark.parametrize("cells", [("", LETTERS), (LETTERS, LETTERS)])
async def test_a_row_of_refused_slots_only_is_refused(cells: tuple[str, str]) -> None:
    """Nothing is planned for it, and it is not among the matched."""
    async with tenant_of([NEW]) as world:
        run = await world.run_to_end("staff.csv", csv("employeeId,mobile,office", ("E1", *cells)))

        assert [("refused", "numberHasLetters")] == await outcomes(world, run)
        assert (0, 1, {}) == (run.figures["matched"], run.figures["refused"], phones(world))
