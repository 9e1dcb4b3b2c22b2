"""Reads the cells of a row that are not phone numbers: who, removal, yes or no, e-mail address, country.

Called by `export_row` and `desired`. Words are understood in English, German, French, Spanish, Italian, Dutch,
Portuguese, Polish, Swedish, Norwegian and Danish, whatever their case and accents.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

from shared.core.numbers.number_format import EXCEL_DIGITS, shown_text, whole_number
from shared.core.person.account import KeyKind, PersonKey
from shared.core.values.cell import Cell, CellKind, Refusal, folded, refuse, visible_text

REMOVE_WORDS = (
    "remove, delete, entfernen, löschen, supprimer, retirer, eliminar, borrar, quitar, rimuovere, eliminare,"
    "verwijderen, wissen, remover, apagar, excluir, usuń, usunąć, ta bort, radera, fjern, slett, slet"
)
"""The words that take a method away; besides them nothing does, least of all a blank cell."""
YES_WORDS = (
    "yes, y, true, ja, j, wahr, oui, o, vrai, sí, s, verdadero, vero, waar, sim, verdadeiro, tak, t, sann, sand, 1"
)
NO_WORDS = "no, n, false, nein, falsch, non, faux, falso, nee, onwaar, não, nie, nej, nei, usann, falsk, 0"

_REMOVE, _YES, _NO = (
    frozenset(folded(word) for word in words.split(",")) for words in (REMOVE_WORDS, YES_WORDS, NO_WORDS)
)
_LONGEST_WORD = 80
"""Characters; longer texts are not worth comparing with words and names."""
_LONGEST_KEY = 320
"""Characters of the longest e-mail address; sign-in names are shorter."""
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s@\"<>,;:()\[\]\\]{1,64}@[^\s@\"'<>,;:()\[\]\\_]+\.[^\s@\"'<>,;:()\[\]\\_.]{2,}")


def is_empty(cell: Cell) -> bool:
    """No opinion: nothing stored, or nothing that a person could see."""
    return cell.is_blank or (cell.kind is CellKind.TEXT and not visible_text(cell.text))


def is_remove(cell: Cell) -> bool:
    return cell.kind is CellKind.TEXT and _word(cell) in _REMOVE


def read_key(cell: Cell, kind: KeyKind) -> PersonKey | Refusal:
    """The person's key. A personnel number stored as a number is taken as the cell shows it, zeros included."""
    value = _seen(cell)
    if value is None:
        return refuse(cell, "keyMalformed", f"the person's cell holds {_KIND_NAMES[cell.kind]}")
    if kind is KeyKind.OBJECT_ID:
        value = value.removeprefix("{").removesuffix("}")
    if not _fits(value, kind):
        return refuse(cell, "keyMalformed", f"the person's cell holds no {_KEY_NAMES[kind]}")
    return PersonKey(kind, value)


def read_yes_no(cell: Cell) -> bool | Refusal:
    if cell.kind in {CellKind.BOOLEAN, CellKind.TEXT, CellKind.INTEGER} and _word(cell) in _YES | _NO:
        return _word(cell) in _YES
    return refuse(cell, "yesNoInvalid", "the cell says neither yes nor no")


def read_email(cell: Cell) -> str | Refusal:
    """An e-mail address, judged by its shape only."""
    address = visible_text(cell.text).removeprefix("mailto:")
    if cell.kind is CellKind.TEXT and len(address) <= _LONGEST_KEY and _ADDRESS.fullmatch(address):
        return address
    return refuse(cell, "emailMalformed", "the cell holds no e-mail address")


def read_country(cell: Cell) -> str | Refusal:
    """The ISO 3166 alpha-2 code for a code (two or three letters) or a country's name."""
    name = _word(cell) if cell.kind is CellKind.TEXT else ""
    return regions_by_name().get(name) or refuse(
        cell, "countryUnknown", "the cell holds no country code or known country"
    )


@cache
def regions_by_name() -> dict[str, str]:
    """Folded code or name -> ISO 3166 alpha-2 code (and XK for Kosovo, as in Entra ID and `phonenumbers`).

    `tools/country_names.py` generates the file. It is read on first use, so that a start does not wait for it.
    """
    names_by_region = json.loads(Path(__file__).with_name("country_names.json").read_text(encoding="utf-8"))
    return {name: region for region, names in names_by_region.items() for name in names.split()}


def _word(cell: Cell) -> str:
    return folded(cell.text) if len(cell.text) <= _LONGEST_WORD else ""


def _seen(cell: Cell) -> str | None:
    """The text a person sees; None for kinds that name nobody."""
    match cell.kind:
        case CellKind.TEXT:
            return visible_text(cell.text)
        case CellKind.INTEGER | CellKind.FLOAT:
            digits = whole_number(cell.text)
            if digits is None or len(digits) > EXCEL_DIGITS:
                return None
            return visible_text(shown_text(cell.number_format, digits) or digits)
        case _:
            return None


_KIND_NAMES: dict[CellKind, str] = {
    CellKind.FORMULA: "a formula without a stored result",
    CellKind.ERROR: "an Excel error",
    CellKind.BOOLEAN: "true or false",
    CellKind.DATE: "a date",
    CellKind.INTEGER: "a number that is no key",
    CellKind.FLOAT: "a number that is no key",
}
_KEY_NAMES: dict[KeyKind, str] = {
    KeyKind.OBJECT_ID: "object id",
    KeyKind.USER_PRINCIPAL_NAME: "user principal name",
    KeyKind.EMPLOYEE_ID: "employee id",
    KeyKind.MAIL: "e-mail address",
}


def _fits(value: str, kind: KeyKind) -> bool:
    if not value or len(value) > _LONGEST_KEY or not value.isprintable():
        return False
    match kind:
        case KeyKind.OBJECT_ID:
            return bool(_GUID.fullmatch(value))
        case KeyKind.USER_PRINCIPAL_NAME | KeyKind.MAIL:
            return bool(_ADDRESS.fullmatch(value))
        case KeyKind.EMPLOYEE_ID:
            return True
