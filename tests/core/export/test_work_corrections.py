"""Corrections on the sheet of rows that need work find their cells, whatever was moved, and none gets lost."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from shared.core.export.work_corrections import (
    PeopleSheet,
    WorkSheet,
    changed,
    corrections_from_json,
    corrections_to_json,
    placed,
)
from shared.core.values.cell import Cell, CellKind

HEADINGS = ("id", "mobile", "mobile", "office")


def cells(row: int, *texts: str) -> tuple[Cell, ...]:
    kinds = (CellKind.TEXT if text else CellKind.BLANK for text in texts)
    return tuple(Cell(f"{'ABCD'[i]}{row}", kind, text) for i, (kind, text) in enumerate(zip(kinds, texts, strict=True)))


def listed(lines: Iterable[tuple[int, tuple[Cell, ...]]]) -> WorkSheet:
    return WorkSheet(
        "Work", {(number, index): (cell,) for number, line in lines for index, cell in enumerate(line) if index}
    )


@given(st.data())
def test_every_change_is_placed_refused_or_told(data: st.DataObject) -> None:
    """Rows are shuffled, taken out and corrected on both sheets: each change of the work sheet shows up once."""
    values = st.sampled_from(["1", "2", "3", ""])
    three = st.tuples(values, values, values)
    rows = {number: cells(number, f"E{number}", *data.draw(three)) for number in range(2, 7)}
    returned = listed(rows.items())
    typed = [(number, cells(number, f"E{number}", *data.draw(three))) for number in rows]
    uploaded = listed(data.draw(st.permutations(typed)))
    kept = data.draw(st.permutations(sorted(rows)))[: data.draw(st.integers(0, 5))]
    own = {place: cells(place, *(cell.text for cell in rows[number])) for place, number in enumerate(kept, 2)}
    for place in list(own)[: data.draw(st.integers(0, 2))]:
        key, _, *others = (cell.text for cell in own[place])
        own[place] = cells(place, key, data.draw(values), *others)

    changes = changed(uploaded, returned)
    found = placed(changes, (), PeopleSheet("Staff", HEADINGS, 0, own), PeopleSheet("Staff", HEADINGS, 0, rows))

    moved = {number: place for place, number in enumerate(kept, 2)}
    told = len(found.without_place)
    for (number, index), (correction,) in changes.items():
        assert index is not None
        if number not in moved:
            assert any(text.startswith(correction.address) for text in found.without_place)
            continue
        place = moved[number]
        now = own[place][index].text
        if now == rows[number][index].text:
            assert correction == found.cells[place][index]
        else:
            assert now == correction.text or place in found.differing
    assert told == sum(number not in moved for number, _ in changes)
    assert found.cells == corrections_from_json(corrections_to_json(found.cells))
