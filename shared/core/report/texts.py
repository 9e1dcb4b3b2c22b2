"""The texts of workbooks, one file per language in `texts/`.

A file holds `words` by key, under `short` the reason of every outcome code, under `todo` what HR can do about it, under
`said` other sentences of the app by their English template, and under `formats` how numbers and times are written. The
English file has no `todo`, because the table of codes holds the remedies; its `said` has only the words that stand for
Graph's own names, such as "sign-in name" for `userPrincipalName`. `parts` are sentences that several remedies share.
`framed` replaces the beginnings of remedies where the cell is shown in a frame, because that cell has the format Text
already. `former` are the names of sheets and columns in workbooks of earlier versions. A text that a language lacks
would be English; a test finds it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from shared.core.export.fields import Field
from shared.core.export.headings.heading import Role
from shared.core.export.role_names import in_words
from shared.core.values.codes import CODES
from shared.core.values.said import Said, SaidValue, as_said, filled
from shared.core.values.slot import Slot

_FOLDER = Path(__file__).with_name("texts")
_UNLISTED = "retriesExhausted"
"""The code whose remedy, to ask an administrator, is used for codes of Graph that are not in the table."""
_PART = re.compile(r"\{(\w+)\}")
_WORD = re.compile(r"[A-Za-z]")
_QUOTED = re.compile(r"^[`'](\{\w+\})[`']")
_UNBROKEN = re.compile(r" (?=[:;?!»])|(?<=«) ")
"""The spaces that French has before and after some signs, and at which a line must not end."""


class Language(StrEnum):
    """`REPORT_LANGUAGE`: the languages of workbooks."""

    ENGLISH = "en"
    GERMAN = "de"
    FRENCH = "fr"
    SPANISH = "es"
    ITALIAN = "it"
    DUTCH = "nl"


def offered(language: str) -> Language:
    """The language with this code; English if it is not offered."""
    return Language(language) if language in Language else Language.ENGLISH


@dataclass(frozen=True, slots=True)
class Texts:
    """All texts of one language."""

    language: Language
    words: Mapping[str, str]
    shorts: Mapping[str, str]
    todos: Mapping[str, str]
    formats: Mapping[str, str]
    sentences: Mapping[str, str]
    """By their English templates."""
    framed: Mapping[str, str]

    @property
    def page_number(self) -> str:
        """With `{page}` and `{pages}` still to be filled."""
        return self.words["page"]

    def say(self, key: str, /, **values: object) -> str:
        """The text with these values in it; an int is written as this language writes numbers."""
        shown = {name: self.number(value) if isinstance(value, int) else value for name, value in values.items()}
        return self.words[key].format_map(shown)

    def heading(self, name: str) -> str:
        """The heading of a column of the app's own sheets."""
        text = self.words[f"heading.{name}"]
        return text[:1].upper() + text[1:]

    def say_how_many(self, key: str, how_many: int, /, **values: object) -> str:
        """The text in the form for this number: none, one or other; `other` if the text has no such form."""
        form = {0: "none", 1: "one"}.get(how_many, "other")
        return self.say(f"{key}.{form}" if f"{key}.{form}" in self.words else f"{key}.other", **values)

    def short(self, code: str) -> str:
        """The reason as a part of a sentence; the code itself if it is not in the table."""
        return self.shorts.get(code, code)

    def todo(self, code: str) -> str:
        """The remedy for HR; "" = there is none."""
        if not code:
            return ""
        return self.todos.get(code, "") if code in CODES else self.todos[_UNLISTED]

    def in_frame(self, todo: str) -> str:
        """The remedy for a cell that is shown in a frame, which need not be formatted as Text first."""
        for beginning, instead in self.framed.items():
            todo = todo.replace(beginning, instead)
        return todo

    def again(self, text: str) -> str:
        """A `Said`, or a text that is itself a known template, in this language; any other text as it is."""
        said = as_said(text)
        return filled(self.sentences.get(said.template) or self._signs(said.template), said.values, self._value)

    def _signs(self, template: str) -> str:
        """A template without words with the signs of this language; any other template as it is, in English."""
        if _WORD.search(_PART.sub("", template)):
            return template
        quoted = _QUOTED.sub(lambda found: self.formats["quoted"].format(text=found[1]), template)
        return quoted.replace(": ", self.formats["colon"]).replace("; ", self.formats["semicolon"])

    def _value(self, value: SaidValue) -> str:
        match value:
            case str():
                return self.again(value) if isinstance(value, Said) else value
            case float():
                return self.share(value)
            case int():
                return self.number(value)
            case datetime():
                return self.moment(value)
            case _:
                return self.day(value)

    def number(self, count: int) -> str:
        return f"{count:,}".replace(",", self.formats["thousands"])

    def share(self, share: float) -> str:
        return f"{100 * share:.1f}{self.formats['percent']}".replace(".", self.formats["decimal"])

    def moment(self, at: datetime) -> str:
        """Day and minute, in UTC."""
        return f"{self.day(at)}, {at:%H:%M} UTC"

    def day(self, on: date) -> str:
        month = self.formats["months"].split(",")[on.month - 1]
        return self.formats["day"].format(day=on.day, month=month, year=on.year)


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
        own["said"] if language is Language.ENGLISH else _sentences(own["words"], own["short"], todos) | own["said"],
        own["framed"],
    )


def _sentences(words: Mapping[str, str], shorts: Mapping[str, str], todos: Mapping[str, str]) -> dict[str, str]:
    """Translations that stand elsewhere in a file, by English text: codes, meanings, remedies, columns and slots."""
    found = {str(in_words(Role(field))): words[f"role.{field}"] for field in Field}
    found |= {field.value: words[f"role.{field}"] for field in Field} | {
        slot.value: words[f"slot.{slot}"] for slot in Slot
    }
    for code, info in CODES.items():
        found |= dict.fromkeys((code, info.meaning.removesuffix(".")), shorts[code])
        found[info.meaning] = f"{shorts[code][:1].upper()}{shorts[code][1:]}."
        if info.remedy:
            found[info.remedy] = todos[code]
    return found


@cache
def in_every_language(key: str) -> frozenset[str]:
    """One text in all languages and versions, by which the app recognises its own sheets and columns."""
    documents = [_document(language) for language in Language]
    return frozenset(
        text for document in documents for text in (document["words"][key], *document["former"].get(key, ()))
    )


@cache
def _document(language: Language) -> dict[str, dict[str, Any]]:
    text = (_FOLDER / f"{language}.json").read_text(encoding="utf-8")
    document: dict[str, dict[str, Any]] = json.loads(_UNBROKEN.sub("\u00a0", text))
    return document
