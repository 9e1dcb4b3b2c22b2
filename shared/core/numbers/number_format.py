"""What a person saw in a numeric cell: Excel's number format applied to a whole number.

Called by `written_number` and `fields`. Only what phone and personnel columns use is understood (digit placeholders,
literals, conditions such as Excel's own phone format); any other format is no evidence and gives None.
Format codes: ECMA-376 part 1, 18.8.31.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache

EXCEL_DIGITS = 15
"""Excel stores no more significant digits than these."""

_LARGEST_EXPONENT = 308
"""Of any number that a workbook can store."""

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|_(?P<padding>.)|\*(?P<fill>.)|\[(?P<bracket>[^\]]*)\]'
    r"|(?P<section>;)|(?P<digit>[0#?])|(?P<literal>[-+$()!^&'~{}<>=: ])|(?P<unknown>.)",
    re.DOTALL,
)
_CONDITION = re.compile(r"(?P<comparison><=|>=|<>|<|>|=)(?P<limit>\d+)(?:\.0*)?")
_COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    "<=": int.__le__,
    ">=": int.__ge__,
    "<>": int.__ne__,
    "<": int.__lt__,
    ">": int.__gt__,
    "=": int.__eq__,
}


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


@dataclass(frozen=True, slots=True)
class _Section:
    parts: tuple[tuple[bool, str], ...]
    """In order: (True, a digit placeholder) or (False, a literal)."""
    condition: tuple[str, int] | None

    def holds(self, value: int) -> bool:
        if self.condition is None:
            return True
        comparison, limit = self.condition
        return _COMPARISONS[comparison](value, limit)


def shown_text(number_format: str, digits: str) -> str | None:
    """`digits` (a whole number, not negative) as the cell showed it; None when the format is no evidence."""
    if number_format in {"General", "0", "@", ""}:
        return None
    sections = _sections(number_format)
    section = next((section for section in sections or () if section.holds(int(digits))), None)
    return None if section is None else _fill(section, digits)


@lru_cache(maxsize=256)
def _sections(number_format: str) -> tuple[_Section, ...] | None:
    sections: list[_Section] = []
    parts: list[tuple[bool, str]] = []
    condition: tuple[str, int] | None = None
    for token in _TOKEN.finditer(number_format + ";"):
        match token.lastgroup, token[token.lastgroup or 0]:
            case "section", _:
                sections.append(_Section(tuple(parts), condition))
                parts, condition = [], None
            case "digit", placeholder:
                parts.append((True, placeholder))
            case "bracket", inside:
                compared = _CONDITION.fullmatch(inside)
                condition = (compared["comparison"], int(compared["limit"])) if compared else condition
            case "padding", _:
                parts.append((False, " "))
            case "fill", _:
                pass
            case "unknown", _:
                return None
            case _, literal:
                parts.append((False, literal))
    return tuple(sections)


def _fill(section: _Section, digits: str) -> str | None:
    places = sum(is_place for is_place, _ in section.parts)
    if places == 0:
        return None
    surplus, shown = max(len(digits) - places, 0), []
    missing, left = max(places - len(digits), 0), iter(digits)
    for is_place, part in section.parts:
        if not is_place:
            shown.append(part)
        elif missing:
            missing -= 1
            shown.append({"0": "0", "?": " "}.get(part, ""))
        else:
            shown.extend(next(left) for _ in range(surplus + 1))
            surplus = 0
    return "".join(shown)
