"""A sentence of the app: its English text, with the template and values from which other languages are written.

Sentences that workbooks show are `Said`s, so that they can be translated. API, logs and JSON use the English text.
`Texts.again` writes it in the language of a workbook.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any, Self

type SaidValue = str | int | float | date | Said
"""A plain text, such as a name, is the same in every language. A float is a share. A Said is translated."""

_BLANK = re.compile(r"\{(\w+)\}")
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    r"\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""Lone surrogates, invisible characters, and characters that change the direction of the text.

Tabs, line feeds and the zero-width joiners stay: some scripts need the joiners."""
_JOINED = re.compile(r"\{part0\}(.*?)\{part1\}", re.DOTALL)
_DAY = "date"


class Said(str):
    """The English text, with its template and values. Two are equal if their English texts are equal."""

    __slots__ = ("template", "values")

    template: str
    """English, with the names of values in braces. Translations are found by it."""
    values: Mapping[str, SaidValue]

    def __new__(cls, template: str, /, **values: SaidValue) -> Self:
        shown = {name: _visible(value) for name, value in values.items()}
        made = super().__new__(cls, filled(template, shown, _in_english))
        made.template = template
        made.values = shown
        return made

    def __reduce__(self) -> tuple[Callable[[list[Any]], Said], tuple[list[Any]]]:
        return _from_json, (_to_json(self),)


def filled(template: str, values: Mapping[str, SaidValue], in_words: Callable[[SaidValue], str]) -> str:
    """The template with its values; braces without a value stay as they are."""
    if not values:
        return template
    return _BLANK.sub(lambda found: in_words(values[found[1]]) if found[1] in values else found[0], template)


def visible(text: str) -> str:
    """A text from a file, or typed, without characters that could change how the line around it is shown."""
    return text if text.isprintable() else _UNSEEN.sub("", text)


def _visible(value: SaidValue) -> SaidValue:
    return visible(value) if isinstance(value, str) and not isinstance(value, Said) else value


def _in_english(value: SaidValue) -> str:
    match value:
        case float():
            return f"{value:.1%}"
        case datetime():
            return f"{value:%Y-%m-%d %H:%M} UTC"
        case _:
            return str(value)


NOTHING = Said("")


def verbatim(text: str) -> Said:
    """A text without a translation, such as the words of a service."""
    return Said("{text}", text=text)


def as_said(text: str) -> Said:
    """The text as a Said; a plain text becomes a template without values."""
    return text if isinstance(text, Said) else Said(text)


def joined(separator: str, parts: Iterable[str]) -> Said:
    """The parts that are not empty, with the separator between them."""
    texts = [as_said(part) for part in parts if part]
    if len(texts) == 1:
        return texts[0]
    values: dict[str, SaidValue] = {f"part{number}": text for number, text in enumerate(texts)}
    return Said(separator.join(f"{{{name}}}" for name in values), **values)


def parts_of(said: Said) -> tuple[str, tuple[Said, ...]]:
    """The separator and the parts of a text that `joined` made; any other text is its only part."""
    found = _JOINED.match(said.template)
    if found is None:
        return "", (said,)
    return found[1], tuple(part for part in said.values.values() if isinstance(part, Said))


def with_values(text: Said, change: Callable[[str], str]) -> Said:
    """The sentence with `change` applied to each of its values that is a plain text."""
    if not text.values:
        return text

    def changed(value: SaidValue) -> SaidValue:
        if isinstance(value, Said):
            return with_values(value, change)
        return change(value) if isinstance(value, str) else value

    return Said(text.template, **{name: changed(value) for name, value in text.values.items()})


def without_end(said: Said, end: str) -> Said:
    """The text without `end`, if it ends so, and without the spaces before `end`."""
    separator, (*before, last) = parts_of(said)
    if before and last == end:
        return joined(separator, before)
    return as_said(said.removesuffix(end).rstrip()) if end and said.endswith(end) else said


def made_of(said: Said) -> list[Any] | None:
    """Template and values as JSON, which the ledger stores beside the English text; None = there are no values."""
    return _to_json(said) if said.values else None


def said_of(text: str, made: list[Any] | None = None) -> Said:
    """The Said of a stored text and its `made_of`. Earlier versions stored no `made`, or one of another text; then the
    text has no values."""
    if made is not None and (said := _from_json(made)) == text:
        return said
    return Said(text) if text else NOTHING


def _to_json(said: Said) -> list[Any]:
    return [said.template, {name: _value_to_json(value) for name, value in said.values.items()}]


def _value_to_json(value: SaidValue) -> object:
    match value:
        case Said():
            return _to_json(value)
        case date():
            return {_DAY: value.isoformat()}
        case _:
            return value


def _from_json(data: list[Any]) -> Said:
    template, values = data
    return Said(template, **{name: _value_from_json(value) for name, value in values.items()})


def _value_from_json(value: Any) -> SaidValue:  # noqa: ANN401 - any JSON
    match value:
        case list():
            return _from_json(value)
        case {"date": str(text)}:
            return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
        case _:
            return value  # type: ignore[no-any-return] # a text or a number


def counted(number: int, one: str, many: str) -> Said:
    """The number with the form that fits it: `1 person waits`, `2 people wait`."""
    return Said(f"{{count}} {by_count(number, one, many)}", count=number)


def by_count(number: int, one: str, many: str) -> Said:
    """The form that fits the number, without the number."""
    return Said(one if number == 1 else many)


def people_in_words(number: int) -> Said:
    return counted(number, "person", "people")


def rows_in_words(number: int) -> Said:
    return counted(number, "row", "rows")
