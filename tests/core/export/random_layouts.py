"""Exports laid out at random, with a known truth: which values may be written for which person.

A layout is made of blocks of columns in random order. The blocks hold the numbers of the person in the ways that HR
systems use, and numbers that must never be written: of contacts, managers and assistants, faxes, home and old numbers.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

from shared.core.export.header import MergedRange
from shared.core.values.slot import DesiredValue, EmailAddress, Slot
from tests.core.export.mapped import Value
from tests.core.export.random_blocks import Claim, Maker
from tests.core.export.random_staff import Someone


@dataclass(slots=True)
class Layout:
    rows: list[list[Value]]
    merges: list[MergedRange]
    hidden: frozenset[int]
    owners: dict[int, Someone]
    """By row number."""
    allowed: dict[str, Mapping[Slot, DesiredValue]]
    """By employee id: what may be written for the person."""
    claimed: dict[str, Mapping[Slot, frozenset[DesiredValue]]]
    """By employee id: what a person may let be written who approves the file in spite of its doubts: any number under
    a heading that claims the slot, but none of somebody else, of somebody who left, or without a part."""
    knows_region: bool
    """Whether the accounts have a usage location."""
    features: frozenset[str]


def random_layout(seed: int) -> Layout:
    chance = random.Random(seed)
    made = Maker(chance)
    made.fill()
    chance.shuffle(made.blocks)
    rows: list[list[Value]] = []
    merges: list[MergedRange] = []
    headings = _damaged(made)
    if made.some(0.2):
        rows.append(["Staff list 2026"])
        rows += [[]] * made.some(0.5)
        made.features.add("title")
    if made.grouped:
        groups, merges = _groups(made, len(rows) + 1)
        rows.append(groups)
        made.features.add("groups")
    rows.append(list(headings))
    hidden = frozenset(place for place in range(len(headings)) if made.some(0.02))
    layout = Layout(
        rows, merges, hidden, {}, _allowed(made), _claimed(made), made.knows_region, frozenset(made.features)
    )
    for line in made.lines:
        rows.append([column.value(line) for block in made.blocks for column in block.columns])
        layout.owners[len(rows)] = line.one
    return layout


def _damaged(made: Maker) -> list[str]:
    """The headings of the columns, some of them misspelt, blank or unknown; more often those that explain others."""
    columns = [column for block in made.blocks for column in block.columns]
    headings = [column.heading for column in columns]
    explaining = [place for place, column in enumerate(columns) if column.explains]
    for damage, share in (("misspelt", 0.12), ("blank heading", 0.06), ("unknown heading", 0.06)):
        if not made.some(share):
            continue
        made.features.add(damage)
        place = made.chance.choice(explaining if explaining and made.some(0.6) else range(len(columns)))
        if damage == "misspelt":
            headings[place] = made.words.misspelt(headings[place])
        elif damage == "blank heading":
            headings[place] = ""
        elif columns[place].explains:
            headings[place] = made.words.unknown()
    return headings


def _groups(made: Maker, row: int) -> tuple[list[Value], list[MergedRange]]:
    """The row above the headings: merged, repeated in every cell, or only in the first cell of a block."""
    way = made.pick("merged", "merged", "repeated", "first cell")
    groups: list[Value] = []
    merges: list[MergedRange] = []
    for block in made.blocks:
        width = len(block.columns)
        name = made.words.misspelt(block.group) if made.some(0.04) else block.group
        groups += [name] * width if way == "repeated" else [name, *[""] * (width - 1)]
        if way == "merged" and width > 1 and name:
            merges.append(MergedRange(row, len(groups) - width + 1, row, len(groups)))
    return groups, merges


def _allowed(made: Maker) -> dict[str, Mapping[Slot, DesiredValue]]:
    claims = {slot: claim for slot in Slot if (claim := _leading(made, slot)) is not None}
    return {one.texts["employee id"]: _values(made, one, claims) for one in made.people}


def _leading(made: Maker, slot: Slot) -> Claim | None:
    """The best claim that has values; None where several are equally good, because only a person could choose."""
    filled = [
        claim
        for claim in made.claims
        if claim.slot is slot and (slot is Slot.EMAIL or any(line.number(claim.name) for line in made.lines))
    ]
    best = [claim for claim in filled if claim.rank == max(other.rank for other in filled)]
    return best[0] if len(best) == 1 else None


def _claimed(made: Maker) -> dict[str, Mapping[Slot, frozenset[DesiredValue]]]:
    return {
        one.texts["employee id"]: {
            slot: frozenset(
                value
                for claim in made.claims
                if claim.slot is slot
                for value in _values(made, one, {slot: claim}).values()
            )
            for slot in Slot
        }
        for one in made.people
    }


def _values(made: Maker, one: Someone, claims: Mapping[Slot, Claim]) -> Mapping[Slot, DesiredValue]:
    if made.qualifies_leavers and not one.works_here:
        return {}
    found: dict[Slot, DesiredValue] = {}
    for slot, claim in claims.items():
        number = one.number(claim.name)
        if slot is Slot.EMAIL:
            found[slot] = EmailAddress(one.texts[claim.name])
        elif number is not None:
            found[slot] = number.as_slot if claim.with_extension else number.plain
    return found
