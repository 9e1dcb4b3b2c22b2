"""Divides a heading into known words, completely or not at all.

Words begin and end at borders: spaces, signs, and changes of case or between letters and digits. A word fills the space
between two borders, or is part of a compound (`Diensthandynummer`); a phrase runs over borders. Of several divisions
the one into the fewest words counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from shared.core.export.headings.vocabulary import COMMON, ENGLISH, Sense, Vocabulary, fold

_CHUNK = re.compile(r"[^\W_]+")
_UNSPACED = r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af]"
_WITHOUT_SPACES = re.compile(_UNSPACED)
"""Scripts in which one character can be a word."""
_CHANGE = re.compile(
    r"(?<=[a-zß-öø-ÿ])(?=[A-ZÀ-ÖØ-Þ])|(?<=[A-Z])(?=[A-Z][a-z])"
    r"|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])"
    rf"|(?<={_UNSPACED})(?=[A-Za-z])|(?<=[A-Za-z])(?={_UNSPACED})"
)
"""Between `mobile` and `Phone`, `Phone` and `2`, `携帯` and `TEL`."""
_SHORTEST_PART = 3
_SHORT_PARTS = frozenset({"number", "id"})
"""Concepts whose words of two letters may end a compound: `Handynr`, `userid`."""
_NO_SHORT_PARTS = frozenset({"stop", "phone"})
"""`telphone` is a misspelling, and not `tel` and `phone`."""
_SHORTEST_ENDING = 2
_MOST_DIVISIONS = 12

Words = tuple[str, ...]
"""The concepts of the words of one division, in order."""


@dataclass(frozen=True, slots=True)
class Spelled:
    """A heading without case, accents and signs, and where its words may begin and end."""

    letters: str
    borders: frozenset[int]
    hard: tuple[int, ...]
    """Borders that only a phrase can cross."""

    def chunks(self) -> Iterator[str]:
        """The texts between two hard borders."""
        yield from (self.letters[start:end] for start, end in zip(self.hard, self.hard[1:], strict=False))


def spell(text: str) -> Spelled:
    letters, borders, hard = "", {0}, [0]
    for chunk in _CHUNK.findall(text):
        for piece in _CHANGE.split(chunk):
            letters += fold(piece)
            borders.add(len(letters))
        if len(letters) > hard[-1]:
            hard.append(len(letters))
    return Spelled(letters, frozenset(borders), tuple(hard))


def divisions(spelled: Spelled, words: Vocabulary) -> Iterator[frozenset[Words]]:
    """The divisions of a heading in up to three sets, none empty; the first with a meaning counts.

    First come divisions by one language each, then those by one language and English, then those by all languages.
    """
    spans = _spans(spelled, words)
    languages = sorted({sense.language for found in spans.values() for _, senses in found for sense in senses})
    for mixtures in (
        [{each, COMMON} for each in languages],
        [{each, ENGLISH, COMMON} for each in languages],
        [set(languages)],
    ):
        group = frozenset[Words]().union(*(_fewest(spelled, spans, mixture) for mixture in mixtures))
        if group:
            fewest = min(map(len, group))
            yield frozenset(words for words in group if len(words) == fewest)


def languages_of(text: str, words: Vocabulary) -> frozenset[str]:
    """The languages in which a heading can be read.

    Systems' own names belong to no language. They may stand beside words of one, but not be the whole heading.
    """
    spelled = spell(text)
    spans = _spans(spelled, words)
    languages = {sense.language for found in spans.values() for _, senses in found for sense in senses} - {COMMON}
    beside = set[str]() if _fewest(spelled, spans, {COMMON}) else {COMMON}
    return frozenset(each for each in languages if _fewest(spelled, spans, {each, *beside}))


_Spans = dict[int, list[tuple[int, tuple[Sense, ...]]]]
"""Start -> (end, senses) of every known word."""


def _spans(spelled: Spelled, words: Vocabulary) -> _Spans:
    letters, size = spelled.letters, len(spelled.letters)
    found: _Spans = {}
    for start in range(size):
        for end in range(start + 1, min(size, start + words.longest) + 1):
            senses = words.senses.get(letters[start:end])
            if senses and (allowed := _allowed(spelled, start, end, senses)):
                found.setdefault(start, []).append((end, allowed))
    return found


def _allowed(spelled: Spelled, start: int, end: int, senses: tuple[Sense, ...]) -> tuple[Sense, ...]:
    """The senses that a word can have at this place."""
    begins, ends = start in spelled.borders, end in spelled.borders
    if begins and ends:
        return senses
    if any(start < border < end for border in spelled.hard):
        return ()
    word = spelled.letters[start:end]
    if len(word) >= _SHORTEST_PART or _WITHOUT_SPACES.search(word):
        return tuple(sense for sense in senses if len(word) != _SHORTEST_PART or sense.concept not in _NO_SHORT_PARTS)
    if ends and len(word) == _SHORTEST_ENDING:
        return tuple(sense for sense in senses if sense.concept in _SHORT_PARTS)
    return ()


def _fewest(spelled: Spelled, spans: _Spans, languages: set[str]) -> frozenset[Words]:
    """Every division into the fewest words of `languages`; empty when there is none."""
    size = len(spelled.letters)
    best: dict[int, tuple[int, list[Words]]] = {size: (0, [()])}
    for start in range(size - 1, -1, -1):
        for end, senses in spans.get(start, ()):
            concepts = dict.fromkeys(sense.concept for sense in senses if sense.language in languages)
            if not concepts or end not in best:
                continue
            count, rests = best[end]
            paths = [(concept, *rest) for concept in concepts for rest in rests]
            known = best.get(start)
            if known is None or count + 1 < known[0]:
                best[start] = (count + 1, paths[:_MOST_DIVISIONS])
            elif count + 1 == known[0]:
                best[start] = (known[0], [*known[1], *paths][:_MOST_DIVISIONS])
    return frozenset(best[0][1]) if size and 0 in best else frozenset()
