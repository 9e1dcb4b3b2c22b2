"""Leaks: the canaries' story through the command itself, in a process of its own because spans are for all of one."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

from shared.adapters.ledger.rows import RowStore
from shared.core.export.desired import Desired
from shared.core.export.export_row import ExportRow
from shared.core.person.account import KeyKind, Methods, PersonKey
from shared.core.plan.plan import Plan, plan_person
from shared.core.run.returned_rows import as_returned
from shared.core.run.row import Outcome, new_row
from shared.core.run.undoing import Undoing, WrittenSlot
from shared.core.values.cell import Cell, CellKind
from shared.core.values.said import Said
from shared.core.values.slot import PhoneNumber, PhoneType, Slot
from shared.core.values.states import Policy, RowState
from testing.doubles import MemoryTable
from trials.leaks import IN_CLEAR


def test_no_canary_is_found_where_it_must_not_be() -> None:
    """`python -m trials leaks` ends with 0 and says that every promise was kept."""
    command = [sys.executable, "-m", "trials", "leaks"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own module
    assert (0, True) == (done.returncode, "1 of 1 scenarios kept every promise" in done.stdout), done.stdout


async def test_the_columns_in_clear_are_those_that_hold_values() -> None:
    """No column that may hold a number is searched, and every other one is, also the outcome in an earlier result."""
    digits = "2025550187"
    number, cell = PhoneNumber(1, digits), Cell("B2", CellKind.TEXT, f"+1 {digits}")
    plan = plan_person(Desired(((Slot.MOBILE, number),)), {}, Methods(), Policy.MERGE)
    assert isinstance(plan, Plan)
    export_row = ExportRow(2, PersonKey(KeyKind.EMPLOYEE_ID, "E1"), ((PhoneType.MOBILE, cell),))
    row = replace(
        new_row("run", export_row),
        plan=plan,
        undoing=Undoing((WrittenSlot(Slot.MOBILE, None, number),)),
        before=f'{{"desired": "+1 {digits}"}}',
        suggestion=f"mobile: +1 {digits}",
        remark=as_returned(new_row("run", export_row), [cell]).remark,
        earlier=Outcome(RowState.REFUSED, "numberNotValid", Said("{cell}: not valid", cell="B2")),
    )
    table = MemoryTable("Rows")
    await RowStore(table).put("run", [row])
    stored = [entity async for entity in table.query("run-0")]
    assert 1 == len(stored), table.partitions.keys()
    assert IN_CLEAR == {column for column, value in stored[0].values.items() if digits in str(value)}
