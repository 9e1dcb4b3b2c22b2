"""Guesses the topics of an unknown heading, and the field that it resembles.

A heading resembles only fields of its own topics: one about e-mail is not said to resemble a phone.
"""

from __future__ import annotations

import difflib
from functools import cache

from shared.core.export.fields import Field
from shared.core.export.headings.heading import Heading, Topic
from shared.core.export.headings.meaning import topic_of
from shared.core.export.headings.spelling import spell
from shared.core.export.headings.vocabulary import TOPICS, fold, vocabulary, words_of
from shared.core.values.typing_mistakes import typing_mistakes

_SHORTEST = 5
_SHORTEST_FOR_TWO = 8
_SIMILAR = 0.75
_LONGEST = 60
_MISSPELT = frozenset({Topic.PHONE, Topic.PERSON, Topic.EMAIL, Topic.COUNTRY})


def topics_in(text: str) -> frozenset[Topic]:
    """The topics of known words in a heading: by themselves, inside a longer word, or with a typing mistake."""
    spelled = spell(text)
    borders = sorted(spelled.borders)
    found: set[Topic] = set()
    for place, start in enumerate(borders):
        for end in borders[place + 1 : place + 6]:
            word = spelled.letters[start:end]
            found |= _of_word(word)
    for word in spelled.chunks():
        if word not in vocabulary().senses:
            found |= _within(word) or _misspelt(word)
    return frozenset(found)


def _of_word(word: str) -> set[Topic]:
    return {TOPICS[sense.concept] for sense in vocabulary().senses.get(word, ()) if sense.concept in TOPICS}


def _within(word: str) -> set[Topic]:
    """The topics of the known words inside a word, but for the shortest ones."""
    found: set[Topic] = set()
    for start in range(len(word)):
        for end in range(start + 2, len(word) + 1):
            part = word[start:end]
            if end - start >= _SHORTEST or not part.isascii():
                found |= _of_word(part) if end - start >= _least(part) else set()
    return found


def _least(part: str) -> int:
    return 2 if "\u3040" <= part[0] <= "\ud7af" else _SHORTEST


def _misspelt(word: str) -> set[Topic]:
    if len(word) < _SHORTEST:
        return set()
    alike = (*_words_with_topic().get(word[0], ()), *_words_with_topic().get(word[1], ()))
    return {topic for other, topic in alike if _near(word, other)}


@cache
def _words_with_topic() -> dict[str, list[tuple[str, Topic]]]:
    """Words whose topic a misspelling may have, by first letter."""
    topics = {concept: topic for concept, topic in TOPICS.items() if topic in _MISSPELT} | {"self": Topic.PERSON}
    found: dict[str, list[tuple[str, Topic]]] = {}
    for word, senses in vocabulary().senses.items():
        for sense in senses:
            if len(word) >= _SHORTEST and sense.concept in topics:
                found.setdefault(word[0], []).append((word, topics[sense.concept]))
    return found


def _near(one: str, other: str) -> bool:
    """Whether two words differ by one typing mistake, or two in a longer word; the first letter may only be swapped."""
    if one[0] not in other[:2] or other[0] not in one[:2]:
        return False
    typos = 2 if min(len(one), len(other)) >= _SHORTEST_FOR_TWO else 1
    if abs(len(one) - len(other)) > typos or len(set(one) ^ set(other)) > 2 * typos:
        return False
    return typing_mistakes(one, other) <= typos


_FIELDS: dict[str, Field] = {
    "object_id": Field.OBJECT_ID,
    "upn": Field.USER_PRINCIPAL_NAME,
    "employee_id": Field.EMPLOYEE_ID,
    "email": Field.MAIL,
    "mobile": Field.MOBILE,
    "desk_line": Field.OFFICE,
    "phone": Field.PHONE,
    "country": Field.COUNTRY,
    "calling_code": Field.CALLING_CODE,
    "area_code": Field.AREA_CODE,
    "extension": Field.EXTENSION,
    "phone_type": Field.PHONE_TYPE,
}
"""By concept, the field that its words mean alone: a plain e-mail address is the key `mail`."""


def nearest_field(heading: Heading) -> Field | None:
    """The field that a heading resembles most, of those with one of its topics; None = it resembles none."""
    candidates = {word: field for word, field in _names().items() if topic_of(field) in heading.topics}
    nearest = difflib.get_close_matches(fold(heading.text)[:_LONGEST], candidates, n=1, cutoff=_SIMILAR)
    return candidates[nearest[0]] if nearest else None


@cache
def _names() -> dict[str, Field]:
    """The field of each folded word or phrase."""
    named = {
        fold(word): field
        for language in ("en", "common")
        for concept, field in _FIELDS.items()
        for word in words_of(language).get(concept, ())
    }
    return {fold(field.value): field for field in Field if field is not Field.IGNORE} | named
