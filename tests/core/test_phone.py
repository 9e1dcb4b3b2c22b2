"""Phone numbers compare by value and hide themselves."""

from __future__ import annotations

import pytest

from shared.core.phone import MaskedValue, PhoneNumber, StoredNumber, number_from_graph

NUMBER = PhoneNumber(1, "2025550123", "77")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+1 2025550123", PhoneNumber(1, "2025550123")),
        ("+12025550123", PhoneNumber(1, "2025550123")),
        ("+1 2025550123x77", NUMBER),
        ("+1 2025550123X77", NUMBER),
        ("+1 (202) 555-0123", PhoneNumber(1, "2025550123")),
        ("+33 199001234", PhoneNumber(33, "199001234")),
        ("+33199001234", PhoneNumber(33, "199001234")),
        ("+1 XXXXXXXX23", MaskedValue()),
        ("+1 ********23", MaskedValue()),
        ("", MaskedValue()),
        ("+", MaskedValue()),
        ("unknown", MaskedValue()),
    ],
)
def test_graph_spellings_are_read_by_value(text: str, expected: StoredNumber) -> None:
    """Whatever cannot be read completely is masked, never a different number."""
    assert expected == number_from_graph(text)


@pytest.mark.parametrize(
    "shown", [str(NUMBER), repr(NUMBER), f"{NUMBER}", f"{NUMBER!r:>40}", str([NUMBER]), str({NUMBER: NUMBER})]
)
def test_a_number_shows_at_most_its_last_two_digits(shown: str) -> None:
    """No way of formatting shows the number."""
    assert "2025550123" not in shown
    assert "23" in shown
    assert "123" not in shown


def test_graph_spelling_round_trips() -> None:
    """What is sent to Graph is read back as the same number."""
    assert NUMBER == number_from_graph(NUMBER.spelled_for_graph())
