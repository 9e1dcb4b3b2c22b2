"""A column whose digits all lack their plus is read as one, once its file proves it and a person has approved it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date
from io import BytesIO

import pytest
from openpyxl import Workbook

from shared.core.export.map_columns import MappingRules
from shared.core.export.people_sheets import ONLY_SHEET
from shared.core.run.run import Run
from shared.core.values.errors import PermanentError
from shared.core.values.slot import PhoneType
from shared.core.values.states import RunState
from shared.flows.intake.sheets_of_people import ways_to_read
from shared.flows.intake.understand import Understand
from testing.exports import opened
from testing.in_memory import InMemory
from tests.flows.deciding import approved, chosen
from tests.flows.small_tenant import csv, outcomes, person, tenant_of

HEADER = "employeeId,Office phone,Country"
ENOUGH = 20
BERLIN = [f"493023125{one:03}" for one in range(1, 120)]
"""International numbers without their plus, reserved for fiction; in France they are no number."""
PARIS = [f"19900{one:04}" for one in range(1, 120)]
"""French numbers without their zero, reserved for fiction; abroad they are no number."""
PROPOSAL = "use it as the office phone, with digits without a + read as international numbers"


def tenant(people: int = ENOUGH, **settings: str) -> AbstractAsyncContextManager[InMemory]:
    """Nobody has a number yet, and a file may hold many refused rows."""
    everybody = [person(one, phones={}) for one in range(1, people + 1)]
    return tenant_of(everybody, (), None, MAX_REFUSED_SHARE="1", **settings)


def export(numbers: Sequence[str]) -> bytes:
    return csv(HEADER, *((f"E{one}", number, "FR") for one, number in enumerate(numbers, 1)))


async def codes(world: InMemory, run: Run) -> list[str]:
    return [code for _, code in await outcomes(world, run)]


def written(world: InMemory) -> list[str]:
    """Every office number, in order of people, without its plus and spaces."""
    found = [user.methods.get(PhoneType.OFFICE) for user in world.stand_in.tenant.people.values()]
    return [number.replace(" ", "").lstrip("+") for number in found if number]


async def test_a_file_that_proves_a_reading_is_held_for_it_and_an_approval_applies_it() -> None:
    """Twenty numbers that can be read in one way only; nineteen of them would be refused as before."""
    async with tenant() as world:
        run = await world.run_to_end("staff.csv", export(BERLIN[:ENOUGH]))

        assert (RunState.HELD, 0) == (run.state, world.writes)
        (concern,) = run.all_concerns
        assert concern.startswith("column B (Office phone): 20 of its numbers without a +")
        assert concern.endswith(f"proposal: {PROPOSAL}")
        assert concern in run.message

        done = await approved(world, run)
        assert RunState.FINISHED is done.state
        assert BERLIN[:ENOUGH] == written(world)


async def test_nineteen_rows_prove_nothing() -> None:
    async with tenant() as world:
        run = await world.run_to_end("staff.csv", export(BERLIN[: ENOUGH - 1]))

        assert (RunState.FINISHED, ()) == (run.state, run.all_concerns)
        assert ["plusMissing"] * (ENOUGH - 1) == await codes(world, run)


@pytest.mark.parametrize("numbers", [[BERLIN[0]] * 40, [*BERLIN[:39], PARIS[0]], [*BERLIN[:20], *PARIS[:20]]])
async def test_one_number_many_times_and_a_mixed_column_prove_nothing(numbers: list[str]) -> None:
    """An unapproved reading stands not even one row against it. The rows are read one by one."""
    async with tenant(40) as world:
        run = await world.run_to_end("staff.csv", export(numbers))

        assert (RunState.FINISHED, ()) == (run.state, run.all_concerns)
        assert sum(number in PARIS for number in numbers) == len(written(world))


async def test_a_file_without_approvals_is_rejected_for_a_reading() -> None:
    async with tenant(APPROVAL="never") as world:
        run = await world.run_to_end("staff.csv", export(BERLIN[:ENOUGH]))
        assert (RunState.REJECTED, 0) == (run.state, world.writes)


async def test_an_approver_may_decline_the_reading_and_change_their_mind() -> None:
    """The role alone declines it; the role with the reading takes it back up."""
    async with tenant() as world:
        run = await world.run_to_end("staff.csv", export(BERLIN[:ENOUGH]))
        declined = await chosen(world, run, B="office")
        assert (RunState.HELD, True) == (declined.state, declined.digest != run.digest)
        (concern,) = declined.all_concerns
        assert concern.endswith("an approver chose to use as the office phone, with each number read by itself")
        assert ["plusMissing"] * ENOUGH == await codes(world, declined)

        again = await chosen(world, declined, B="office")
        assert declined.all_concerns == again.all_concerns

        taken = await chosen(world, again, B="office:international")
        await approved(world, taken)
        assert BERLIN[:ENOUGH] == written(world)


@pytest.mark.parametrize("role", ["employeeId:international", "office:", "office:guess", "ignore:national"])
async def test_a_reading_that_does_not_exist_is_not_chosen(role: str) -> None:
    async with tenant() as world:
        run = await world.run_to_end("staff.csv", export(BERLIN[:ENOUGH]))
        with pytest.raises(PermanentError) as refused:
            await chosen(world, run, B=role)
        assert "columnsNotChosen" == refused.value.code


async def test_a_reading_that_the_file_does_not_prove_changes_nothing() -> None:
    """Also where an approver asks for it: no person can make a row valid that its file contradicts."""
    async with tenant() as world:
        run = await world.run_to_end("staff.csv", export(BERLIN[:ENOUGH]))
        run = await chosen(world, run, B="office:national")

        assert ["plusMissing"] * ENOUGH == await codes(world, run)
        assert run.mapping is not None
        assert run.mapping.columns[1].meaning.endswith(
            "this file does not prove that, so each number is read by itself (chosen by an approver)"
        )


async def test_an_approved_reading_counts_while_the_file_proves_it_again() -> None:
    """A file that proves nothing is read as before, and does not make the app forget what was approved."""
    async with tenant(2 * ENOUGH) as world:
        first = await world.run_to_end("staff.csv", export(BERLIN[:ENOUGH]))
        await approved(world, first)

        poor = await world.run_to_end("staff2.csv", export(BERLIN[ENOUGH : 2 * ENOUGH - 1]))
        assert (RunState.FINISHED, "") == (poor.state, poor.approved_by)
        assert {"plusMissing"} == set(await codes(world, poor))

        again = await world.run_to_end("staff3.csv", export(BERLIN[: 2 * ENOUGH]))
        assert (RunState.FINISHED, "") == (again.state, again.approved_by)
        assert f"an approver has confirmed the columns of this list (run {first.id})" in again.all_notes
        assert BERLIN[: 2 * ENOUGH] == written(world)


async def test_an_approval_of_a_file_that_does_not_prove_the_reading_does_not_end_it() -> None:
    """The later run is approved for another reason; what was decided about the column stays."""
    async with tenant(ENOUGH, ON_EXISTING="overwrite") as world:
        await approved(world, await world.run_to_end("staff.csv", export(BERLIN[:ENOUGH])))
        second = await world.run_to_end("staff2.csv", export([*BERLIN[:3], *[f"+{one}" for one in BERLIN[50:67]]]))
        await approved(world, second)

        third = await world.run_to_end("staff3.csv", export(BERLIN[:ENOUGH]))

        assert third.mapping is not None
        assert "office:international" == str(third.mapping.columns[1].role)
        assert {"plusMissing"}.isdisjoint(await codes(world, third))


async def test_two_rows_in_a_hundred_turn_an_approved_reading_off() -> None:
    """Then all are read one by one."""
    async with tenant(100) as world:
        await approved(world, await world.run_to_end("staff.csv", export(BERLIN[:ENOUGH])))

        two = await world.run_to_end("staff2.csv", export([*BERLIN[:98], *PARIS[:2]]))
        assert (RunState.FINISHED, "") == (two.state, two.approved_by)
        assert {"plusMissing"} == set((await codes(world, two))[:98])
        assert [f"33{number}" for number in PARIS[:2]] == written(world)[-2:]


async def test_the_remedy_of_a_contradicted_number_is_followed() -> None:
    """One row in a hundred speaks against the reading and is refused; with its plus, no reading changes it."""
    async with tenant(100) as world:
        await approved(world, await world.run_to_end("staff.csv", export(BERLIN[:ENOUGH])))
        bad = await world.run_to_end("staff2.csv", export([*BERLIN[:99], PARIS[0]]))
        assert "columnContradicted" == (await codes(world, bad))[99]
        assert BERLIN[:99] == written(world)

        run = await world.run_to_end("staff3.csv", export([*BERLIN[:99], f"+33{PARIS[0]}"]))

        assert (RunState.HELD, ()) == (run.state, run.all_concerns), "more people than usual got a number today"
        await approved(world, run)
        assert f"33{PARIS[0]}" == written(world)[-1]


async def test_a_known_layout_that_proves_a_reading_for_the_first_time_is_held() -> None:
    """The layout was approved while its numbers had their plus."""
    async with tenant(LAYOUTS="confirm") as world:
        await approved(world, await world.run_to_end("staff.csv", export([f"+{one}" for one in BERLIN[:3]])))

        run = await world.run_to_end("staff2.csv", export(BERLIN[:ENOUGH]))

        assert RunState.HELD is run.state
        assert any(concern.endswith(f"proposal: {PROPOSAL}") for concern in run.all_concerns)


async def test_a_declined_reading_is_not_proposed_again() -> None:
    async with tenant() as world:
        run = await world.run_to_end("staff.csv", export([*BERLIN[:ENOUGH], "+33199009999"]))
        await approved(world, await chosen(world, run, B="office"))

        again = await world.run_to_end("staff2.csv", export(BERLIN[:ENOUGH]))

        assert (RunState.FINISHED, "") == (again.state, again.approved_by)
        assert {"plusMissing"} == set(await codes(world, again))


async def test_the_default_region_is_the_country_of_rows_that_name_none() -> None:
    """An account in another country is no evidence for its own number, and does not end the proof of the others."""
    people = [person(one, phones={}, usageLocation="FR") for one in range(1, ENOUGH + 1)]
    async with tenant_of(people, (), None, DEFAULT_REGION="FR") as world:
        rows = ((f"E{one}", number) for one, number in enumerate(BERLIN[:ENOUGH], 1))
        run = await world.run_to_end("staff.csv", csv("employeeId,Office phone", *rows))

        assert RunState.HELD is run.state
        await approved(world, run)
        assert BERLIN[:ENOUGH] == written(world)


@pytest.mark.parametrize(
    ("second", "is_proposed"), [(BERLIN[12:24], True), ([*BERLIN[12:23], PARIS[0]], False)], ids=["alike", "mixed"]
)
def test_sheets_that_are_read_as_one_list_have_one_reading(second: Sequence[str], *, is_proposed: bool) -> None:
    """Each sheet alone has too few numbers; one number against it on any sheet ends the proposal."""
    book, stream = Workbook(), BytesIO()
    for place, (name, numbers) in enumerate((("Berlin", BERLIN[:12]), ("Hamburg", second))):
        sheet = book.worksheets[0] if place == 0 else book.create_sheet()
        sheet.title = name
        sheet.append(HEADER.split(","))
        for index, number in enumerate(numbers):
            sheet.append([f"E{place}{index:02}", number, "FR"])
    book.save(stream)
    export = opened(stream.getvalue())
    found = next(ways_to_read(export, Understand(export, MappingRules(), date(2026, 11, 29)), ONLY_SHEET)).understood
    assert ("Berlin", "Hamburg") == found.mapping.people_sheets.as_list
    assert is_proposed == any(concern.endswith(PROPOSAL) for concern in found.mapping.concerns())
