"""What an approver sees is what is written: the plan comes from the ledger, not from the uploaded file."""

from __future__ import annotations

import re
from io import BytesIO
from zipfile import ZipFile

from openpyxl import load_workbook

from shared.core.run.run import Run
from shared.core.values.slot import PhoneType
from shared.core.values.states import RunState
from testing.in_memory import InMemory
from tests.adapters.workbook.packages import inline
from tests.flows.deciding import approved
from tests.flows.intake.test_formula_columns import export, formula
from tests.flows.intake.test_layouts import five_people, written
from tests.flows.small_tenant import number, person, tenant_of


async def plan_of(world: InMemory, run: Run) -> list[dict[str, str]]:
    """The lines of plan.xlsx by heading, changes before other rows."""
    assert RunState.HELD is run.state
    data = await world.app.results.read(f"{run.id}/plan.xlsx")
    with ZipFile(BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert not [name for name, content in parts.items() if re.search(rb"<f[ />]", content) and "sheet" in name]
    book = load_workbook(BytesIO(data))
    found = []
    for name in ("Plan", "Not or only partly changed"):
        if name in book.sheetnames:
            header, *lines = book[name].iter_rows(values_only=True)
            found += [dict(zip(map(str, header), (str(cell or "") for cell in line), strict=True)) for line in lines]
    return found


async def test_a_formula_shows_the_approver_nobody_else() -> None:
    """Excel would calculate the formula and show person 1, while the stored value leads to person 2."""
    async with tenant_of([person(1), person(2)], APPROVAL="always") as world:
        cells = [formula(f'IF(C2="","{person(1).userPrincipalName[:7]}","") & C2', person(2).userPrincipalName)]
        run = await world.run_to_end("staff.xlsx", export([*cells, inline(number(12))]))

        (line,) = await plan_of(world, run)
        assert (person(2).userPrincipalName, person(2).id) == (line["Sign-in name"], line["Object ID"])
        assert ("+1 2025550102", "+1 2025550112") == (line["Now"], line["After approval"])
        assert line["What would change"].endswith("Mobile number would be replaced")
        done = await approved(world, run)
        assert RunState.FINISHED is done.state
        assert {number(1), number(12)} == {
            one.methods[PhoneType.MOBILE] for one in world.stand_in.tenant.people.values()
        }


async def test_a_plan_names_people_as_the_directory_does() -> None:
    """Whatever key the file has; what HR calls the person does not matter."""
    people = [person(one, phones={}, displayName=f"Person {one}") for one in range(1, 6)]
    async with tenant_of(people, APPROVAL="always") as world:
        header = ("employeeId", "mobile", "Name")
        rows = [[inline(f"E{one}"), inline(number(10 + one)), inline("The boss")] for one in range(1, 6)]
        run = await world.run_to_end("staff.xlsx", export(*rows, header=header))

        lines = await plan_of(world, run)
        assert [f"Person {one}" for one in range(1, 6)] == [line["Name"] for line in lines]
        assert {"nothing"} == {line["Now"] for line in lines}


async def test_a_text_file_has_the_same_plan() -> None:
    async with five_people(APPROVAL="always") as world:
        run = await world.run_to_end("staff.csv", f"employeeId,mobile\nE1,{number(11)}\nE9,{number(19)}\n".encode())

        found, nobody = await plan_of(world, run)
        assert (person(1).id, "+1 2025550111") == (found["Object ID"], found["After approval"])
        assert ("", "personNotFound") == (nobody["Object ID"], nobody["Code"])
        await approved(world, run)
        assert "11" == written(world)[0]
