"""Reads the key, the cell that identifies a person, or refuses it if it is no key or a program may have changed it."""

from __future__ import annotations

import re

from shared.core.numbers.number_format import EXCEL_DIGITS, Display, shown, shown_text, whole_number
from shared.core.person.account import UUID, KeyKind, PersonKey
from shared.core.values.cell import Cell, CellKind, Refusal, is_placeholder, refuse, visible_text
from shared.core.values.said import Said

_LONGEST_ADDRESS = 320
"""Characters of the longest e-mail address; sign-in names are shorter."""
_SCIENTIFIC = re.compile(r"\d[.,]\d+E\+\d{2,3}", re.IGNORECASE)
"""A number as Excel shows it and writes it into a CSV; an id such as 3E05 has neither point nor plus."""
_OBJECT_ID = re.compile(UUID)
_ADDRESS = re.compile(r"[^\s@\"<>,;:()\[\]\\]{1,64}@[^\s@\"'<>,;:()\[\]\\_]+\.[^\s@\"'<>,;:()\[\]\\_.]{2,}")


def read_key(cell: Cell, kind: KeyKind) -> PersonKey | Refusal:
    """The person's key; a placeholder names no person.

    An employee id that is stored as a number is read as the cell shows it, with its zeros, but
    without thousands separators and decimals.
    """
    if is_placeholder(cell):
        return refuse(cell, "keyMissing", Said("the person's cell holds a placeholder"))
    value = _seen(cell)
    if isinstance(value, Refusal):
        return value
    if value is None:
        return refuse(cell, "keyMalformed", Said("the person's cell holds {what}", what=_KIND_NAMES[cell.kind]))
    if kind is KeyKind.OBJECT_ID:
        value = value.removeprefix("{").removesuffix("}")
    if not _fits(value, kind):
        return refuse(cell, "keyMalformed", _NO_KEY[kind])
    return PersonKey(kind, value)


def is_email_address(text: str) -> bool:
    """Whether `text` has the shape of an e-mail address, and so of a user principal name."""
    return len(text) <= _LONGEST_ADDRESS and _ADDRESS.fullmatch(text) is not None


def _seen(cell: Cell) -> str | Refusal | None:
    """The text that a person sees; None = the cell holds neither a text nor a whole number that can be a key."""
    match cell.kind:
        case CellKind.TEXT:
            text = visible_text(shown_text(cell.number_format, cell.text) or cell.text)
            return _converted(cell, Said("scientific notation")) if _SCIENTIFIC.fullmatch(text) else text
        case CellKind.DATE:
            return _converted(cell, Said("a date"))
        case CellKind.INTEGER | CellKind.FLOAT:
            digits = whole_number(cell.text)
            if digits is None or len(digits) > EXCEL_DIGITS:
                return None
            return _shown_key(cell, digits)
        case _:
            return None


def _shown_key(cell: Cell, digits: str) -> str | Refusal:
    seen = shown(cell.number_format, digits)
    if seen.display is Display.DIGITS:
        return visible_text(seen.text)
    if seen.display is Display.QUANTITY or not (seen.adds or seen.display in _CONVERSIONS):
        return digits
    return _converted(cell, _CONVERSIONS.get(seen.display, Said("a number whose format does not show it plainly")))


def _converted(cell: Cell, form: Said) -> Refusal:
    sentence = Said("the person's cell holds {what}, so a program may have changed the key", what=form)
    return refuse(cell, "keyConverted", sentence)


_CONVERSIONS: dict[Display, Said] = {
    Display.SCIENTIFIC: Said("scientific notation"),
    Display.PERCENT: Said("a percentage"),
    Display.FRACTION: Said("a fraction"),
    Display.CURRENCY: Said("an amount of money"),
    Display.DATE: Said("a date"),
}


_KIND_NAMES: dict[CellKind, Said] = {
    CellKind.FORMULA: Said("a formula without a stored result"),
    CellKind.ERROR: Said("an Excel error"),
    CellKind.BOOLEAN: Said("true or false"),
    CellKind.INTEGER: Said("a number that is no key"),
    CellKind.FLOAT: Said("a number that is no key"),
}
_NO_KEY: dict[KeyKind, Said] = {
    KeyKind.OBJECT_ID: Said("the person's cell holds no object id"),
    KeyKind.USER_PRINCIPAL_NAME: Said("the person's cell holds no user principal name"),
    KeyKind.EMPLOYEE_ID: Said("the person's cell holds no employee id"),
    KeyKind.MAIL: Said("the person's cell holds no e-mail address"),
}


def _fits(value: str, kind: KeyKind) -> bool:
    if not value or len(value) > _LONGEST_ADDRESS or not value.isprintable():
        return False
    match kind:
        case KeyKind.OBJECT_ID:
            return bool(_OBJECT_ID.fullmatch(value))
        case KeyKind.USER_PRINCIPAL_NAME | KeyKind.MAIL:
            return is_email_address(value)
        case KeyKind.EMPLOYEE_ID:
            return True
