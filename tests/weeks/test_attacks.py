"""Attacks in the midst of ordinary weeks are caught, whatever the weeks before have used of the quotas."""

from __future__ import annotations

import random

import pytest

from tests.weeks.attacks import ATTACKS, Attack, Target
from tests.weeks.year import Shape, Year


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
async def test_a_small_company_is_safe_after_some_weeks(attack: Attack) -> None:
    year = Year.of(Shape.CHANGES, 200, seed=7)
    await year.pass_weeks(4)

    assert await attack(Target(year.app.forked(), random.Random(7)))
