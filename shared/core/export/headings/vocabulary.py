"""The words of headings, read from one file per language on first use.

A file is a JSON object: `language`, `source`, and `words`, which has the words and phrases of each concept, separated
by commas. A concept is what a word means in any language, such as `mobile`. A word of two concepts can mean both.
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from shared.core.export.headings.heading import Topic
from shared.core.values.cell import decomposed

COMMON = "common"
"""The language of abbreviations and of systems' own names, which may stand beside words of any language."""
ENGLISH = "en"
_BETWEEN = ", "
_SIGNS = re.compile(r"[\W_]+")
_SIGNS_IN_LISTS = re.compile(r"[^\w,]+|_+")
_FOLDER = Path(__file__).with_name("words")
_TATWEEL = "\N{ARABIC TATWEEL}"

TOPICS: dict[str, Topic] = {
    "mobile": Topic.PHONE,
    "phone": Topic.PHONE,
    "landline": Topic.PHONE,
    "desk_line": Topic.PHONE,
    "phone_type": Topic.PHONE_TYPE,
    "calling_code": Topic.PART_OF_NUMBER,
    "area_code": Topic.PART_OF_NUMBER,
    "extension": Topic.PART_OF_NUMBER,
    "direct_dial": Topic.PHONE,
    "email": Topic.EMAIL,
    "country": Topic.COUNTRY,
    "country_code": Topic.COUNTRY,
    "citizenship": Topic.COUNTRY,
    "object_id": Topic.PERSON,
    "upn": Topic.PERSON,
    "employee_id": Topic.PERSON,
    "login": Topic.PERSON,
    "other_person": Topic.OTHER_PERSON,
    "superior": Topic.OTHER_PERSON,
}
"""Concepts that matter even if the words beside them are not known. Direct-dial digits may be a whole number."""


@dataclass(frozen=True, slots=True)
class Sense:
    """What one word means in one language."""

    language: str
    concept: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    senses: dict[str, tuple[Sense, ...]]
    """The senses of each folded word."""
    longest: int


def fold(text: str) -> str:
    """Letters and digits only, without case and accents.

    For texts from `visible_text`. As `cell.folded`, with two differences: the Arabic tatweel is no letter, and Hangul
    is composed again, so that one syllable stays one character. Combining marks are dropped in every script, so that
    vowel points, tonos and voicing marks do not matter.
    """
    return _folded(text, _SIGNS)


def _folded(text: str, signs: re.Pattern[str]) -> str:
    text = text.casefold()
    if text.isascii():
        return signs.sub("", text)
    return unicodedata.normalize("NFC", signs.sub("", decomposed(text.replace(_TATWEEL, ""))))


def languages() -> tuple[str, ...]:
    return tuple(sorted(file.stem for file in _FOLDER.glob("*.json")))


def words_of(language: str) -> dict[str, tuple[str, ...]]:
    """Concept -> words as people write them."""
    return {concept: tuple(words.split(_BETWEEN)) for concept, words in _document(language).items()}


def _document(language: str) -> dict[str, str]:
    words: dict[str, str] = json.loads((_FOLDER / f"{language}.json").read_text(encoding="utf-8"))["words"]
    return words


@cache
def vocabulary() -> Vocabulary:
    """All words. Those of one concept are folded at once, which is much faster than word by word."""
    senses: dict[str, tuple[Sense, ...]] = {}
    for language in languages():
        for concept, words in _document(language).items():
            sense = (Sense(language, concept),)
            for word in set(_folded(words, _SIGNS_IN_LISTS).split(",")):
                senses[word] = senses.get(word, ()) + sense
    return Vocabulary(senses, max(map(len, senses)))
