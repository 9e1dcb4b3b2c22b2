"""Settings: safe defaults, all complaints at once, values never repeated."""

from __future__ import annotations

import pytest

from shared.core.errors import NeverError
from shared.core.gate import Limits
from shared.core.states import Policy
from shared.settings import read_settings


def test_nothing_set_gives_the_safe_first_day() -> None:
    """Merge, no removals, administrators protected, the gate's own defaults."""
    settings = read_settings({})

    assert (Policy.MERGE, False, True) == (settings.on_existing, settings.allow_removals, settings.protect_admins)
    assert Limits() == settings.gate_limits()


def test_an_empty_value_is_not_set() -> None:
    """Deployment templates write empty strings for what nobody chose."""
    assert read_settings({}) == read_settings({"DEFAULT_REGION": "", "MAX_ROWS": "", "PROTECTED_IDS": ""})


def test_lists_and_column_maps() -> None:
    """Semicolons divide, blanks do not matter."""
    settings = read_settings({"PROTECTED_IDS": "a; b ;", "COLUMN_MAP": "Handy=mobile; Büro = office"})

    assert ("a", "b") == settings.protected_ids
    assert {"Handy": "mobile", "Büro": "office"} == settings.columns_by_header()


def test_every_complaint_is_made_at_once_and_no_value_is_repeated() -> None:
    """An operator corrects everything in one go; a mistyped secret does not reach the log."""
    wrong = {"MAX_UPDATE_SHARE": "3", "SMALL_SET": "secret-text", "DEFAULT_REGION": "usa", "COLUMN_MAP": "Handy=cell"}

    with pytest.raises(NeverError) as refused:
        read_settings(wrong)

    assert "badSettings" == refused.value.code
    assert [] == [name for name in wrong if name not in refused.value.message]
    assert "secret-text" not in refused.value.message
