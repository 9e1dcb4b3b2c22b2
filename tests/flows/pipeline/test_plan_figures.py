"""Wherever a plan says how many people it changes, it says the number whom its approval then changes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from random import Random
from typing import Self

import pytest
from openpyxl import load_workbook

from shared.core.plan.operations import Effect
from shared.core.run.run import Run
from shared.core.values.states import RunState
from testing.in_memory import InMemory
from tests.flows.deciding import approved
from tests.flows.small_tenant import csv, number, person, tenant_of

_LIMITS = {
    Effect.REMOVE: "People who would lose a number or address",
    Effect.UPDATE: "People whose number or address would be replaced",
    Effect.CREATE: "People to whom a number or address would be added",
}
_WORDS = {"would be removed": Effect.REMOVE, "would be replaced": Effect.UPDATE, "would be added": Effect.CREATE}
_GROUPS = {
    "– Would be removed": ("–", Effect.REMOVE),  # noqa: RUF001 - a dash
    "! Would replace a number or address that this app did not write": ("!", Effect.UPDATE),
    "! With a question: see the sheet “Questions”": ("!", Effect.CREATE),
    "→ Would be replaced": ("→", Effect.UPDATE),
    "+ Would be added": ("+", Effect.CREATE),
}
"""Sign and effect of the lines that a group counts, by its words."""
_HEADER = "employeeId,mobile,officePhone"
_PEOPLE = 14


def rows_by(random: Random) -> list[Sequence[str]]:
    """Rows of every kind that the gate tells apart: shared numbers, contradictions, unknown people, two changes."""
    rows: list[Sequence[str]] = []
    for index in range(1, _PEOPLE + 1):
        key, own = f"E{index}", number(index)
        mobile, office = number(30 + index), number(60 + index)
        rows += random.choice(
            [
                [(key, mobile, "")],
                [(key, mobile, office)],
                [(key, own, office)],
                [(key, own, "")],
                [(key, "remove", "")],
                [(key, mobile, "remove")],
                [(key, number(99), office)],
                [(key, mobile, office), (key, office, "")],
                [(key, mobile, office), (key, mobile, office)],
                [(key, mobile, "call me")],
                [(key, "", "")],
                [(f"X{index}", mobile, "")],
            ]
        )
    return rows


@dataclass(frozen=True)
class Shown:
    """What the workbook says: its first sheet by the first cell of each line, and sign, effect and name per change."""

    headline: str
    figures: dict[str, object]
    changes: set[tuple[str, Effect, str]]

    @classmethod
    async def of(cls, world: InMemory, run: Run) -> Self:
        book = load_workbook(BytesIO(await world.app.results.read(f"{run.id}/plan.xlsx")))
        overview = list(book.worksheets[0].iter_rows(values_only=True))
        lines = list(book["Plan"].iter_rows(values_only=True))[1:] if "Plan" in book.sheetnames else []
        changes = {(str(line[0])[0], _WORDS[" ".join(str(line[0]).split()[-3:])], str(line[2])) for line in lines}
        return cls(str(overview[0][0]), {str(line[0]): line[1] for line in overview}, changes)

    def figure(self, words: str) -> int:
        """`12 (3.4%)` is 12."""
        return int(str(self.figures[words]).split(" ")[0])


@pytest.mark.parametrize("seed", range(4))
async def test_every_number_of_a_plan_is_that_of_the_people_it_changes(seed: int) -> None:
    """Headline, counts, limits, the sheet of changes and plan.json; those refused or set apart are in none of them."""
    random = Random(seed)
    most = random.choice(["0", "0", "1000000"])
    people = [
        person(
            index,
            displayName=f"Person {index}",
            phones=random.choice([{}, {"mobile": number(index)}, {"office": number(80 + index % 19)}]),
        )
        for index in range(1, _PEOPLE + 1)
    ]
    async with tenant_of(
        people, APPROVAL="always", MAX_UNMANAGED_REPLACED=most, ALLOW_REMOVALS="true", SMALL_SET="50"
    ) as world:
        if random.random() < 0.7:  # some of the values are those of the app
            await approved(world, await world.run_to_end("first.csv", csv(_HEADER, *rows_by(random))))
        before = world.directory()
        run = await world.run_to_end("staff.csv", csv(_HEADER, *rows_by(random)))
        assert RunState.HELD is run.state
        shown, figures = await Shown.of(world, run), run.attempt.plan.figures
        assert figures is not None
        documented = json.loads(await world.app.results.read(f"{run.id}/plan.json"))["changes"]

        assert RunState.FINISHED is (await approved(world, run)).state
        names = {one.id: one.displayName for one in people}
        changed = {names[one] for one, numbers in world.directory().items() if numbers != before[one]}

    assert changed == {name for _, _, name in shown.changes} == {names[one["id"]] for one in documented}
    assert shown.headline.startswith(f"{len(changed)} p" if changed else "No person")
    assert len(changed) == figures.writes == shown.figure("People whose account would be changed")
    by_effect = Counter(effect for effect, _ in {(effect, name) for _, effect, name in shown.changes})
    planned = {Effect.CREATE: figures.creates, Effect.UPDATE: figures.updates, Effect.REMOVE: figures.removals}
    assert by_effect == Counter(planned) == Counter({effect: shown.figure(words) for effect, words in _LIMITS.items()})
    counted = {_GROUPS[words]: count for words, count in shown.figures.items() if words in _GROUPS}
    assert counted == Counter((sign, effect) for sign, effect, _ in shown.changes)
