"""What may stay in a text of the service, and what may not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.graph.answers import safe_code, safe_request_id
from shared.core.numbers.written_number import WrittenNumber, written_number
from shared.core.values.cell import Cell, CellKind
from shared.core.values.redaction import redacted, redacted_lines

METHOD = "3179e48a-750b-4051-897c-87b9720928f7"


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("The number +1 2025550101 is taken", "The number … is taken"),
        ("+1 202-555-0101x12.", "…."),
        ("+61 491 570 006, +33199000000", "…, …"),
        ("call (202) 555-0101 now", "call … now"),
        ("'0491570006' refused", "'…' refused"),
        ("masked +1 XXX-XXX-XX01 too", "masked … too"),
        ("%2B12025550101", "…"),
        ("/find?number=%2B1%20202%20555%200101&x", "/find?number=…&x"),
        ("0202%20555%200101", "…"),
        ("+1 (202) 555\u20110101, 0202\u2013555\u20130101", "…, …"),
        ("+44\u00b720\u00b77946\u00b70123, [020] 7946\u22120123", "…, […"),
        ("+[44] 20 7946 0123", "…"),
        ("user alex.o'neil@example.com is unknown", "user alex.o'… is unknown"),
        ("users('alex%40contoso.example')/x", "users('…')/x"),
        ("Resource 'alex@contoso' does not exist", "Resource '…' does not exist"),
        ("bo_fabrikam.example#EXT#@contoso.example", "…"),
        ("guest bo_x%23EXT%23", "guest …"),
        ("users/alex%2540contoso.example", "users/…"),
        ("Users/ALEX%252540CONTOSO.EXAMPLE", "Users/…"),
        ("bo_fabrikam.example%2523ext%2523", "…"),
        ("alex&#64;contoso.example, ALEX&#x40;contoso, alex&commat;contoso", "…, …, …"),
        ('{"user": "alex\\u0040contoso.example"}', '{"user": "…"}'),
        ("alex\uff20contoso.example al\u00fc%EF%BC%A0contoso", "… …"),
        ("alex\u200b@contoso.example", "…"),
        ("$filter=mail%20eq%20%27alex%40contoso.example%27", "…"),
        ("(PartitionKey='p',RowKey='Alex%40Contoso.Example')", "(PartitionKey='p',RowKey='…')"),
        ("+1%2D202%2D555%2D0101, %252B1%2520202%2520555%25200101", "…, …"),
        ("+1%20%28202%29%20555.0101, \\u002b12025550101", "…, …"),
        (f"method id of [{METHOD}] matches", f"method id of [{METHOD}] matches"),
        ("at most 20 requests, 150 s, error 404", "at most 20 requests, 150 s, error 404"),
        ("two\n lines\tand\x00more", "two lines and more"),
    ],
)
def test_what_is_personal_goes_and_the_rest_stays(text: str, safe: str) -> None:
    """Numbers, addresses and sign-in names are replaced; ids and small figures are not."""
    assert redacted(text) == safe


@pytest.mark.parametrize("sign", ["\u00ad", "\u200b", "\u2060", "\ufeff"])
def test_no_sign_without_a_width_parts_a_number_or_a_name(sign: str) -> None:
    """In a message, and in the lines of a traceback."""
    text = f"+1 202{sign}555{sign}0101, 0202{sign}555{sign}0101, alex{sign}@contoso.example"
    assert ("…, …, …", "…, …, …\nline 2") == (redacted(text), redacted_lines(f"{text}\nline 2"))


_SIGNS = [chr(code) for code in (*range(0x3400), *range(0xFB00, 0x10000), *range(0xE0000, 0xE0200))]
"""Most of Unicode's signs and digits, without the letters of East Asia."""


@pytest.mark.parametrize("spelling", ["0202{sign}5550101", "+{sign}12025550101", "{sign}2025550101"])
def test_no_number_survives_in_any_spelling_that_is_read(spelling: str) -> None:
    """Whatever sign of Unicode the reader of cells takes as a part of a number."""
    spelled = [spelling.format(sign=sign) for sign in _SIGNS]
    read = [one for one in spelled if isinstance(written_number(Cell("A1", CellKind.TEXT, one)), WrittenNumber)]
    assert len(read) > len("0123456789")
    left = [ascii(one) for one in read if any(map(str.isdecimal, redacted(one) + redacted_lines(one)))]
    assert not left


def test_no_plus_of_another_width_keeps_a_short_number() -> None:
    """Fewer digits than six are a number only behind a plus."""
    assert ("call …", "call …") == (redacted("call \uff0b49301"), redacted_lines("call \uff0b49301"))


@pytest.mark.parametrize("sign", ["%E2%80%93", "%25E2%2580%2593", "%EF%BC%8D", "%C2%A0", "%5D", "\\u2013", "\\uff0d"])
def test_no_escaped_sign_parts_a_number(sign: str) -> None:
    """In a URL, in a URL within a URL, and in JSON."""
    assert "…" == redacted(f"0202{sign}555{sign}0101")


@given(before=st.text(max_size=20), after=st.text(max_size=20), extension=st.sampled_from(["", "x12", " x9"]))
def test_no_number_survives_whatever_stands_around_it(before: str, after: str, extension: str) -> None:
    """A number in Graph's spelling is gone, in any surroundings."""
    assert "2025550101" not in redacted(f"{before}+1 2025550101{extension}{after}").replace(" ", "")


@given(before=st.text(max_size=20), after=st.text(max_size=20))
def test_no_address_survives_whatever_stands_around_it(before: str, after: str) -> None:
    """Of an address at least everything from the @ on and the name before it is gone."""
    assert "alex@example.com" not in redacted(f"{before}alex@example.com{after}")


def test_a_long_message_is_cut() -> None:
    """A page of text becomes a line."""
    assert [300, 300] == [len(redacted(text)) for text in ("word " * 1000, "x" * 1_000_000)]


@pytest.mark.parametrize(
    ("code", "kept"),
    [
        ("badRequest", "badRequest"),
        ("Request_ResourceNotFound", "Request_ResourceNotFound"),
        ("a2025550101", ""),
        ("alex@example.com", ""),
        ("no code", ""),
        ("", ""),
        ("x" * 65, ""),
    ],
)
def test_codes_are_kept_only_if_they_look_like_codes(code: str, kept: str) -> None:
    """A code is one word of letters."""
    assert safe_code(code) == kept


def test_request_ids() -> None:
    """An id is kept, anything else is not."""
    texts = (METHOD, "a b", "+1 2025550101", "12025550101")
    assert [METHOD, "", "", ""] == [safe_request_id(text) for text in texts]
