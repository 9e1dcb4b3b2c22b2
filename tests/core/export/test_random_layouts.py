"""Layouts at random: each is understood rightly, held, or refused; no number is ever somebody else's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from io import BytesIO
from itertools import zip_longest

import pytest
from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from shared.core.export.desired import DesiredValueRules
from shared.core.export.export_row import ExportRow
from shared.core.export.file_mapping import column_letters
from shared.core.export.header import Header, HeaderRules
from shared.core.export.headings.heading import Role
from shared.core.export.map_columns import MappingRules
from shared.core.export.places import ONE_SHEET
from shared.core.export.same_person import desired_of_person, united
from shared.core.export.work_corrections import WorkSheet
from shared.core.person.account import KeyKind
from shared.core.values.cell import Cell
from shared.core.values.errors import FileRefusedError
from shared.core.values.said import Said
from shared.core.values.slot import DesiredValue
from shared.flows.intake.export_ports import OpenedExport
from shared.flows.intake.understand import Understand, Understood
from testing.exports import opened
from tests.core.export.mapped import cell_of
from tests.core.export.random_layouts import Layout, random_layout
from tests.core.export.random_staff import TODAY

LAYOUTS_OF_A_TEST = 250
WORKBOOKS_OF_A_TEST = 20
_KEYS = {
    KeyKind.OBJECT_ID: "object id",
    KeyKind.USER_PRINCIPAL_NAME: "upn",
    KeyKind.EMPLOYEE_ID: "employee id",
    KeyKind.MAIL: "mail",
}


@dataclass(frozen=True)
class InMemory:
    """A layout as `OpenedExport`, without a file."""

    layout: Layout
    header: Header

    by_setting: dict[int, Role | None]
    sheet = "Staff"
    our_columns = frozenset[int]()
    marks = frozenset[str]()
    is_result = False

    formula_columns = frozenset[int]()
    other_sheets: tuple[str, ...] = ()
    places = ONE_SHEET
    notes: tuple[Said, ...] = ()
    modified: datetime | None = None

    def work(self, returned: WorkSheet | None = None) -> WorkSheet:
        return returned or WorkSheet()

    @cached_property
    def width(self) -> int:
        return max(map(len, self.layout.rows))

    @property
    def hidden_columns(self) -> frozenset[int]:
        return self.layout.hidden

    @property
    def raw_count(self) -> int:
        return len(self.layout.rows) - self.header.row

    def rows(self) -> Iterator[tuple[int, tuple[Cell, ...]]]:
        for number, values in enumerate(self.layout.rows, 1):
            if number > self.header.row:
                filled = zip_longest(values, range(self.width))
                yield number, tuple(cell_of(value, f"{column_letters(place)}{number}") for value, place in filled)

    def with_our_columns(self, _: object) -> InMemory:
        return self

    def corrected(self, _: object) -> InMemory:
        return self

    def explain_missing(self) -> FileRefusedError:
        return HeaderRules().explain_missing([])


def in_memory(layout: Layout) -> OpenedExport:
    """Raises FileRefusedError where no header is found."""
    texts = [(number, ["" if cell is None else str(cell) for cell in row]) for number, row in enumerate(layout.rows, 1)]
    header = HeaderRules().find(texts, layout.merges)
    if header is None:
        raise HeaderRules().explain_missing([])
    return InMemory(layout, header, {})


def in_a_workbook(layout: Layout) -> OpenedExport:
    """The layout as a real file. Raises FileRefusedError."""
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    for number, row in enumerate(layout.rows, 1):
        for place, value in enumerate(row, 1):
            sheet.cell(number, place, value or None)
    for merge in layout.merges:
        sheet.merge_cells(None, merge.first_row, merge.first_column, merge.last_row, merge.last_column)
    for place in layout.hidden:
        sheet.column_dimensions[get_column_letter(place + 1)].hidden = True
    file = BytesIO()
    workbook.save(file)
    return opened(file.getvalue())


def ending_of(layout: Layout, opened_as: OpenedExport) -> str:
    """How the layout ends, once every value that would be written was found to be the person's own.

    The rows of a held layout are read under the proposals, as after an approval of all of them.
    """
    understood = Understand(opened_as, MappingRules(), TODAY)({})
    mapping = understood.mapping
    count = sum(written(layout, understood))
    if mapping.concerns():
        assert all(concern.startswith("column ") for concern in mapping.concerns())
        return "held"
    if not understood.columns.asks_for_something:
        return "refused"
    return "understood" if count else "nothing certain"


def written(layout: Layout, understood: Understood) -> Iterator[int]:
    """How many values are written for each person; raises AssertionError for one that is not the person's own."""
    rows: dict[str, list[ExportRow]] = {}
    for row in understood.rows:
        if not row.left_out and row.key is not None:
            owner = layout.owners[row.row]
            assert row.key.value == owner.texts[_KEYS[row.key.kind]], f"row {row.row} is another person's"
            rows.setdefault(owner.texts["employee id"], []).append(row)
    for key, (first, *others) in rows.items():
        together = united(first, others)
        if together is None:
            continue
        location = layout.owners[first.row].region if layout.knows_region else None
        desired = desired_of_person(together, DesiredValueRules(), usage_location=location, file_region=None)
        for slot, value in desired.slots:
            best = {layout.allowed[key].get(slot)}
            may_be = layout.claimed[key][slot] if understood.mapping.concerns() else best
            assert value in may_be, f"{slot} of row {first.row}: {named(value, layout, first.row)}"
        yield len(desired.slots)


def named(value: DesiredValue, layout: Layout, row: int) -> str:
    """What a wrong value is, for the message of a failure."""
    numbers = layout.owners[row].numbers
    return next(
        (name for name, number in numbers.items() if value in (number.plain, number.as_slot)), "no number at all"
    )


def endings(seeds: Iterable[int], *, in_files: bool = False) -> Counter[str]:
    found: Counter[str] = Counter()
    for seed in seeds:
        layout = random_layout(seed)
        try:
            found[ending_of(layout, in_a_workbook(layout) if in_files else in_memory(layout))] += 1
        except FileRefusedError:
            found["refused"] += 1
        except AssertionError as error:
            raise AssertionError(f"layout {seed}: {error}") from error
    return found


def test_no_layout_gives_somebody_elses_number() -> None:
    """A few hundred layouts; a good part of them must run through, or the check would be empty."""
    found = endings(range(LAYOUTS_OF_A_TEST))
    assert found["understood"] >= 0.25 * LAYOUTS_OF_A_TEST, found


def test_workbooks_are_read_like_layouts_in_memory() -> None:
    """A real file ends as its layout does in memory."""
    for seed in range(WORKBOOKS_OF_A_TEST):
        assert endings([seed]) == endings([seed], in_files=True), seed


@pytest.mark.long
@pytest.mark.parametrize("part", range(20))
def test_twenty_thousand_layouts(part: int) -> None:
    """The same for 20,000 layouts, in parts."""
    found = endings(range(part * 1_000, (part + 1) * 1_000))
    print(found)  # noqa: T201 - `make layouts` shows the counts
    assert found["understood"] >= 250, found
