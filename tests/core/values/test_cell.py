"""What people see of a text, and words without their spelling habits."""

from __future__ import annotations

import unicodedata

import pytest

from shared.core.export.headings.vocabulary import fold
from shared.core.values.cell import folded, visible_text


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("  plain ", "plain"),
        ("'+31", "+31"),
        ('="0612"', "0612"),
        ('"quoted"', "quoted"),
        ("\u202a+31\u202c", "+31"),
        ("a\u00a0b\u202fc\u3000d", "a b c d"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("\uff0b\uff13\uff11\uff58", "+31x"),
        ("٣١ ३१", "31 31"),
        ("31²", "31²"),
        ("O'Brien", "O'Brien"),
        ("\u200e \u00a0", ""),
        ("jan\ufe0f@contoso.example", "jan@contoso.example"),
        ("j\u034fan", "jan"),
        ("ja\u3164n\uffa0\u115f\u1160", "jan"),
        ("\U000e0100jan\u180b", "jan"),
    ],
)
def test_text_as_a_person_sees_it(text: str, seen: str) -> None:
    """Invisible characters and spreadsheet wrappings go, look-alikes become plain, footnotes stay footnotes."""
    assert visible_text(text) == seen


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Mobile Phone", "mobilephone"),
        ("mobile_phone", "mobilephone"),
        ("Téléphone", "telephone"),
        ("Straße", "strasse"),
        ("Główny", "glowny"),
        ("Færøyene", "faeroyene"),
        ("På-logging", "palogging"),
        ("E-MAIL", "email"),
        ("№ Mobile", "nomobile"),
        ("℡", "tel"),
        ("---", ""),
    ],
)
def test_words_without_spelling_habits(text: str, word: str) -> None:
    """Case, accents, spaces and signs do not matter between two spellings of a word."""
    assert folded(text) == word


def test_no_character_keeps_its_case() -> None:
    """Also not one that stands for letters. The words of headings are folded in the same way."""
    characters = [chr(code) for code in (*range(0x3400), *range(0xF900, 0x10000), *range(0x1D400, 0x1F200))]
    assert [] == [one for one in characters if folded(one) != folded(one).casefold()]
    other = [one for one in characters if fold(visible_text(one)) != unicodedata.normalize("NFC", folded(one))]
    assert ["\N{ARABIC TATWEEL}"] == other
