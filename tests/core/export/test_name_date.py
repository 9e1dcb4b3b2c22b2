"""The date in a file's name: found where the pattern says so, and nowhere else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.export.name_date import dates_in_name, pattern_fault

DAY = datetime(2026, 11, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("", "staff_2026-11-30.xlsx", None),
        ("%Y-%m-%d", "staff_2026-11-30.xlsx", DAY),
        ("%Y-%m-%d", "full/2026-11-30 staff.xlsx", DAY),
        ("%Y-%m-%d", "2026-11-30/staff.xlsx", None),
        ("%Y%m%d", "staff20261130.csv", DAY),
        ("%Y%m%d", "staff_120261130.csv", None),
        ("%Y%m%d", "staff_202611301.csv", None),
        ("%d.%m.%Y", "Personal 30.11.2026.xlsx", DAY),
        ("%d.%m.%y", "Personal 30.11.26.xlsx", DAY),
        ("%Y-%m", "staff 2026-11.xlsx", datetime(2026, 11, 1, tzinfo=UTC)),
        ("%Y%m%dT%H%M%S", "s_20261130T061500.csv", datetime(2026, 11, 30, 6, 15, tzinfo=UTC)),
        ("export-%Y-%m-%d", "staff_2026-11-30.xlsx", None),
        ("%Y-%m-%d", "staff_2026-13-30.xlsx", None),
        ("%Y-%m-%d", "staff_2026-02-30.xlsx", None),
        ("%Y-%m-%d", "staff_2026-1-3.xlsx", None),
        ("%Y-%m-%d", "staff.xlsx", None),
        ("%Y-%m-%d", "2026-11-30 staff 2026-11-30.xlsx", DAY),
        ("to %Y-%m-%d", "from 2026-10-31 to 2026-11-30.xlsx", DAY),
        ("-%Y%m%d", "20261031-20261130.xlsx", DAY),
        ("%Y%m%d-", "20261130-20261231.xlsx", DAY),
        ("-%Y%m%d", "20261031-202611301.xlsx", None),
        ("(%Y.%m.%d)", "staff (2026.11.30).xlsx", DAY),
        ("%Y.%m.%d", "staff 2026x11x30.xlsx", None),
        ("%Y%m%d", "staff_\u0662\u0660\u0662\u0666\u0661\u0661\u0663\u0660.csv", None),
    ],
)
def test_the_date_in_a_name(pattern: str, name: str, expected: datetime | None) -> None:
    """In the file's own name, as a whole row of digits, and only when such a day exists."""
    assert (() if expected is None else (expected,)) == dates_in_name(pattern, name)


@pytest.mark.parametrize("name", ["20261130-20261231.csv", "20261231 until 20261130, 20261130.csv"])
def test_different_dates_are_all_found(name: str) -> None:
    """None of them is chosen."""
    assert (DAY, datetime(2026, 12, 31, tzinfo=UTC)) == dates_in_name("%Y%m%d", name)


@pytest.mark.parametrize("pattern", ["%Y", "%m-%d", "staff", "%Y-%m-%d %p", "%Y-%m-%", "%Y%Y%m", "%Y-%B", "%%Y-%m"])
def test_patterns_that_cannot_be_used(pattern: str) -> None:
    """A year and a month at least, in digits, each once."""
    assert "should" in pattern_fault(pattern)


@given(
    st.lists(st.sampled_from(["%Y", "%m", "%d", "%H", "-", ".", "(", "[", "\\", "x", "*"]), max_size=8).map("".join),
    st.text(max_size=20),
)
def test_no_name_and_no_pattern_that_is_accepted_raises(pattern: str, name: str) -> None:
    """What the settings accept works on every name."""
    if not pattern_fault(pattern):
        dates_in_name(pattern, name)
