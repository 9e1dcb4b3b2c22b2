"""The table of what an undo wants per slot, row by row, read from the docstring that explains it."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.core.plan import undo_verdict as module
from shared.core.plan.ownership import slot_verdict
from shared.core.plan.verdict import Action
from shared.core.values.slot import DesiredValue, MaskedValue, PhoneNumber, Remove, StoredNumber
from shared.core.values.states import Policy

NUMBERS = {"N": PhoneNumber(1, "2025550101"), "O": PhoneNumber(1, "2025550102"), "Y": PhoneNumber(1, "2025550103")}


def lines() -> list[str]:
    return [line for line in str(module.__doc__).splitlines() if line.startswith("|")]


def table() -> list[tuple[str, str, str, str]]:
    """Every row of the docstring's table; "any" is spread out."""
    cells = []
    for line in lines()[2:]:
        written, current, before, verdict = (cell.strip() for cell in line.strip("|").split("|"))
        for one in ("none", "N", "N?") if written == "any" else (written,):
            cells += [(one, current, other, verdict) for other in (("none", "O") if before == "any" else (before,))]
    return cells


def stored(name: str) -> StoredNumber | None:
    return {"none": None, "masked": MaskedValue()}.get(name, NUMBERS.get(name))


def before(name: str) -> DesiredValue:
    return Remove.REMOVE if name == "none" else NUMBERS[name]


@pytest.mark.parametrize(("written", "current", "was", "verdict"), table())
def test_every_row_of_the_table_holds(written: str, current: str, was: str, verdict: str) -> None:
    """The decision is the one that the documented table gives."""
    shown = not written.endswith("?")

    actual = slot_verdict(stored(written.rstrip("?")), stored(current), before(was), Policy.UNDO, shown=shown)

    action, _, code = verdict.partition(" ")
    assert (Action(action), code) == (actual.action, actual.code)


def test_what_was_never_there_and_is_not_there_stays_so() -> None:
    """A removal of nothing is nothing, also when an undo is read again after its end."""
    assert Action.UNCHANGED is slot_verdict(None, None, Remove.REMOVE, Policy.UNDO).action


def test_the_page_for_administrators_has_the_same_table() -> None:
    """Line by line, so that neither changes alone."""
    page = (Path(__file__).parents[3] / "docs/undo.md").read_text("utf-8").splitlines()
    first = page.index(lines()[0])

    assert lines() == page[first : first + len(lines())]
