"""The texts of workbooks, one file per language in `texts/`; used by all modules of this package.

A file holds `words` by key, the `short` reason of every outcome code, what HR is `todo` about it, and how numbers and
times are written. English has no `todo`: that is the remedy of the table of codes. `parts` are sentences that several
remedies share. A text that a language lacks would be English; a test finds it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from pathlib import Path

from shared.core.values.codes import CODES

_FOLDER = Path(__file__).with_name("texts")
_UNLISTED = "retriesExhausted"
"""The code whose remedy is that of a service's code that the table does not list: to ask an administrator."""
_PART = re.compile(r"\{(\w+)\}")


class Language(StrEnum):
    """`REPORT_LANGUAGE`: the languages of workbooks."""

    ENGLISH = "en"
    GERMAN = "de"
    FRENCH = "fr"
    SPANISH = "es"
    ITALIAN = "it"
    DUTCH = "nl"


def offered(language: str) -> Language:
    """The language with this code; English where it is not offered."""
    return Language(language) if language in Language else Language.ENGLISH


@dataclass(frozen=True, slots=True)
class Texts:
    """All texts of one language."""

    language: Language
    words: Mapping[str, str]
    shorts: Mapping[str, str]
    todos: Mapping[str, str]
    formats: Mapping[str, str]

    @property
    def page_number(self) -> str:
        """With `{page}` and `{pages}` still to be filled."""
        return self.words["page"]

    def say(self, key: str, /, **values: object) -> str:
        """The text with its blanks filled; an int is written as this language writes numbers."""
        shown = {name: self.number(value) if isinstance(value, int) else value for name, value in values.items()}
        return self.words[key].format_map(shown)

    def heading(self, name: str) -> str:
        """The heading of a column of our own sheets."""
        text = self.words[f"heading.{name}"]
        return text[:1].upper() + text[1:]

    def say_how_many(self, key: str, how_many: int, /, **values: object) -> str:
        """The form of the text for one, or for any other number."""
        return self.say(f"{key}.{'one' if how_many == 1 else 'other'}", **values)

    def short(self, code: str) -> str:
        """Why, as a part of a sentence; the code itself when it is none of the table."""
        return self.shorts.get(code, code)

    def todo(self, code: str) -> str:
        """What HR can do; "" = nothing."""
        if not code:
            return ""
        return self.todos.get(code, "") if code in CODES else self.todos[_UNLISTED]

    def number(self, count: int) -> str:
        return f"{count:,}".replace(",", self.formats["thousands"])

    def share(self, share: float) -> str:
        return f"{share:.1%}".replace(".", self.formats["decimal"])

    def moment(self, at: datetime) -> str:
        """Day and minute, in UTC."""
        month = self.formats["months"].split(",")[at.month - 1]
        return self.formats["moment"].format(day=at.day, month=month, year=at.year, time=f"{at:%H:%M}")


@cache
def texts_in(language: Language) -> Texts:
    english = _document(Language.ENGLISH)
    own = _document(language)
    remedies = {code: info.remedy for code, info in CODES.items()}
    parts = own.get("parts", {})
    todos = {code: _PART.sub(lambda found: parts[found[1]], text) for code, text in own.get("todo", {}).items()}
    return Texts(
        language,
        english["words"] | own["words"],
        english["short"] | own["short"],
        remedies | todos,
        english["formats"] | own["formats"],
    )


@cache
def in_every_language(key: str) -> frozenset[str]:
    """One text in all languages, by which the app knows its own sheets and columns again."""
    return frozenset(texts_in(language).words[key] for language in Language)


def _document(language: Language) -> dict[str, dict[str, str]]:
    document: dict[str, dict[str, str]] = json.loads((_FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    return document
