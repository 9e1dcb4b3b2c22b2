"""Random results, treated as people treat workbooks and uploaded again, over several generations.

Nothing is lost, nothing is done twice, no row gets another age, and every doubt names both cells.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

from shared.adapters.workbook.reading.sheets import is_ours, is_work_header, work_headings
from shared.core.report.texts import Language, in_every_language, texts_in
from shared.core.run.run import Run
from shared.core.values.states import RowState, RunState
from testing.in_memory import InMemory
from tests.conformance.other_writers import OFFICE, by_libreoffice
from tests.flows.intake.test_corrected_results import SHORT, mobiles
from tests.flows.intake.test_correction_rounds import saved
from tests.flows.intake.test_layouts import PEOPLE, five_people
from tests.flows.intake.test_merged_results import copied_sheet, paste
from tests.flows.small_tenant import csv, number, rows_of

KEY, MOBILE, NAME = "employeeId", "mobile", "Last name"
NAMES = ("Okafor", "García", "Nguyễn", "חזן", "Smith")
DONE = {RowState.CREATED, RowState.UPDATED, RowState.UNCHANGED}
_ADDRESS = re.compile(r"(?:'[^']+'!|\b)[A-Z]{1,2}\d+\b")
_FROM_OTHER_SHEETS = re.compile(r"'[^']+'![A-Z]+\d+")


@dataclass
class Treated:
    """One result in somebody's hands: what was typed into it, and what must become of it."""

    random: Random
    book: Workbook
    others: Workbook
    """The result of another run."""
    typed: dict[str, str] = field(default_factory=dict)
    contradicted: set[str] = field(default_factory=set)
    without_place: set[str] = field(default_factory=set)
    in_work: set[str] = field(default_factory=set)
    """The people of whom something was typed into the sheet of rows that need work."""
    must_be_refused: str = ""

    @property
    def people(self) -> Worksheet:
        lists = (one for one in self.book.worksheets if not _work_header(one))
        found = next(one for one in lists if any(cell.value == KEY for row in one[1:12] for cell in row))
        assert isinstance(found, Worksheet)
        return found

    @property
    def work(self) -> Worksheet | None:
        return next((one for one in self.book.worksheets if _work_header(one)), None)

    def column(self, heading: str) -> int:
        """Counted from 1."""
        return next(cell.column for row in self.people for cell in row if cell.value == heading)

    @property
    def header_row(self) -> int:
        return next(cell.row for row in self.people for cell in row if cell.value == KEY)

    def rows(self) -> dict[str, int]:
        """By person, the row of the list."""
        key, last = self.column(KEY), self.people.max_row
        found = {str(self.people.cell(row, key).value): row for row in range(self.header_row + 1, last + 1)}
        return {person: row for person, row in found.items() if person in {f"E{one}" for one in PEOPLE}}

    def correct(self, numbers: list[str]) -> None:
        """Type new numbers into the list, into the sheet of rows that need work, or both."""
        for person, row in self.rows().items():
            listed = self._cell_of_work(row)
            how = self.random.choice(["leave", "leave", "people", "work", "both", "differ"])
            if how == "leave" or (listed is None and how != "people"):
                continue
            new = numbers.pop()
            self.typed[person] = new
            if how != "work":
                _put(self.people.cell(row, self.column(MOBILE)), new)
            if how != "people" and listed is not None:
                _put(listed, numbers.pop() if how == "differ" else new)
                self.in_work.add(person)
            if how == "differ":
                self.contradicted.add(person)

    def _cell_of_work(self, row: int) -> Cell | None:
        """Where the mobile number of a row is to be corrected; None = it is not listed."""
        if self.work is None:
            return None
        at = _work_header(self.work)
        names = [str(cell.value) for cell in self.work[at]]
        place = {name: next((i for i, one in enumerate(names) if one in work_headings(name)), 0) for name in _READ}
        for line in self.work.iter_rows(min_row=at + 1):
            if line[place["row"]].value == row and line[place["column"]].value == MOBILE:
                found = line[place["content"]]
                return found if isinstance(found, Cell) else None
        return None

    # What people do with a workbook.

    def sort(self) -> None:
        lines = self._lines()
        self.random.shuffle(lines)
        self._write(lines)

    def take_out(self) -> None:
        rows = self.rows()
        if len(rows) < 2:
            return
        person = self.random.choice(sorted(rows))
        self.people.delete_rows(rows[person])
        self.typed.pop(person, "")
        self.contradicted.discard(person)
        if person in self.in_work:
            self.without_place.add(person)

    def put_rows_above(self) -> None:
        self.people.insert_rows(1, 2)
        self.people.cell(1, 1).value = "As of today"

    def put_row_between(self) -> None:
        self.people.insert_rows(self.header_row + 2)

    def move_columns(self) -> None:
        header, *lines = self._lines(with_header=True)
        order = list(range(len(header)))
        self.random.shuffle(order)
        self._write([[line[place] for place in order] for line in (header, *lines)], first=self.header_row)

    def rename_our_columns(self) -> None:
        """By hand, or to another language."""
        language = self.random.choice(list(Language))
        for cell in self.people[self.header_row]:
            for name in ("result", "todo", "details", "code", "reference"):
                if cell.value in {_our_heading(one, name) for one in Language}:
                    cell.value = _our_heading(language, name)

    def delete_our_column(self) -> None:
        ours = [cell.column or 0 for cell in self.people[self.header_row] if is_ours(cell.value)]
        if ours:
            self.people.delete_cols(self.random.choice(ours))

    def rename_sheets(self) -> None:
        for place, sheet in enumerate(self.book.worksheets):
            if self.random.random() < 0.6:
                sheet.title = f"Sheet {place}" if sheet is not self.people else "Liste"

    def filter(self) -> None:
        for row in list(self.rows().values())[::2]:
            self.people.row_dimensions[row].hidden = True

    def sort_work(self) -> None:
        if self.work is None:
            return
        first = _work_header(self.work) + 1
        lines = [[(cell.value, cell.data_type) for cell in row] for row in self.work.iter_rows(min_row=first)]
        self.random.shuffle(lines)
        for row, line in enumerate(lines, first):
            for column, (value, kind) in enumerate(line, 1):
                cell = self.work.cell(row, column)
                if isinstance(cell, Cell):
                    cell.value, cell.data_type = value, kind

    def delete_work(self) -> None:
        """Before anything is typed into it."""
        if self.work is not None:
            self.book.remove(self.work)

    def delete_summary(self) -> None:
        for sheet in self.book.worksheets:
            if sheet.title in in_every_language("sheet.summary"):
                self.book.remove(sheet)

    def merge_rows(self) -> None:
        paste(next(one for one in self.others.worksheets if one["A1"].value == KEY), self.people, first_row=2)
        self.must_be_refused = "resultsMixed"

    def merge_work(self) -> None:
        source = next(one for one in self.others.worksheets if _work_header(one))
        copied_sheet(source, self.book, f"{source.title[:26]} (2)")
        self.must_be_refused = "resultsMixed"

    def work_alone(self) -> None:
        if self.work is not None:
            work, alone = self.work, Workbook()
            copied_sheet(work, alone, work.title)
            del alone["Sheet"]
            self.book = alone
            self.must_be_refused = "noVisibleSheet"

    def _lines(self, *, with_header: bool = False) -> list[list[object]]:
        first = self.header_row + (not with_header)
        return [[cell.value for cell in row] for row in self.people.iter_rows(min_row=first)]

    def _write(self, lines: list[list[object]], first: int = 0) -> None:
        sheet, first = self.people, first or self.header_row + 1
        for row, line in enumerate(lines, first):
            for column, value in enumerate(line, 1):
                _put(sheet.cell(row, column), value)


_READ = ("row", "column", "content")
TREATMENTS = (
    *(Treated.sort, Treated.take_out, Treated.put_rows_above, Treated.put_row_between, Treated.move_columns),
    *(Treated.rename_our_columns, Treated.delete_our_column, Treated.rename_sheets, Treated.filter, Treated.sort_work),
    Treated.delete_summary,
)
REFUSED = (Treated.merge_rows, Treated.merge_work, Treated.work_alone)


def _our_heading(language: Language, name: str) -> str:
    return texts_in(language).say("prefix") + texts_in(language).say(f"heading.{name}")


def _put(cell: object, value: Any) -> None:
    if isinstance(cell, Cell):
        cell.value = value
        if isinstance(value, str):
            cell.data_type = "s"


def _work_header(sheet: Worksheet) -> int:
    """The row of the headings, if it is the sheet of rows that need work; else 0."""
    rows = sheet.iter_rows(max_row=12)
    return next((row[0].row or 0 for row in rows if is_work_header([str(cell.value) for cell in row])), 0)


def by_office(data: bytes) -> bytes:
    with TemporaryDirectory() as folder:
        return next(iter(by_libreoffice({"result": data}, Path(folder)).values()))


def in_language(world: InMemory, language: Language) -> None:
    """From now on, results are written in it."""
    vars(vars(world.app.source_parts)["_workbooks"])["_texts"] = lambda _: texts_in(language)


def export(random: Random, rows: dict[str, str]) -> bytes:
    columns = random.sample([KEY, MOBILE, NAME, "Team"], 4)
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.append(columns)
    for person, mobile in rows.items():
        values = {KEY: person, MOBILE: mobile, NAME: random.choice(NAMES), "Team": random.choice(["red", "blue"])}
        sheet.append([values[column] for column in columns])
    return saved(book)


async def one_world(seed: int, save: Callable[[bytes], bytes] = bytes) -> None:
    random = Random(seed)
    numbers = random.sample([number(last) for last in range(10, 100)], 80)
    rows = {f"E{one}": numbers.pop() if random.random() < 0.5 else SHORT for one in PEOPLE}
    wanted = {person: mobile for person, mobile in rows.items() if mobile != SHORT}
    async with five_people() as world:
        other = await world.run_to_end("other.csv", csv(f"{KEY},{MOBILE}", ("E91", SHORT), ("E92", SHORT)))
        others = load_workbook(BytesIO(await world.app.returns.read(other)))
        in_language(world, random.choice(list(Language)))
        run = base = await world.run_to_end("staff.xlsx", export(random, rows))
        assert RunState.FINISHED is base.state, base.message
        newer = dict[str, str]()
        for generation in range(random.randint(1, 3)):
            in_language(world, random.choice(list(Language)))
            world.clock.leap_to(world.clock.now() + timedelta(minutes=5))
            result = Treated(random, load_workbook(BytesIO(await world.app.returns.read(run))), others)
            if random.random() < 0.1:
                result.delete_work()
            if random.random() < 0.9:
                result.correct(numbers)
            for treat in random.sample(TREATMENTS, random.randint(0, 4)):
                treat(result)
            if random.random() < 0.15:
                random.choice(REFUSED)(result)
            if random.random() < 0.2:
                newer[random.choice(sorted(rows))] = numbers.pop()
                await world.run_to_end(f"newer {generation}.csv", csv(f"{KEY},{MOBILE}", *newer.items()))
                wanted |= newer
            data, writes = save(saved(result.book)), world.writes
            again = await world.run_to_end(f"again {generation}.xlsx", data)
            if result.must_be_refused:
                assert (RunState.FAILED, result.must_be_refused) == (again.state, again.code), again.message
                assert writes == world.writes
                assert wanted == mobiles(world)
                continue
            again = await _decided(world, again, result)
            assert (run.id, base.export_time) == (again.corrects, again.export_time)
            without = result.contradicted | newer.keys()
            applied = {person: new for person, new in result.typed.items() if person not in without}
            wanted |= applied
            assert wanted == mobiles(world)
            assert len(applied) == world.writes - writes
            await _check_rows(world, again, result, set(applied), set(newer))
            same, writes = await world.run_to_end(f"same {generation}.xlsx", data), world.writes
            await _decided(world, same, result)
            assert (wanted, writes) == (mobiles(world), world.writes)
            run = again


async def _decided(world: InMemory, run: Run, result: Treated) -> Run:
    """The run, approved where it had to be held."""
    if run.state is RunState.HELD:
        assert result.without_place, run.message
        assert len(_FROM_OTHER_SHEETS.findall(run.message)) >= len(result.without_place), run.message
        await world.app.decisions.approve(run.id, run.digest, "a test")
        await world.pump()
        run = await world.stored(run.id)
    assert RunState.FINISHED is run.state, run.message
    return run


async def _check_rows(world: InMemory, run: Run, result: Treated, applied: set[str], newer: set[str]) -> None:
    """What each row of the list says of itself."""
    for row in await rows_of(world, run):
        if row.key in result.contradicted:
            assert (RowState.REFUSED, "correctionsDiffer") == (row.state, row.code)
            assert 2 <= len(set(_ADDRESS.findall(row.reason))), row.reason
        elif row.key in applied:
            assert row.state in DONE
        else:
            state = RowState.SUPERSEDED if row.key in newer and row.key in result.typed else RowState.SKIPPED
            assert state is row.state, (row.key, row.code, row.reason)


@pytest.mark.parametrize("seed", range(6))
async def test_nothing_is_lost_and_nothing_is_done_twice(seed: int) -> None:
    await one_world(seed)


@pytest.mark.long
@pytest.mark.parametrize("hundred", range(3))
async def test_three_hundred_worlds(hundred: int) -> None:
    """As above; some of the workbooks are saved by LibreOffice, where it is installed."""
    for seed in range(1000 + 100 * hundred, 1100 + 100 * hundred):
        await one_world(seed, by_office if OFFICE and seed % 20 == 0 else bytes)
