"""Exports as HR systems lay them out, and as they go wrong: understood rightly, held or refused, in ten languages."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable

import pytest

from shared.core.export.desired import Desired, DesiredValueRules
from shared.core.export.export_row import ExportRow
from shared.core.export.same_person import desired_of_person, united
from shared.core.values.errors import FileRefusedError
from testing.exports import opened, understood
from tests.core.export.system_damages import DAMAGES
from tests.core.export.system_layouts import Layout, all_bases, base_layout

LAYOUTS_EACH = 3
RULES = DesiredValueRules()


def ending_of(layout: Layout) -> str:
    """How the layout ends, once every value that would be written was found to be one that the person may hold.

    So it is for a layout that is held, after an approval of its proposals.
    """
    try:
        found = understood(opened(layout.workbook()))
    except FileRefusedError:
        return "refused"
    written = 0
    for index, desired in _desired(found.rows, layout).items():
        for slot, value in desired.slots:
            assert value in layout.may_hold[index].get(slot, set()), f"{slot} of person {index}"
            written += 1
    if found.mapping.concerns():
        return "held"
    return "understood" if written else "nothing certain"


def _desired(rows: Iterable[ExportRow], layout: Layout) -> dict[int, Desired]:
    """Person -> what the rows of the person that apply ask for together. Other keys have no account."""
    together: defaultdict[str, list[ExportRow]] = defaultdict(list)
    for row in rows:
        if row.key is not None and not row.left_out and not row.row_refusals:
            together[row.key.value.lower()].append(row)
    people = {key.lower(): row.person for row in layout.rows for key in (row.person.key, row.person.mail)}
    found = {}
    for key, (first, *others) in together.items():
        all_rows, one = united(first, others), people.get(key)
        if all_rows is not None and one is not None:
            location = one.region if layout.knows_region else None
            found[one.index] = desired_of_person(all_rows, RULES, usage_location=location, file_region=None)
    return found


def damaged(system: str, language: str, damage: str, seed: int = 0) -> Layout:
    layout = base_layout(system, language, seed)
    DAMAGES[damage](layout, random.Random(f"{layout.name} {damage} {seed}"))
    return layout


def ending(system: str, language: str, damage: str, seed: int = 0) -> str:
    try:
        return ending_of(damaged(system, language, damage, seed))
    except AssertionError as error:
        raise AssertionError(f"{system}, {language}, {damage}, {seed}: {error}") from error


def test_no_layout_of_an_hr_system_gives_a_wrong_number() -> None:
    """A sample for each damage; a good part must run through, or the check would be empty."""
    chance = random.Random(16)
    chosen = [(*base, damage) for damage in DAMAGES for base in chance.sample(all_bases(), LAYOUTS_EACH)]
    found = Counter(ending(*one) for one in chosen)
    assert found["understood"] >= 0.4 * len(chosen), found


@pytest.mark.long
@pytest.mark.parametrize("damage", DAMAGES)
def test_every_damage_in_every_layout(damage: str) -> None:
    found = Counter(ending(system, language, damage, seed) for seed in range(2) for system, language in all_bases())
    assert sum(found.values()) == 2 * len(all_bases())
