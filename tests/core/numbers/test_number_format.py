"""Number formats as evidence: what a person saw in a numeric cell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.numbers.number_format import shown_text, whole_number

_PHONE = "[<=9999999]###-####;(###) ###-####"
"""Excel's own phone number format."""


@pytest.mark.parametrize(
    ("number_format", "digits", "shown"),
    [
        ('"+"0', "31612345678", "+31612345678"),
        ("\\+0", "31612345678", "+31612345678"),
        ("+0", "31612345678", "+31612345678"),
        ('"+31 "0', "612345678", "+31 612345678"),
        ("0000000000", "612345678", "0612345678"),
        ("0000000000", "31612345678", "31612345678"),
        ('0#" "##" "##" "##" "##', "612345678", "06 12 34 56 78"),
        (_PHONE, "5550123", "555-0123"),
        (_PHONE, "2025550123", "(202) 555-0123"),
        ("???", "1", "  1"),
        ("_-* 000", "7", " 007"),
        ("[Red]00000;-0", "12", "00012"),
        ("[$-409]000", "12", "012"),
        ("[>5.0]0;[<=5]000", "3", "003"),
        ("General", "12", None),
        ("@", "12", None),
        ("0.00E+00", "12", None),
        ("#,##0", "12", None),
        ("0.00", "12", None),
        ("0%", "12", None),
        ("yyyy-mm-dd", "12", None),
        ('"hidden"', "12", None),
        ("[<5]0;[<6]0", "12", None),
        ("", "12", None),
    ],
)
def test_what_the_cell_showed(number_format: str, digits: str, shown: str | None) -> None:
    """Placeholders, literals, sections and conditions are understood; any other format is no evidence."""
    assert shown_text(number_format, digits) == shown


@given(number_format=st.text(max_size=30), digits=st.from_regex(r"[1-9][0-9]{0,14}", fullmatch=True))
def test_no_format_loses_digits(number_format: str, digits: str) -> None:
    """Whatever the format, what it shows contains the stored digits in order."""
    shown = shown_text(number_format, digits)
    if shown is not None:
        rest = iter(shown)
        assert all(digit in rest for digit in digits)


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("31612345678", "31612345678"),
        ("31612345678.0", "31612345678"),
        ("3.1612345678E+10", "31612345678"),
        ("007", "7"),
        ("0", "0"),
        ("-1", None),
        ("1.5", None),
        ("nan", None),
        ("Infinity", None),
        ("1E+999999", None),
        ("", None),
        ("x", None),
    ],
)
def test_whole_numbers_however_stored(text: str, digits: str | None) -> None:
    """A stored value counts when it is whole and not negative, in any notation."""
    assert whole_number(text) == digits
