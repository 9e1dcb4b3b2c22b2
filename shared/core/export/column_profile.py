"""Counts the kinds of values in one column: phone numbers, calling codes, e-mail addresses, ids, dates, words.

The file mapping compares them with the heading. A profile holds counts and words, no phone number or e-mail address.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache

from shared.core.export.country import calling_code_digits
from shared.core.numbers.number_format import shown_text, whole_number
from shared.core.numbers.numbering_plan import belongs_to_country
from shared.core.values.cell import Cell, CellKind, folded, is_placeholder, visible_text


class ValueKind(StrEnum):
    """The kinds of values that matter for what a column means."""

    INTERNATIONAL = "phone number with its country"
    PHONE = "phone number without country"
    """Digits with separators or a zero at the front, as in phone numbers; or over 15 digits."""
    NUMBER = "number"
    """7 to 15 digits that do not begin with 0, and nothing else: a phone number, or a number of another kind."""
    SHORT = "short number"
    """4 to 6 digits, or two short groups of digits: a room, an extension, or a local number."""
    CODE = "code"
    """1 to 3 digits: a calling code, a number of hours, a key."""
    CALLING_CODE = "calling code"
    """Written with its plus or `00`, alone or beside a country's name."""
    AREA_CODE = "area code"
    """A zero and 1 to 5 more digits."""
    EMAIL = "e-mail address"
    OBJECT_ID = "object id"
    DATE = "date"
    TEXT_WITH_NUMBER = "text with a phone number"
    PLACEHOLDER = "placeholder"
    WORD = "word"
    OTHER = "other"


PHONE_KINDS = frozenset({ValueKind.INTERNATIONAL, ValueKind.PHONE, ValueKind.NUMBER})

MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
"""In English, as systems write them into a date: 31-DEC-2026."""
_DIGITS = str.maketrans("0123456789", "0999999999")
_DIGITS_IN_ASCII = bytes.maketrans(b"0123456789", b"0999999999")
_MOST_WORDS = 300
"""The most different words and codes of one profile; a column with more holds no calling codes, types or statuses."""
_LONGEST_WORD = 60
_LONG_NUMBER = 10
"""Characters; many national identity numbers have at least this many, employee ids rarely."""
_USUAL = 0.05
_MOST_STRAYS = 2
_CODE_DIGITS = r"[09](?:[ -]?[09]){0,3}"
_CALLING_CODE = "|".join(
    (
        rf"(?:\+|00)\s?{_CODE_DIGITS}",  # +49
        rf".{{0,40}}\(\s?\+\s?{_CODE_DIGITS}\s?\)",  # Germany (+49)
        rf"\+\s?{_CODE_DIGITS}\s?\([^()]*\)",  # +49 (Germany)
        rf"[^\W\d_][^+()]{{1,40}}\s\+{_CODE_DIGITS}",  # Germany +49
    )
)
_PATTERNS = (
    (ValueKind.EMAIL, re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")),
    (
        ValueKind.DATE,
        re.compile(
            r"(?:(?:9[09]{3}|0000)([./-])[09]{2}\1[09]{2}|[09]{1,2}([./-])[09]{1,2}\2[09]{2,4})"
            r"(?:[ T].*|Z|[+-][09]{2}:[09]{2})?"
            rf"|[09]{{1,2}}[ -](?:{MONTHS})[a-z]*[ -][09]{{4}}",
            re.IGNORECASE,
        ),
    ),
    (ValueKind.CALLING_CODE, re.compile(_CALLING_CODE)),
    (
        ValueKind.INTERNATIONAL,
        re.compile(r"(?:tel:)?\(?(?:\+|00)[\s(]*9(?:[\s()./-]*[09]){6,}(?:[^\d]{0,12}[09]{1,6})?", re.IGNORECASE),
    ),
    (ValueKind.AREA_CODE, re.compile(r"\(?0[09]{1,5}\)?")),
    (ValueKind.CODE, re.compile(r"[09]{1,3}")),
    (ValueKind.SHORT, re.compile(r"[09]{4,6}|[09]{2,4}[ -][09]{1,4}")),
    (ValueKind.NUMBER, re.compile(r"9[09]{6,14}")),
    (
        ValueKind.PHONE,
        re.compile(r"(?:tel:)?[\s(]*[09](?:[\s()./-]*[09]){6,16}(?:[^\d]{0,12}[09]{1,6})?", re.IGNORECASE),
    ),
)
_NUMBER_INSIDE = re.compile(r"[09](?:[\s()./-]*[09]){6,}")
_GUID_LENGTHS = (36, 38)
_GUID = re.compile(r"\{?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?", re.IGNORECASE)


@dataclass(slots=True)
class ColumnProfile:
    """Filled value by value with `add`."""

    kinds: Counter[ValueKind] = field(default_factory=Counter)
    words: Counter[str] = field(default_factory=Counter)
    """How often each word or code occurs, for at most `_MOST_WORDS` different ones."""
    has_more_words: bool = False
    long_numbers: int = 0
    """The number of values that are digits, with or without separators, and as long as a national identity number."""

    def add(self, cell: Cell) -> None:
        kind = value_kind(cell)
        if kind is None:
            return
        if (kind in (ValueKind.WORD, ValueKind.OTHER) and is_placeholder(cell)) or not cell.text.strip("0 "):
            kind = ValueKind.PLACEHOLDER
        self.kinds[kind] += 1
        if kind is ValueKind.WORD or kind is ValueKind.CODE or cell.kind is CellKind.BOOLEAN:
            self._add_word(cell.text)
        elif (kind is ValueKind.NUMBER or kind is ValueKind.PHONE) and len(cell.text) >= _LONG_NUMBER:
            self.long_numbers += 1

    def _add_word(self, text: str) -> None:
        if text in self.words or len(self.words) < _MOST_WORDS:
            self.words[text] += 1
        else:
            self.has_more_words = True

    @property
    def total(self) -> int:
        """The number of values that are neither blank nor a placeholder."""
        return self.kinds.total() - self.kinds[ValueKind.PLACEHOLDER]

    def share(self, *kinds: ValueKind) -> float:
        """The share of these kinds in `total`; 0 if that is 0."""
        return sum(self.kinds[kind] for kind in kinds) / self.total if self.total else 0.0

    def count(self, *kinds: ValueKind) -> int:
        return sum(self.kinds[kind] for kind in kinds)

    def usual_kinds(self) -> list[ValueKind]:
        """The kinds of at least one value in twenty; placeholders only if they outnumber all other values."""
        return [
            kind
            for kind, count in self.kinds.items()
            if (count > self.total if kind is ValueKind.PLACEHOLDER else count >= _USUAL * self.total)
        ]

    def without_strays(self) -> ColumnProfile:
        """The profile without kinds that have only one or two values, unless these are most of the column."""
        kinds = {kind: count for kind, count in self.kinds.items() if not self._are_strays(count)}
        return replace(self, kinds=Counter(kinds))

    def _are_strays(self, count: int) -> bool:
        return count <= _MOST_STRAYS and 2 * count <= self.total

    @property
    def holds_calling_codes(self) -> bool:
        """Whether the values are calling codes of countries, with or without plus; one or two codes may be mistyped."""
        codes = [(int(word), count) for word, count in self.words.items() if word.isdigit()]
        mistyped = sum(count for code, count in codes if not belongs_to_country(code))
        return (
            self.total > 0
            and not self.has_more_words
            and self.count(ValueKind.CALLING_CODE, ValueKind.CODE) == self.total
            and self._are_strays(mistyped)
        )


def value_kind(cell: Cell) -> ValueKind | None:
    """The kind of the value; None for a blank cell."""
    kind = _kind_by_shape(cell)
    if kind is not ValueKind.CALLING_CODE or _is_calling_code(cell.text):
        return kind
    return ValueKind.SHORT if cell.text.isdigit() else ValueKind.OTHER


@lru_cache(maxsize=1024)
def _is_calling_code(text: str) -> bool:
    """Whether the text is the calling code of a country; `0010` is not."""
    return calling_code_digits(Cell("", CellKind.TEXT, text)) is not None


def _kind_by_shape(cell: Cell) -> ValueKind | None:
    match cell.kind:
        case CellKind.TEXT:
            return _kind_of_text(cell.text) if len(cell.text) <= _LONGEST_WORD else ValueKind.OTHER
        case CellKind.BLANK:
            return None
        case CellKind.INTEGER:
            return _kind_of_integer(cell.text, cell.number_format)
        case CellKind.FLOAT:
            digits = whole_number(cell.text)
            return ValueKind.OTHER if digits is None else _kind_of_integer(digits, cell.number_format)
        case CellKind.DATE:
            return ValueKind.DATE if "-" in cell.text else ValueKind.OTHER  # a time of day names no day
        case _:
            return ValueKind.OTHER


def _kind_of_integer(text: str, number_format: str) -> ValueKind:
    if number_format not in ("General", "0", "@"):
        text = shown_text(number_format, text) or text
    return _kind_of_shape(_shape_of(text))


def _shape_of(text: str) -> str:
    """The text with 9 for every digit but 0. ASCII is converted as bytes, in an eighth of the time."""
    return text.encode().translate(_DIGITS_IN_ASCII).decode() if text.isascii() else text.translate(_DIGITS)


def _kind_of_text(text: str) -> ValueKind | None:
    if not text.isascii() or not text[:1].isalnum() or text[-1:].isspace():
        text = visible_text(text)
        if not text:
            return None
    if len(text) in _GUID_LENGTHS and _GUID.fullmatch(text):
        return ValueKind.OBJECT_ID
    return _kind_of_shape(_shape_of(text))


@lru_cache(maxsize=16_384)
def _kind_of_shape(shape: str) -> ValueKind:
    for kind, pattern in _PATTERNS:
        if pattern.fullmatch(shape):
            return kind
    if _NUMBER_INSIDE.search(shape):
        return ValueKind.TEXT_WITH_NUMBER
    return ValueKind.WORD if folded(shape) else ValueKind.OTHER
