"""The ownership table, row by row, read from the docstring that explains it."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

from shared.core.export.desired import Desired
from shared.core.person.account import Methods, PhoneAuthenticationMethod
from shared.core.plan import ownership
from shared.core.plan.ownership import slot_verdict
from shared.core.plan.plan import Plan, plan_person
from shared.core.plan.verdict import Action, Verdict
from shared.core.values.slot import DesiredValue, MaskedValue, PhoneNumber, PhoneType, Remove, Slot, StoredNumber
from shared.core.values.states import Policy

NUMBERS = {"X": PhoneNumber(1, "2025550101"), "Y": PhoneNumber(1, "2025550102"), "Z": PhoneNumber(1, "2025550103")}
POLICIES = (Policy.MERGE, Policy.OVERWRITE, Policy.OWNED, Policy.KEEP)


def table() -> list[tuple[str, str, str, Policy, str]]:
    """Every cell of the docstring's table: base, current, desired, policy, verdict; "any" and "or" are spread out."""
    lines = [line for line in str(ownership.__doc__).splitlines() if line.startswith("| ")][1:]
    cells = []
    for line in lines:
        base, current, desired, *verdicts = (cell.strip() for cell in line.strip("|").split("|"))
        bases = ("none", "X", "Y") if base == "any" else (base,)
        desired_values = ("X", "Z", "remove") if desired == "any" else desired.split(" or ")
        cells += [
            (one_base, current, desired_value, policy, verdict)
            for (one_base, desired_value), (policy, verdict) in product(
                product(bases, desired_values), zip(POLICIES, verdicts, strict=True)
            )
        ]
    return cells


def stored(name: str) -> StoredNumber | None:
    return {"none": None, "masked": MaskedValue()}.get(name, NUMBERS.get(name))


def desired_value(name: str) -> DesiredValue:
    return Remove.REMOVE if name == "remove" else NUMBERS[name]


@pytest.mark.parametrize(("base", "current", "desired", "policy", "verdict"), table())
def test_every_row_of_the_table_holds(base: str, current: str, desired: str, policy: Policy, verdict: str) -> None:
    """The decision is the one that the documented table gives."""
    shown = not base.endswith("?")

    actual = slot_verdict(stored(base.rstrip("?")), stored(current), desired_value(desired), policy, shown=shown)

    action, _, code = verdict.partition(" ")
    assert Action(action) == actual.action
    assert not code or code == actual.code


def test_the_page_for_administrators_has_the_same_table() -> None:
    """Line by line, so that neither changes alone."""
    page = (Path(__file__).parents[3] / "docs/ownership.md").read_text("utf-8").splitlines()
    lines = [line for line in str(ownership.__doc__).splitlines() if line.startswith("|")]
    first = page.index(lines[0])

    assert lines == page[first : first + len(lines)]


def test_the_table_covers_all_policies() -> None:
    """A row that lost a column would be noticed."""
    assert len(table()) >= 13 * len(POLICIES)


def test_an_equal_number_in_another_spelling_is_unchanged() -> None:
    """Numbers compare by digits and extension, however country code and number were divided."""
    assert Verdict(Action.UNCHANGED) == slot_verdict(
        None, PhoneNumber(12, "025550101"), PhoneNumber(1, "2025550101"), Policy.MERGE
    )


def test_no_verdict_has_an_unknown_reason() -> None:
    """Every kept slot names a code that the documents explain."""
    from shared.core.values.codes import CODES

    codes = {match for row in table() for match in re.findall(r"kept (\w+)", row[4])}
    assert codes <= set(CODES)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("base", [None, NUMBERS["X"], NUMBERS["Y"]])
@pytest.mark.parametrize("current", [None, NUMBERS["X"], NUMBERS["Y"]])
def test_a_blank_cell_is_no_opinion(base: PhoneNumber | None, current: PhoneNumber | None, policy: Policy) -> None:
    """Whatever is there and whosever it is, nothing is done about it and nothing is remembered."""
    methods = Methods((PhoneAuthenticationMethod(PhoneType.MOBILE, current),) if current else ())
    bases = {Slot.MOBILE: base} if base else {}

    assert Plan((), ()) == plan_person(Desired(()), bases, methods, policy)
