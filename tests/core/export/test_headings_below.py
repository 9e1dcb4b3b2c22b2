"""Below other headings on the same sheet nobody is read: the numbers there are of other people, or of other slots."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from shared.core.values.errors import FileRefusedError
from testing.exports import opened, understood
from tests.flows.in_excel import InExcel

M, X, DESK = "+49 171 1234567", "+49 172 9998877", "+49 30 23125678"
STAFF = (("Employee ID", "Mobile", "Office phone"), ("E1", M, DESK))
Rows = Sequence[Sequence[str | None]]


def _read(rows: Rows) -> int:
    """How many rows name a person."""
    return sum(row.key is not None for row in understood(opened(InExcel(*STAFF, *rows).saved())).rows)


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        ([("Employee ID", "Office phone", "Mobile"), ("E2", DESK, X)], 3),
        ([("Employee ID", "Contact mobile"), ("E2", X)], 3),
        ([("Manager ID", "Mobile"), ("E2", X)], 3),
        ([("Emergency contacts",), ("Employee ID", "Mobile", "Office phone"), ("E2", X)], 3),
        ([("Notfallkontakte",), ("E2", X)], 3),
        ([("Leavers",), ("E2", X)], 3),
        ([("E2", X), ("Personnes parties",), ("E3", M)], 4),
        ([("Personalnummer", "Telefon Büro", "Handy"), ("E2", DESK, X)], 3),
    ],
)
def test_another_list_refuses_the_file(rows: Rows, named: int) -> None:
    """The message names the row that begins it."""
    with pytest.raises(FileRefusedError, match=f"^Row {named} ") as refused:
        _read(rows)
    assert "severalLists" == refused.value.code


@pytest.mark.parametrize(
    ("rows", "people"),
    [
        ([STAFF[0], ("E2", X)], 3),
        ([("HR manager",)], 2),
        ([("Printed for the audit",), ("E2", X)], 3),
        ([("PAR", X), ("ICE", None, DESK), ("DOL", None, None)], 4),
        ([("Mobile", "+49 171 5550199")], 2),
        ([("E2", "n/a", "none")], 2),
        ([("E2", "Landline", "see mobile")], 2),
    ],
)
def test_one_list_is_read(rows: Rows, people: int) -> None:
    """Headings that are repeated, footers, and keys that are words change nothing."""
    assert people == _read(rows)
