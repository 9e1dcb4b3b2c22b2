"""A run's row: what it says of itself."""

from __future__ import annotations

import json

from shared.core.person.registration import ListedAccount
from shared.core.run.row import Row
from shared.core.run.undoing import Undoing
from shared.core.values.states import RowState

BEFORE = {"slots": {"mobile": {"written": "+1 2025550123"}}, "mobile": "+1 2025550123"}


def test_nothing_of_a_person_shows_in_the_repr_of_a_row() -> None:
    """A row carries what was found of the person, in clear, and what an undo restores."""
    row = Row(
        "run",
        2,
        RowState.PLANNED,
        key="ann.lee@contoso.example",
        display_name="Ann Lee",
        user_principal_name="ann.lee@contoso.example",
        undoing=Undoing((), before=BEFORE),
        before=json.dumps(BEFORE),
        suggestion="+1 2025550123",
    )
    assert not [text for text in ("2025550123", "ann.lee", "Ann Lee") if text in repr(row)]


def test_nothing_but_its_id_shows_in_the_repr_of_a_listed_account() -> None:
    shown = repr(ListedAccount("id-1", "Ann Lee", "ann.lee@contoso.example", "Tax", enabled=True))
    assert "id-1" in shown
    assert not [text for text in ("Ann Lee", "ann.lee", "Tax") if text in shown]
