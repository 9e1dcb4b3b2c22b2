"""Layouts at random: each is understood rightly, held, or refused; no number is ever somebody else's."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from shared.core.export.columns import positions
from shared.core.export.desired import DesiredValueRules, desired_of_row
from shared.core.export.export_row import read_row
from shared.core.export.file_mapping import column_letters
from shared.core.export.header import HeaderRules
from shared.core.values.slot import PhoneNumber, Slot
from tests.core.export.mapped import cell_of, mapping_of
from tests.core.export.random_layouts import Layout, Someone, random_layout

TODAY = date(2026, 11, 29)
LAYOUTS_OF_A_SEED = 400


def ending_of(layout: Layout) -> str:
    """How the layout ends, once every number that would be written was found to be the person's own."""
    texts = [(number, ["" if cell is None else str(cell) for cell in row]) for number, row in enumerate(layout.rows, 1)]
    if HeaderRules().find(texts, layout.merges) is None:
        return "refused"
    mapping = mapping_of(*layout.rows, merges=layout.merges, hidden=layout.hidden)
    columns = positions(mapping)
    if mapping.concerns():
        return "held"
    if columns is None or not columns.asks_for_something:
        return "refused"
    written = 0
    for number, one in layout.people.items():
        cells = [
            cell_of(value, f"{column_letters(place)}{number}") for place, value in enumerate(layout.rows[number - 1])
        ]
        row = read_row(number, cells, columns, TODAY)
        location = one.region if layout.knows_region else None
        desired = desired_of_row(row, DesiredValueRules(), usage_location=location, file_region=None)
        for slot, value in desired.slots:
            assert row.key is not None
            assert one.key == row.key.value
            assert value == expected(one, slot), f"{slot} of row {number}"
            written += 1
    return "understood" if written else "nothing certain"


def expected(one: Someone, slot: Slot) -> PhoneNumber | None:
    numbers = {Slot.MOBILE: one.mobile, Slot.OFFICE: one.office}
    return PhoneNumber(*numbers[slot]) if slot in numbers else None


def endings(seeds: range) -> Counter[str]:
    found: Counter[str] = Counter()
    for seed in seeds:
        try:
            found[ending_of(random_layout(seed))] += 1
        except AssertionError as error:
            raise AssertionError(f"layout {seed}: {error}") from error
    return found


def test_no_layout_gives_somebody_elses_number() -> None:
    """A few hundred layouts; a good part of them must run through, or the check would be empty."""
    found = endings(range(LAYOUTS_OF_A_SEED))
    assert found["understood"] >= 0.3 * LAYOUTS_OF_A_SEED, found


@pytest.mark.long
@pytest.mark.parametrize("part", range(20))
def test_twenty_thousand_layouts(part: int) -> None:
    """The same for 20,000 layouts, in parts."""
    found = endings(range(part * 1_000, (part + 1) * 1_000))
    assert found["understood"] >= 300, found
