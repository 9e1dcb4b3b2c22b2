"""The sections of an Excel number format, as values: digit placeholders, literals, and what a section computes.

Format codes: ECMA-376 part 1, 18.8.31. A letter or ASCII sign that is not known to mean something in a format makes its
section unknown, so that no number depends on it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, auto
from functools import lru_cache

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|_(?P<padding>.)|\*(?P<fill>.)|\[(?P<bracket>[^\]]*)\]'
    r"|(?P<section>;)|(?P<general>general)|(?P<exponent>e[+-])|(?P<place>[0#?])|(?P<text>@)|(?P<decimal>\.)"
    r"|(?P<comma>,)|(?P<percent>%)|(?P<fraction>/)|(?P<literal>[-+$()^&'~{}<>=: 1-9])"
    r"|(?P<date>am/pm|a/p|[ymdhsbgea]+)|(?P<unknown>.)",
    re.DOTALL | re.IGNORECASE,
)
_CONDITION = re.compile(r"(?P<comparison><=|>=|<>|<|>|=)(?P<limit>-?\d+(?:\.\d*)?)")
_CURRENCY_OR_LOCALE = re.compile(
    r"\$(?P<symbol>[^-]*)(?:-(?:[0-9a-f]{1,8}|x-\w+|[a-z]{2,3}(?:-\w+)*)(?:,\w+)?)?", re.IGNORECASE
)
_COLOUR = re.compile(r"black|blue|cyan|green|magenta|red|white|yellow|color ?\d+", re.IGNORECASE)
_ELAPSED = re.compile(r"h+|m+|s+", re.IGNORECASE)
_COMPARISONS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "<=": Decimal.__le__,
    ">=": Decimal.__ge__,
    "<>": Decimal.__ne__,
    "<": Decimal.__lt__,
    ">": Decimal.__gt__,
    "=": Decimal.__eq__,
}
_MOST_SECTIONS = 4


class Element(Enum):
    """The kind of an element of a section."""

    PLACE = auto()
    """A digit placeholder: `0`, `#` or `?`."""
    LITERAL = auto()
    GENERAL = auto()
    TEXT = auto()
    """`@`."""
    DATE = auto()
    DECIMAL = auto()
    COMMA = auto()
    PERCENT = auto()
    FRACTION = auto()
    EXPONENT = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class FormatSection:
    parts: tuple[tuple[Element, str], ...]
    condition: tuple[str, Decimal] | None = None
    has_currency: bool = False

    def holds(self, value: Decimal) -> bool:
        """Whether the section's condition is met; True when it has none."""
        if self.condition is None:
            return True
        comparison, limit = self.condition
        return _COMPARISONS[comparison](value, limit)

    def has(self, part: Element) -> bool:
        return any(each is part for each, _ in self.parts)

    @property
    def literals(self) -> str:
        return "".join(text for part, text in self.parts if part is Element.LITERAL)


@dataclass(frozen=True, slots=True)
class Sections:
    numbers: tuple[FormatSection, ...]
    text: FormatSection | None
    """None = a text is shown as it is."""

    def for_number(self, value: Decimal) -> FormatSection | None:
        """The section that shows `value`, which is not negative; None = there is none, or Excel's rule is not certain.

        ECMA-376 does not say what a second section without a condition means behind a first one with a condition when
        there is a third, and programs differ.
        """
        match self.numbers:
            case ():
                return None
            case (first, *_) if first.condition is not None:
                return self._conditional(value)
            case (_, second, *_) if second.condition is not None:
                return None
            case (_, _, zero) if value == 0:
                return zero
            case _:
                return self.numbers[0]

    def _conditional(self, value: Decimal) -> FormatSection | None:
        first, *others = self.numbers
        if first.holds(value):
            return first
        match others:
            case (second,):
                return second if second.holds(value) else None
            case (second, third) if second.condition is not None:
                return second if second.holds(value) else third
            case _:
                return None


@lru_cache(maxsize=256)
def sections_of(number_format: str) -> Sections | None:
    """The sections of a format; None when it has more of them, or conditions in other places, than Excel allows."""
    parsed = list(_parsed(number_format))
    if len(parsed) > _MOST_SECTIONS:
        return None
    text = None
    if len(parsed) == _MOST_SECTIONS or parsed[-1].has(Element.TEXT):
        text = parsed.pop()
    if any(section.condition for section in parsed[2:]) or (text and text.condition):
        return None
    return Sections(tuple(parsed), text)


def _parsed(number_format: str) -> Iterator[FormatSection]:
    parts: list[tuple[Element, str]] = []
    condition: tuple[str, Decimal] | None = None
    has_currency = False
    for token in _TOKEN.finditer(number_format):
        name, text = token.lastgroup or "", token[token.lastgroup or 0]
        if name == "section":
            yield FormatSection(tuple(parts), condition, has_currency or _shows_currency(parts))
            parts, condition, has_currency = [], None, False
        elif name == "bracket" and (compared := _CONDITION.fullmatch(text)):
            condition = compared["comparison"], Decimal(compared["limit"])
        elif name == "bracket":
            part = _bracket(text)
            has_currency |= part[0] is Element.LITERAL and part[1].isalpha()
            parts.append(part)
        else:
            parts.append(_part(name, text))
    yield FormatSection(tuple(parts), condition, has_currency or _shows_currency(parts))


_PARTS = {
    "quoted": Element.LITERAL,
    "escaped": Element.LITERAL,
    "literal": Element.LITERAL,
    "general": Element.GENERAL,
    "exponent": Element.EXPONENT,
    "place": Element.PLACE,
    "text": Element.TEXT,
    "decimal": Element.DECIMAL,
    "comma": Element.COMMA,
    "percent": Element.PERCENT,
    "fraction": Element.FRACTION,
    "date": Element.DATE,
}


def _part(name: str, text: str) -> tuple[Element, str]:
    if name == "padding":
        return Element.LITERAL, " "
    if name == "fill":
        # The column's width decides how often the character is shown.
        return (Element.UNKNOWN, text) if text == "+" or text.isdigit() else (Element.LITERAL, "")
    if name == "unknown" and not text.isascii() and not text.isalnum():
        return Element.LITERAL, text
    return _PARTS.get(name, Element.UNKNOWN), text


def _bracket(text: str) -> tuple[Element, str]:
    currency = _CURRENCY_OR_LOCALE.fullmatch(text)
    if currency:
        return Element.LITERAL, currency["symbol"]
    if _COLOUR.fullmatch(text):
        return Element.LITERAL, ""
    return (Element.DATE if _ELAPSED.fullmatch(text) else Element.UNKNOWN), text


def _shows_currency(parts: list[tuple[Element, str]]) -> bool:
    return any(unicodedata.category(each) == "Sc" for part, text in parts if part is Element.LITERAL for each in text)
