"""Which cells say nothing although they are filled."""

from __future__ import annotations

import re

import pytest

from shared.core.export.country import regions_by_name
from shared.core.export.desired import REMOVE_WORDS
from shared.core.export.yes_no import NO_WORDS, YES_WORDS
from shared.core.values.cell import (
    PLACEHOLDERS,
    Cell,
    CellKind,
    folded,
    is_country_placeholder,
    is_phone_placeholder,
    is_placeholder,
)

_WORDS = [(language, word.strip()) for language, words in PLACEHOLDERS.items() for word in words.split(",")]
_OTHER_WORDS = {folded(word) for words in (YES_WORDS, NO_WORDS, REMOVE_WORDS) for word in words.split(",")}
_LANGUAGES = set(re.findall(r"\w+", "en de fr es it nl pt pl sv no da fi cs hu tr ru el ja zh ko ar he"))


def _text(text: str) -> Cell:
    return Cell("C17", CellKind.TEXT, text)


@pytest.mark.parametrize(("language", "word"), _WORDS)
def test_each_word_is_a_placeholder_in_any_spelling(language: str, word: str) -> None:
    """Case, brackets and spaces around a word do not matter; and it is no removal, no yes and no no."""
    spellings = (word, word.upper(), f"({word})", f" <{word}> ", f"{word}.")
    assert language
    assert all(is_placeholder(_text(each)) and is_phone_placeholder(_text(each)) for each in spellings)
    assert folded(word)
    assert folded(word) not in _OTHER_WORDS


def test_every_language_has_words() -> None:
    """The languages in which words are understood."""
    assert _LANGUAGES == set(PLACEHOLDERS)


def test_no_country_is_a_placeholder() -> None:
    """A word of the table is no country, except for two letters, which are a country in a country column."""
    countries = set(regions_by_name())
    both = {word for _, word in _WORDS if folded(word) in countries and is_country_placeholder(_text(folded(word)))}
    assert set() == both
    assert not is_country_placeholder(_text("NA"))
    assert is_country_placeholder(_text("N/A"))
    assert is_country_placeholder(_text("n.a."))


@pytest.mark.parametrize("text", ["-", "--", "—", "\u2013", "...", "?", "/", "_", "- -", "…", "\ufeff-"])
def test_signs_alone_say_nothing(text: str) -> None:
    """Dashes, dots and question marks."""
    assert is_placeholder(_text(text))


@pytest.mark.parametrize(
    "text", ["#N/A", "####", "***", "+", "", "x", "no", "remove", "löschen", "0612", "1", "none 06"]
)
def test_other_texts_say_something(text: str) -> None:
    """Errors, masks, removals and numbers are not swallowed; a blank cell is blank without a placeholder."""
    assert not is_placeholder(_text(text))
    assert not is_phone_placeholder(_text(text))


@pytest.mark.parametrize(
    "cell",
    [
        _text("0"),
        _text("0000000"),
        _text("000-000 00"),
        _text("0.0"),
        Cell("C17", CellKind.INTEGER, "0"),
        Cell("C17", CellKind.INTEGER, "0", '"+"0'),
        Cell("C17", CellKind.FLOAT, "0.0"),
        Cell("C17", CellKind.FLOAT, "0E+00"),
    ],
)
def test_zeros_are_no_phone_number(cell: Cell) -> None:
    """Only a phone cell of zeros is a placeholder: elsewhere 0 means no."""
    assert is_phone_placeholder(cell)
    assert not is_placeholder(cell)


@pytest.mark.parametrize("kind", [CellKind.ERROR, CellKind.FORMULA, CellKind.BOOLEAN, CellKind.DATE, CellKind.BLANK])
def test_other_kinds_are_no_placeholders(kind: CellKind) -> None:
    """An error or a formula may have lost a value."""
    assert not is_placeholder(Cell("C17", kind, "none"))
    assert not is_phone_placeholder(Cell("C17", kind, "0"))
