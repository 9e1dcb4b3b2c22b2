"""The commands about columns and layouts, without a storage account."""

from __future__ import annotations

import pytest

from sandbox.__main__ import _parser


def test_a_choice_names_its_plan_and_its_columns() -> None:
    given = _parser().parse_args(["choose", "RUN", "0123456789ab", "C=mobile", "D=ignore"])
    assert ("RUN", "0123456789ab", ["C=mobile", "D=ignore"]) == (given.run_id, given.digest, given.choices)


@pytest.mark.parametrize("given", [["choose", "RUN", "0123456789ab"], ["choose", "RUN", "0123456789ab", "C"]])
def test_a_choice_without_a_role_is_refused(given: list[str]) -> None:
    with pytest.raises(SystemExit):
        _parser().parse_args(given)


def test_layouts_are_listed_or_one_is_forgotten() -> None:
    assert None is _parser().parse_args(["layouts"]).forget
    assert "0" * 64 == _parser().parse_args(["layouts", "--forget", "0" * 64]).forget
