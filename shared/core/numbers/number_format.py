"""The text that people see in a cell: Excel's number format applied to a whole number or to a text.

For a format that shows the stored digits, each once and in order, the shown text is returned; for any other, only the
way in which it shows the number. Source of the formats: ECMA-376 part 1, 18.8.31.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum, auto

from shared.core.numbers.format_section import Element, FormatSection, sections_of
from shared.core.values.cell import Cell, CellKind, visible_text

EXCEL_DIGITS = 15
"""Excel stores at most this many significant digits."""

_LARGEST_EXPONENT = 308
"""The largest exponent of a number that a workbook can store."""
_GENERAL_DIGITS = 11
"""`General` shows longer numbers in scientific notation."""
_AS_STORED = frozenset({"General", "0", "@", ""})


class Display(Enum):
    """How a number format shows a whole number."""

    DIGITS = auto()
    """The stored digits in order, perhaps with zeros in front and literals between them."""
    QUANTITY = auto()
    """The stored digits with thousands separators or decimals."""
    SCIENTIFIC = auto()
    PERCENT = auto()
    FRACTION = auto()
    CURRENCY = auto()
    DATE = auto()
    HIDDEN = auto()
    """The format shows something else, or nothing."""
    UNKNOWN = auto()
    """The format is not understood."""


@dataclass(frozen=True, slots=True)
class ShownCell:
    """What a cell shows; `text` is "" unless the stored digits are shown in order, as with `DIGITS`."""

    display: Display
    text: str = ""
    adds: bool = False
    """Whether the format shows, or may show, a plus, letters or digits that are not stored, or another value."""


def whole_number(text: str) -> str | None:
    """The digits of a stored value, however it is spelled (`612345678.0`, `6.12345678E8`).

    None unless it is whole and not negative.
    """
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    if not value.is_finite() or value.adjusted() > _LARGEST_EXPONENT or value < 0 or value != int(value):
        return None
    return str(int(value))


def shown(number_format: str, digits: str) -> ShownCell:
    """How a cell with this format shows `digits`, a whole number that is not negative."""
    if number_format in _AS_STORED:
        return ShownCell(Display.DIGITS, digits)
    sections = sections_of(number_format)
    section = sections.for_number(Decimal(digits)) if sections else None
    if sections and sections.text and not sections.numbers and not _shows_more(sections.text.literals):
        return ShownCell(Display.DIGITS, digits)
    if section is None or section.has(Element.UNKNOWN) or section.has(Element.TEXT):
        return ShownCell(Display.UNKNOWN, adds=_may_add(number_format))
    return _shown_by(section, digits)


def shown_text(number_format: str, text: str) -> str | None:
    """A text as a cell with this format shows it: `"+"@` puts a plus in front. None = it shows something else."""
    if number_format in _AS_STORED or not {"@", ";"} & set(number_format):
        return text
    sections = sections_of(number_format)
    if sections is None:
        return None
    if sections.text is None:
        return text
    if any(part not in {Element.LITERAL, Element.TEXT} for part, _ in sections.text.parts):
        return None
    seen = "".join(text if part is Element.TEXT else literal for part, literal in sections.text.parts)
    return seen if sections.text.has(Element.TEXT) else None


def seen_in(cell: Cell) -> str | None:
    """The text of a cell as shown; of a whole number whose format adds nothing, its digits.

    "" = the format shows something else than the stored digits in order; None = the cell holds neither a text that is
    shown, nor a whole number that is not negative.
    """
    match cell.kind:
        case CellKind.TEXT:
            text = shown_text(cell.number_format, visible_text(cell.text))
            return None if text is None else visible_text(text)
        case CellKind.INTEGER | CellKind.FLOAT:
            digits = whole_number(cell.text)
            if digits is None:
                return None
            seen = shown(cell.number_format, digits)
            return visible_text(seen.text) if seen.adds else digits
        case _:
            return None


_COMPUTED = (
    (Element.DATE, Display.DATE, True),
    (Element.FRACTION, Display.FRACTION, True),
    (Element.PERCENT, Display.PERCENT, True),
    (Element.EXPONENT, Display.SCIENTIFIC, False),
)
"""How a section with this element shows a number, and whether it shows another value than the stored one."""


def _shown_by(section: FormatSection, digits: str) -> ShownCell:
    more = _shows_more(section.literals)
    for part, computed, changes_digits in _COMPUTED:
        if section.has(part):
            return ShownCell(computed, adds=more or changes_digits)
    if not section.has(Element.PLACE) and not section.has(Element.GENERAL):
        return ShownCell(Display.HIDDEN, adds=True)
    if section.has(Element.GENERAL):
        return _general(section, digits, adds=more)
    if section.has(Element.COMMA) or section.has(Element.DECIMAL):
        return _quantity(section, adds=more)
    text = _filled(section, digits)
    display = Display.CURRENCY if section.has_currency else Display.DIGITS
    return ShownCell(display, text, adds=more or _digits(text) != digits)


def _general(section: FormatSection, digits: str, *, adds: bool) -> ShownCell:
    """`General`, perhaps with literals around it; any other combination is unknown."""
    others = [part for part, _ in section.parts if part is not Element.LITERAL]
    if others != [Element.GENERAL]:
        return ShownCell(Display.UNKNOWN, adds=True)
    if len(digits) > _GENERAL_DIGITS:
        return ShownCell(Display.SCIENTIFIC, adds=adds)
    text = "".join(digits if part is Element.GENERAL else literal for part, literal in section.parts)
    return ShownCell(Display.CURRENCY if section.has_currency else Display.DIGITS, text, adds)


def _quantity(section: FormatSection, *, adds: bool) -> ShownCell:
    """A comma between placeholders separates thousands; one after the last placeholder divides by a thousand."""
    kinds = [part for part, _ in section.parts if part is not Element.LITERAL]
    whole = kinds[: kinds.index(Element.DECIMAL)] if Element.DECIMAL in kinds else kinds
    if kinds.count(Element.DECIMAL) > 1 or whole[:1] == [Element.COMMA] or Element.COMMA in kinds[len(whole) :]:
        return ShownCell(Display.UNKNOWN, adds=True)
    display = Display.CURRENCY if section.has_currency or _has_letters(section.literals) else Display.QUANTITY
    return ShownCell(display, adds=adds or whole[-1:] == [Element.COMMA])


def _filled(section: FormatSection, digits: str) -> str:
    """The places filled with digits from the right, as Excel does; all remaining digits go before the first place."""
    places = sum(part is Element.PLACE for part, _ in section.parts)
    digits = digits.lstrip("0")
    surplus, written = max(len(digits) - places, 0), []
    missing, left = max(places - len(digits), 0), iter(digits)
    for part, text in section.parts:
        if part is not Element.PLACE:
            written.append(text)
        elif missing:
            missing -= 1
            written.append({"0": "0", "?": " "}.get(text, ""))
        else:
            written.extend(next(left) for _ in range(surplus + 1))
            surplus = 0
    return "".join(written)


def _shows_more(literals: str) -> bool:
    return "+" in literals or _has_letters(literals) or any(map(str.isdigit, literals))


def _may_add(number_format: str) -> bool:
    return re.search(r"[+0-9#?]", re.sub(r"\[[^$+\]][^\]]*\]", "", number_format)) is not None


def _has_letters(text: str) -> bool:
    return any(map(str.isalpha, text))


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)
