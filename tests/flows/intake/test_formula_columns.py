"""What a formula shows is used only where it is sure, and only after a person has approved the layout once."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from shared.core.values.states import RunState
from testing.in_memory import InMemory
from tests.adapters.workbook.packages import inline, inline_rows, row, sheet, workbook
from tests.flows.deciding import approved
from tests.flows.intake.test_layouts import five_people, written
from tests.flows.small_tenant import number, outcomes, person

_HEADER = ("userPrincipalName", "mobile")
_LOOK_UP = "VLOOKUP(A2,Sheet2!$A:$B,2,FALSE)"


def formula(text: str, value: str) -> str:
    """A cell with a formula and the value that the file stores for it; "" = none."""
    escaped = text.replace("&", "&amp;").replace('"', "&quot;")
    return f'<c r="@" t="str"><f>{escaped}</f><v>{value}</v></c>' if value else f'<c r="@"><f>{escaped}</f></c>'


def export(*rows: Sequence[str], header: Sequence[str] = _HEADER) -> bytes:
    return workbook(sheet(inline_rows([header]) + "".join(row(at, cells) for at, cells in enumerate(rows, 2))))


def looked_up(*people: int, first: int = 10) -> bytes:
    """Everybody's number comes from a look-up."""
    return export(*([inline(person(one).userPrincipalName), formula(_LOOK_UP, number(first + one))] for one in people))


async def held(world: InMemory, name: str, data: bytes) -> bool:
    return (await world.run_to_end(name, data)).state is RunState.HELD


async def test_a_column_of_formulas_is_a_doubt_once_per_layout() -> None:
    async with five_people() as world:
        run = await world.run_to_end("one.xlsx", looked_up(*range(1, 6)))

        assert (RunState.HELD, 0) == (run.state, world.writes)
        assert "column B (mobile) holds formulas; proposal: use the values that they had" in run.message
        await approved(world, run)
        assert ["11", "12", "13", "14", "15"] == written(world)

        again = await world.run_to_end("two.xlsx", looked_up(1, 2, 3, first=20))
        assert RunState.FINISHED is again.state
        assert ["21", "22", "23", "14", "15"] == written(world)


async def test_a_column_that_begins_to_hold_formulas_is_a_doubt() -> None:
    """Also where the layout was approved for another reason, and where a key is computed."""
    async with five_people() as world:
        typed = export([inline(person(1).userPrincipalName), inline(number(11))])
        computed = export([formula("C2", person(1).userPrincipalName), inline(number(12))])
        assert not await held(world, "one.xlsx", typed)
        assert await held(world, "two.xlsx", computed)


async def test_formulas_in_columns_that_are_not_used_are_no_doubt() -> None:
    async with five_people() as world:
        header = ("userPrincipalName", "mobile", "Department")
        cells = [inline(person(1).userPrincipalName), inline(number(11)), formula("TODAY()", "Sales")]
        assert not await held(world, "one.xlsx", export(cells, header=header))
        assert "11" == written(world)[0]


@pytest.mark.parametrize(
    ("text", "value", "code"),
    [
        (f'"{number(21)}"', number(22), "formulaConstant"),
        ("VLOOKUP(A2,Sheet2!$A:$B,2)", number(22), "formulaApproximate"),
        ("[1]Sheet1!A2", number(22), "formulaOutside"),
        ("INDIRECT(A9)", number(22), "formulaOutside"),
        (_LOOK_UP, "", "formulaNotCalculated"),
    ],
)
async def test_a_formula_that_is_not_sure_costs_its_cell(text: str, value: str, code: str) -> None:
    """The number of one person, and the key of another; the rest of the file is used."""
    async with five_people() as world:
        key = value and person(3).userPrincipalName
        data = export(
            [inline(person(1).userPrincipalName), formula(text, value)],
            [formula(text, key), inline(number(32))],
            [inline(person(2).userPrincipalName), inline(number(12))],
        )
        run = await world.run_to_end("one.xlsx", data)
        done = await approved(world, run)

        expected = [("refused", code), ("refused", code), ("created", "applied")]
        assert expected == await outcomes(world, done)
        assert [None, "12", None, None, None] == written(world)
