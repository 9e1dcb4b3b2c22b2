"""Headings at random: words of one language's vocabulary, put together in the ways that HR files do."""

from __future__ import annotations

import json
import random
from functools import cache
from pathlib import Path

import shared.core.export
from shared.core.export.headings.vocabulary import COMMON, ENGLISH, fold, languages, vocabulary, words_of

LANGUAGES = tuple(language for language in languages() if language != COMMON)
_PATTERNS = ("{} {}", "{} {}", "{} - {}", "{} ({})", "{}: {}", "{}_{}")
_NOISE = ("{}*", "{} (required)", "[{}]", "{}:", "  {}")
_UNKNOWN = ("Zebra", "Qrx", "Kompass", "Quux 7", "Blorp", "Tag X")


@cache
def _words(language: str, concept: str) -> tuple[str, ...]:
    """The words that have no second meaning in their own language."""
    found = words_of(language).get(concept, ())
    senses = vocabulary().senses
    return tuple(word for word in found if sum(sense.language == language for sense in senses.get(fold(word), ())) == 1)


@cache
def _statuses() -> dict[str, dict[str, list[str]]]:
    file = Path(shared.core.export.__path__[0]) / "statuses.json"
    found: dict[str, dict[str, list[str]]] = json.loads(file.read_text(encoding="utf-8"))
    return found


class Words:
    """The headings of one file: most of its language, some English."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.language = chance.choice(LANGUAGES) if chance.random() < 0.6 else ENGLISH

    def one(self, concept: str) -> str:
        language = self.language if self._chance.random() < 0.9 else ENGLISH
        for choice in (_words(language, concept), _words(ENGLISH, concept), _words(COMMON, concept)):
            if choice:
                return self._chance.choice(choice)
        raise LookupError(concept)

    def of(self, *concepts: str) -> str:
        """A heading of one or two concepts, in either order; a concept may stand for several words: `phone|mobile`."""
        parts = [self.one(self._chance.choice(concept.split("|"))) for concept in concepts]
        if len(parts) == 1:
            return self._framed(parts[0])
        self._chance.shuffle(parts)
        return self._framed(self._chance.choice(_PATTERNS).format(*parts))

    def _framed(self, heading: str) -> str:
        return self._chance.choice(_NOISE).format(heading) if self._chance.random() < 0.05 else heading

    def unknown(self) -> str:
        return self._chance.choice(_UNKNOWN)

    def status(self, *, works_here: bool) -> str:
        words = _statuses()["active" if works_here else "left"]
        return self._chance.choice(words.get(self.language) or words[ENGLISH])

    def misspelt(self, heading: str) -> str:
        """Two letters changed places, one is missing, doubled or wrong."""
        if len(heading) < 4:
            return heading
        place = self._chance.randrange(len(heading) - 1)
        before, here, after = heading[:place], heading[place], heading[place + 1 :]
        return self._chance.choice(
            (
                f"{before}{after[0]}{here}{after[1:]}",
                before + after,
                f"{before}{here}{here}{after}",
                f"{before}x{after}",
            )
        )
