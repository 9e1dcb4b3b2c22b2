"""Random exports, corrected at random and uploaded again: nothing is lost, and nothing is done twice."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from random import Random

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.worksheet.worksheet import Worksheet

from shared.core.run.run import Run
from shared.core.values.slot import PhoneType
from shared.core.values.states import RowState, RunState
from testing.in_memory import InMemory
from tests.flows.intake.test_corrected_results import SHORT, mobiles, work_cell
from tests.flows.intake.test_layouts import PEOPLE, five_people
from tests.flows.small_tenant import number, rows_of

KEY, MOBILE = "employeeId", "mobile"
DONE = {RowState.CREATED, RowState.UPDATED, RowState.UNCHANGED}


@dataclass
class Scene:
    """One export with its corrections, and what the directory is to hold; `wanted` is by person."""

    random: Random
    numbers: list[str]
    columns: list[str] = field(default_factory=list)
    rows: dict[str, str] = field(default_factory=dict)
    wanted: dict[str, str] = field(default_factory=dict)
    corrected: dict[str, str] = field(default_factory=dict)
    contradicted: set[str] = field(default_factory=set)
    without_place: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, seed: int) -> Scene:
        random = Random(seed)
        scene = cls(random, random.sample([number(last) for last in range(10, 100)], 80))
        scene.columns = random.sample([KEY, MOBILE, "Team", "Locker"], 4)
        for person in random.sample([f"E{one}" for one in PEOPLE], len(PEOPLE)):
            is_good = random.random() < 0.6
            scene.rows[person] = scene.numbers.pop() if is_good else SHORT
            if is_good:
                scene.wanted[person] = scene.rows[person]
        return scene

    def export(self) -> bytes:
        book = Workbook()
        sheet = book.active
        assert isinstance(sheet, Worksheet)
        sheet.append(self.columns)
        for person, mobile in self.rows.items():
            values = {KEY: person, MOBILE: mobile, "Team": self.random.choice(["red", "blue"]), "Locker": "12-A"}
            sheet.append([values[column] for column in self.columns])
        return saved(book)

    def correct(self, result: bytes) -> bytes:
        """Type corrections into either sheet or both, then shuffle the people's sheet and take rows out."""
        book = load_workbook(BytesIO(result))
        sheet = next(one for one in book.worksheets if KEY in [cell.value for cell in one[1]])
        assert isinstance(sheet, Worksheet)
        places = {column: place for place, column in enumerate(cell.value for cell in sheet[1])}
        lines = {line[places[KEY]].value: line for line in sheet.iter_rows(min_row=2)}
        for person in self.rows:
            match self.random.choice(["leave", "leave", "people", "work", "both", "differ"]):
                case "people":
                    self._type(person, lines[person][places[MOBILE]])
                case "work" | "both" | "differ" as how if self.rows[person] == SHORT:
                    new = self.numbers.pop()
                    self._type(person, work_cell(book, lines[person][0].row or 0, MOBILE), new)
                    if how != "work":
                        self._type(person, lines[person][places[MOBILE]], new if how == "both" else self.numbers.pop())
                    if how == "differ":
                        self.contradicted.add(person)
        self._rearrange(sheet, places[KEY])
        return saved(book)

    def _type(self, person: str, cell: Cell | MergedCell, new: str = "") -> None:
        self.corrected[person] = new or self.numbers.pop()
        cell.value, cell.data_type = self.corrected[person], "s"

    def _rearrange(self, sheet: Worksheet, key: int) -> None:
        header, *lines = [[cell.value for cell in line] for line in sheet.iter_rows()]
        if self.random.random() < 0.5:
            self.random.shuffle(lines)
        if self.random.random() < 0.3:
            taken = lines.pop()[key]
            if self.corrected.pop(str(taken), ""):
                self.without_place.add(str(taken))
            self.contradicted.discard(str(taken))
        order = list(range(len(header)))
        if self.random.random() < 0.3:
            self.random.shuffle(order)
        sheet.delete_rows(1, sheet.max_row)
        for place, line in enumerate([header, *lines], 1):
            for column, old in enumerate(order, 1):
                cell = sheet.cell(place, column)
                cell.value = line[old]
                if isinstance(line[old], str):
                    cell.data_type = "s"


def saved(book: Workbook) -> bytes:
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def change_by_hand(world: InMemory, person: str, mobile: str) -> None:
    user = next(one for one in world.stand_in.tenant.people.values() if one.person.employeeId == person)
    user.methods[PhoneType.MOBILE] = mobile


async def states_of_people(world: InMemory, run: Run) -> dict[str, RowState]:
    """The state of each person's row, by the key in the result that came back."""
    book = load_workbook(BytesIO(await world.app.returns.read(run)))
    sheet = next(one for one in book.worksheets if KEY in [cell.value for cell in one[1]])
    key = [cell.value for cell in sheet[1]].index(KEY) + 1
    return {str(sheet.cell(row.number, key).value): row.state for row in await rows_of(world, run)}


async def one_round(seed: int) -> None:
    scene = Scene.of(seed)
    async with five_people() as world:
        base = await world.run_to_end("staff.xlsx", scene.export())
        assert RunState.FINISHED is base.state, base.message
        assert scene.wanted == mobiles(world)
        again = scene.correct(await world.app.returns.read(base))
        world.clock.leap_to(world.clock.now() + timedelta(minutes=5))
        for person in scene.rows:
            if person not in scene.corrected and person in scene.wanted:
                scene.wanted[person] = scene.numbers.pop()  # somebody changed it; no row of the past takes it back
                change_by_hand(world, person, scene.wanted[person])
        writes = world.writes
        run = await world.run_to_end("staff again.xlsx", again)
        if run.state is RunState.HELD:
            assert scene.without_place, run.message
            await world.app.decisions.approve(run.id, run.digest, "a test")
            await world.pump()
            run = await world.stored(run.id)
        assert (base.id, base.export_time) == (run.corrects, run.export_time)

        applied = {person: new for person, new in scene.corrected.items() if person not in scene.contradicted}
        assert {**scene.wanted, **applied} == mobiles(world)
        assert len(applied) == world.writes - writes
        for person, state in (await states_of_people(world, run)).items():
            left = RowState.REFUSED if person in scene.contradicted else RowState.SKIPPED
            assert state in (DONE if person in applied else {left}), person

        world.clock.leap_to(world.clock.now() + timedelta(minutes=5))
        writes = world.writes
        for name, data in (("same.xlsx", again), ("result.xlsx", await world.app.returns.read(run))):
            await world.run_to_end(name, data)
            assert {**scene.wanted, **applied} == mobiles(world)
        assert writes == world.writes


@pytest.mark.parametrize("seed", range(5))
async def test_a_round_trip_loses_nothing_and_does_nothing_twice(seed: int) -> None:
    """What was corrected is applied once, what was not is left alone, what contradicts itself is refused."""
    await one_round(seed)


@pytest.mark.long
@pytest.mark.parametrize("hundred", range(3))
async def test_three_hundred_round_trips(hundred: int) -> None:
    """As above."""
    for seed in range(1000 + 100 * hundred, 1100 + 100 * hundred):
        await one_round(seed)
