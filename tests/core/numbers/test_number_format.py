"""Number formats as evidence: what a person saw in a cell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.numbers.number_format import Display, ShownCell, shown, shown_text, whole_number

_PHONE = "[<=9999999]###-####;(###) ###-####"
"""Excel's own phone number format."""
_ADDING = "+123456789"
"""Literals that say something of a number."""


@pytest.mark.parametrize(
    ("number_format", "digits", "text"),
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
        ("[Color 12]00000", "12", "00012"),
        ("[$-409]000", "12", "012"),
        ("[$-en-US]000", "12", "012"),
        ("[$-F800]000", "12", "012"),
        ("[>5.0]0;[<=5]000", "3", "003"),
        ("[$+49]0", "3023125678", "+493023125678"),
        ("[$+49-407]0", "3023125678", "+493023125678"),
        ("[$+49 ]0", "3023125678", "+49 3023125678"),
        ("+31 0 00000000", "612345678", "+31 6 12345678"),
        ("+1 (000) 000-0000", "2025550123", "+1 (202) 555-0123"),
        ('"+1 "(000) 000-0000', "2025550123", "+1 (202) 555-0123"),
        ("\\+\\4\\9\\ 0", "3023125678", "+49 3023125678"),
        ('"0"0', "612345678", "0612345678"),
        ('"00"0', "31612345678", "0031612345678"),
        ('"+"General', "31612345678", "+31612345678"),
        ('GENERAL" x"', "12", "12 x"),
        ('"+"#', "31612345678", "+31612345678"),
        ("+0;-0;0", "31612345678", "+31612345678"),
        ("+0;-0;", "31612345678", "+31612345678"),
        ("0;-0;00", "0", "00"),
        ('"+"0;;;@', "31612345678", "+31612345678"),
        ("[<100]0;[<1000]00000;+0", "31612345678", "+31612345678"),
        ("[<100]0;[<1000]00000;+0", "500", "00500"),
        ("[=12]\\+0;0", "12", "+12"),
        ("[<>12]\\+0;0", "12", "12"),
        ("[>-1]\\+0;0", "12", "+12"),
        ("###-####", "0", "-"),
        ("0\u00a000\u00a000", "12345", "1\u00a023\u00a045"),
        ("General", "12", "12"),
        ("@", "12", "12"),
        ("", "12", "12"),
    ],
)
def test_what_the_cell_showed(number_format: str, digits: str, text: str) -> None:
    """Placeholders, literals of every spelling, sections and conditions show what Excel shows."""
    seen = shown(number_format, digits)
    assert (Display.DIGITS, text) == (seen.display, seen.text)


@pytest.mark.parametrize(
    ("number_format", "display", "adds"),
    [
        ("0.00E+00", Display.SCIENTIFIC, False),
        ("##0.0E+0", Display.SCIENTIFIC, False),
        ("+0.00E+00", Display.SCIENTIFIC, True),
        ("#,##0", Display.QUANTITY, False),
        ("+#,##0", Display.QUANTITY, True),
        ("0.00", Display.QUANTITY, False),
        ('"+49"0.0', Display.QUANTITY, True),
        ("0,", Display.QUANTITY, True),
        ("0,.0", Display.QUANTITY, True),
        ("0.0,", Display.UNKNOWN, True),
        ("00.00.00", Display.UNKNOWN, True),
        ("0%", Display.PERCENT, True),
        ("# ?/?", Display.FRACTION, True),
        ("0000/00000", Display.FRACTION, True),
        ("yyyy-mm-dd", Display.DATE, True),
        ("[$-409]d-mmm", Display.DATE, True),
        ("[h]:mm", Display.DATE, True),
        ("h:mm AM/PM", Display.DATE, True),
        ('yyyy"年"m"月"', Display.DATE, True),
        ('"+"yy', Display.DATE, True),
        ("$#,##0.00", Display.CURRENCY, False),
        ("[$\u20ac-407] #,##0.00", Display.CURRENCY, False),
        ("0 \u20ac", Display.CURRENCY, False),
        ("[$CHF] 0", Display.CURRENCY, True),
        ('#,##0.00 "z\u0142"', Display.CURRENCY, True),
        ('"hidden"', Display.HIDDEN, True),
        (";;;", Display.HIDDEN, True),
        ("0;0", Display.DIGITS, False),
        ("*00", Display.UNKNOWN, True),
        ("Tel 0", Display.UNKNOWN, True),
        ("Standard", Display.UNKNOWN, False),
        ('"+"0"', Display.UNKNOWN, True),
        ("[DBNum1]0", Display.UNKNOWN, True),
        ("[+49]0", Display.UNKNOWN, True),
        ("0;0;0;0;0", Display.UNKNOWN, True),
        ("[<5]0;[<6]0", Display.UNKNOWN, True),
        ("[>99]0", Display.UNKNOWN, True),
        ("[>99]0;-0;+0", Display.UNKNOWN, True),
        ("0;[<99]+0;0", Display.UNKNOWN, True),
        ('"+"@', Display.UNKNOWN, True),
        ("General0", Display.UNKNOWN, True),
    ],
)
def test_what_shows_no_spelling_is_described(number_format: str, display: Display, adds: bool) -> None:  # noqa: FBT001 - a column of the table
    """Computed, hidden and unknown formats say whether they show more than the stored digits."""
    seen = shown(number_format, "12")
    assert (display, adds) == (seen.display, seen.adds)


def test_general_shows_a_long_number_in_scientific_notation() -> None:
    """Eleven digits are the most that General spells."""
    assert Display.DIGITS is shown('"+"General', "3" * 11).display
    assert ShownCell(Display.SCIENTIFIC, adds=True) == shown('"+"General', "3" * 12)


@pytest.mark.parametrize(
    ("number_format", "text", "seen"),
    [
        ("General", "612", "612"),
        ("@", "612", "612"),
        ("_-@_-", "612", " 612 "),
        ('"+"@', "31612345678", "+31612345678"),
        ('0;-0;0;"+31 "@', "612345678", "+31 612345678"),
        ('0;"+"@', "31612345678", "+31612345678"),
        ("0.00", "612", "612"),
        ('"+"0', "612", "612"),
        ("0;-0;;@", "612", "612"),
        (";;;", "612", None),
        (";;;0@", "612", None),
        ("a;b;c;d;e", "612", None),
    ],
)
def test_texts_are_shown_by_the_text_section(number_format: str, text: str, seen: str | None) -> None:
    """Only a section with @ changes a text; a fourth section without it hides the text."""
    assert shown_text(number_format, text) == seen


_SPELLINGS = [
    lambda text: f'"{text}"',
    lambda text: "".join(f"\\{each}" for each in text),
    lambda text: f"[${text}-407]",
    lambda text: text,
]
_LITERALS = st.builds(
    lambda spelling, text: (spelling(text), text),
    st.sampled_from(_SPELLINGS),
    st.text(alphabet=" ()+:123456789", min_size=1, max_size=4),
)
_PLACES = st.sampled_from("0#?").map(lambda place: (place, ""))


def _slowly(parts: list[tuple[str, str]], digits: str) -> str:
    """As Excel does it: from the right, one digit to each place, and the rest to the first."""
    first = next(index for index, (_, text) in enumerate(parts) if not text)
    left = digits.lstrip("0")
    seen = ""
    for index in range(len(parts) - 1, -1, -1):
        place, text = parts[index]
        if text:
            seen = text + seen
        elif index == first and left:
            seen = left + seen
        elif left:
            seen, left = left[-1] + seen, left[:-1]
        else:
            seen = {"0": "0", "?": " ", "#": ""}[place] + seen
    return seen


@given(
    parts=st.lists(st.one_of(_LITERALS, _PLACES), min_size=1, max_size=14).filter(
        lambda parts: any(not text for _, text in parts)
    ),
    digits=st.from_regex(r"0|[1-9][0-9]{0,14}", fullmatch=True),
)
def test_any_format_of_digits_and_literals_is_shown_as_excel_does(parts: list[tuple[str, str]], digits: str) -> None:
    """Another, slow renderer of the same formats gives the same text."""
    seen = shown("".join(code for code, _ in parts), digits)
    expected = _slowly(parts, digits)
    assert (Display.DIGITS, expected) == (seen.display, seen.text)
    assert seen.adds or not any(each in _ADDING for _, text in parts for each in text)


@given(
    number_format=st.one_of(st.text(max_size=30), st.text(alphabet='0#?+-,.;"\\[]$<>1 @_*eE/%dmG', max_size=20)),
    digits=st.from_regex(r"[1-9][0-9]{0,14}", fullmatch=True),
)
def test_no_format_loses_digits(number_format: str, digits: str) -> None:
    """Whatever the format, what it shows has the stored digits in order, and an added plus or digit is noticed."""
    seen = shown(number_format, digits)
    rest = iter(seen.text)
    assert not seen.text or all(digit in rest for digit in digits)
    assert seen.adds or not ("+" in seen.text or seen.text.count("0") > digits.count("0"))
    shown_text(number_format, digits)


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
