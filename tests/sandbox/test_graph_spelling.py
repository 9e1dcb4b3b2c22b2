"""Which numbers Graph takes, and how it spells them."""

from __future__ import annotations

import pytest

from sandbox.graph.spelling import same_number, stored_spelling


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("+1 2025550101", "+1 2025550101"),
        ("+12025550101", "+1 2025550101"),
        ("+61491570006", "+61 491570006"),
        ("+33199001234", "+33 199001234"),
        ("+353850123456", "+353 850123456"),
        ("+44 07700900123", "+44 07700900123"),
        ("+1 2025550101x123", "+1 2025550101x123"),
        ("+12025550101X9", "+1 2025550101x9"),
        ("2025550101", None),
        ("+1", None),
        ("", None),
        ("+1 202 555 0101", None),
        ("+1 (202) 5550101", None),
        ("+1 202-555-0101", None),
        ("+1  2025550101", None),
        (" +1 2025550101", None),
        ("+1 2025550101 ", None),
        ("+0 2025550101", None),
        ("+999 2025550101", None),
        ("+1 2025550101x", None),
        ("+1 202555O101", None),
        ("+1 ٢٠٢٥٥٥٠١٠١", None),
        ("+1 12345678901234", "+1 12345678901234"),
        ("+1 123456789012345", None),
        ("+353 1234567890123", None),
    ],
)
def test_only_the_documented_format_is_taken(given: str, stored: str | None) -> None:
    """`+CC NSN[xEXT]` with at most 15 digits is stored, without the space too; nothing else is."""
    assert stored_spelling(given) == stored


def test_spellings_of_one_number_are_the_same_number() -> None:
    """The space and the case of the extension mark do not make another number; the extension itself does."""
    assert same_number("+1 2025550101X12") == same_number("+12025550101x12")
    assert same_number("+1 2025550101x12") != same_number("+1 2025550101")
