"""The year on a ledger of dictionaries decides as the whole flow does: the same files, through storage, host and Graph.

The workbooks are as HR's: the sheet is named after the date, and the key is looked up by a formula.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time

import pytest

from sandbox.graph.person import Person
from shared.core.plan.question import AWAITS_DECISION
from shared.core.run.row import Answer
from shared.core.run.run import Run
from shared.core.values.slot import PhoneNumber, PhoneType, Slot
from shared.core.values.states import RowState, RunState, Source
from testing.in_memory import InMemory
from tests.adapters.workbook.packages import inline, inline_rows, row, sheet, workbook
from tests.flows.small_tenant import tenant_of
from tests.weeks.company import Employee, Number
from tests.weeks.decided import Decision, Line, phone, rules_of
from tests.weeks.year import Shape, Year

_HEADER = ("userPrincipalName", "mobile", "office")
_LOOK_UP = "VLOOKUP(ROW(),Staff!$A:$B,2,FALSE)"


def sign_in_name(person: str) -> str:
    return f"p{int(person[-12:])}@contoso.example"


def export(lines: Sequence[Line], day: date) -> bytes:
    """A workbook of HR's for these rows."""
    rows = "".join(row(at, _cells(line)) for at, line in enumerate(lines, 2))
    return workbook(sheet(inline_rows([_HEADER]) + rows), names=[f"Export {day:%Y-%m-%d}"])


def _cells(line: Line) -> list[str]:
    key = f'<c r="@" t="str"><f>{_LOOK_UP}</f><v>{sign_in_name(line.person)}</v></c>'
    mobile = _text(line.wanted.get(Slot.MOBILE)) if line.is_readable else "ask at the desk"
    return [key, inline(mobile), inline(_text(line.wanted.get(Slot.OFFICE)))]


def _text(number: Number | None) -> str:
    return "" if number is None else phone(number).spelled_for_graph()


class WholeFlow:
    """The real app, given the files of a company."""

    def __init__(self, world: InMemory) -> None:
        self.world = world
        self.known: set[str] = set()
        self._own_changes: dict[str, Number] = {}

    def follow(self, year: Year, day: date) -> None:
        """Let the directory know whom it has to know on this day, and what people registered themselves."""
        self.world.clock.leap_to(datetime.combine(day, time(6), UTC))
        for employee in year.company.people.values():
            if employee.object_id not in self.known and employee.is_found(day):
                self.known.add(employee.object_id)
                self.world.stand_in.tenant.put(_account(employee))
        for user in self.world.stand_in.tenant.people.values():
            changed = year.own_changes.get(user.person.id)
            if changed is not None and self._own_changes.get(user.person.id) != changed:
                self._own_changes[user.person.id] = changed
                user.methods[PhoneType.MOBILE] = phone(changed).spelled_for_graph()

    async def file(self, lines: Sequence[Line], day: date, *, full: bool) -> Decision:
        name = f"{'full/' if full else ''}export-{day:%Y-%m-%d}.xlsx"
        run = await self.world.run_to_end(name, export(lines, day))
        is_held, message = run.state is RunState.HELD, run.message
        if is_held:
            await self.world.app.decisions.approve(run.id, run.digest, "somebody")
            await self.world.pump()
        rows = [one async for one in self.world.app.rows.in_order(run)]
        asked = tuple(one.object_id for one in rows if one.code == AWAITS_DECISION)
        return Decision(is_held, message, asked, 0)

    async def answer_all(self) -> None:
        """Have everybody replaced who waits for a decision."""
        runs = [run async for run in self.world.app.runs.all()]
        for run in runs:
            if run.source is Source.QUESTIONS and run.state is RunState.HELD:
                await self._answer(run)

    async def _answer(self, run: Run) -> None:
        rows = [one async for one in self.world.app.rows.in_order(run, states={RowState.PLANNED})]
        replaced = dict.fromkeys((one.number for one in rows), Answer.REPLACE)
        answered = await self.world.app.answer_questions(run.id, run.digest, replaced, "somebody")
        await self.world.app.decisions.approve(run.id, answered.digest, "somebody")
        await self.world.pump()


def _account(employee: Employee) -> Person:
    registered = {} if employee.registered is None else {"mobile": phone(employee.registered).spelled_for_graph()}
    name = sign_in_name(employee.object_id)
    return Person(id=employee.object_id, userPrincipalName=name, phones=registered)


SETTINGS = {"MAX_UNMANAGED_REPLACED": "0", "LOOK_UP_RETRY_SECONDS": "1"}


async def agree(shape: Shape, size: int, weeks: int, seed: int) -> None:
    """Drop the files of the first Mondays in both; the first file is held for its formulas too."""
    year = Year.of(shape, size, seed)
    year.replaced = 1.0
    async with tenant_of([], (), None, **SETTINGS) as world:
        flow = WholeFlow(world)

        async def in_whole_flow(lines: Sequence[Line], day: date, decided: Decision) -> None:
            flow.follow(year, day)
            of_flow = await flow.file(lines, day, full=shape is Shape.FULL)
            rules = set(rules_of(of_flow.message)) - {"the file"} if of_flow.is_held else set()
            assert (set(decided.rules), set(decided.asked)) == (rules, set(of_flow.asked)), (day, of_flow.message)
            await flow.answer_all()

        year.also = in_whole_flow
        await year.pass_weeks(weeks)
        flow.follow(year, year.company.today)
        for person in flow.known & year.app.methods.keys():
            phones = {
                str(one.phone_type): one.number.spelled_for_graph()
                for one in year.app.methods[person].phones
                if isinstance(one.number, PhoneNumber)
            }
            assert phones == world.directory()[person]


@pytest.mark.parametrize("shape", [Shape.FULL, Shape.CHANGES])
async def test_three_weeks_of_forty_people(shape: Shape) -> None:
    await agree(shape, 40, 3, seed=5)


@pytest.mark.long
@pytest.mark.parametrize("shape", [Shape.FULL, Shape.CHANGES])
async def test_twelve_weeks_of_two_hundred_people(shape: Shape) -> None:
    """The roll-out, ordinary weeks and a re-organisation."""
    await agree(shape, 200, 12, seed=5)
