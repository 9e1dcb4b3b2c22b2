"""The desired values of a row: the cells of an `ExportRow`, read with what is known about the person.

Called by plan once the account is known, because a national number may need the account's usage location. Words and
countries are understood in English, German, French, Spanish, Italian, Dutch, Portuguese, Polish, Swedish, Norwegian and
Danish, in any case and without accents.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from shared.core.export.export_row import ExportRow, is_email_address
from shared.core.numbers.read_number import NumberRead, Regions, RegionSource, read_number
from shared.core.values.capabilities import EVERYTHING, Capabilities
from shared.core.values.cell import Cell, CellKind, Refusal, folded, refuse, visible_text
from shared.core.values.slot import DesiredValue, EmailAddress, PhoneType, Remove, Slot
from shared.core.values.states import SmsSignIn

REMOVE_WORDS = (
    "remove, delete, entfernen, löschen, supprimer, retirer, eliminar, borrar, quitar, rimuovere, eliminare,"
    "verwijderen, wissen, remover, apagar, excluir, usuń, usunąć, ta bort, radera, fjern, slett, slet"
)
"""The words that remove a value; nothing else removes one, and a blank cell leaves it unchanged."""
YES_WORDS = (
    "yes, y, true, ja, j, wahr, oui, o, vrai, sí, s, verdadero, vero, waar, sim, verdadeiro, tak, t, sann, sand, 1"
)
NO_WORDS = "no, n, false, nein, falsch, non, faux, falso, nee, onwaar, não, nie, nej, nei, usann, falsk, 0"

_REMOVE, _YES, _NO = (
    frozenset(folded(word) for word in words.split(",")) for words in (REMOVE_WORDS, YES_WORDS, NO_WORDS)
)
_LONGEST_WORD = 80
"""The most characters of a word or a name."""


@dataclass(frozen=True, slots=True)
class Note:
    """A cell that is ignored although the rest of the row is used; `text` names the cell."""

    code: str
    text: str
    address: str


@dataclass(frozen=True, slots=True)
class Desired:
    """The slots that the row specifies; any other slot is unspecified and stays unchanged."""

    slots: tuple[tuple[Slot, DesiredValue], ...]
    sms_sign_in: bool | None = None
    """Whether SMS sign-in is to be on; None = unspecified."""
    region: str = ""
    """The region that national numbers were read in; "" when every number names its country."""
    region_source: RegionSource = RegionSource.NUMBER
    notes: tuple[Note, ...] = ()

    @property
    def needs_email(self) -> bool:
        """Whether the planner needs the current e-mail address."""
        return any(slot is Slot.EMAIL for slot, _ in self.slots)


@dataclass(frozen=True, slots=True)
class DesiredValueRules:
    """Which desired values the settings and the cloud allow."""

    app_region: str | None = None
    allow_removals: bool = False
    sms_sign_in: SmsSignIn = SmsSignIn.LEAVE
    offers: Capabilities = EVERYTHING


def desired_of_row(
    row: ExportRow, rules: DesiredValueRules, *, usage_location: str | None, file_region: str | None
) -> Desired | tuple[Refusal, ...]:
    """The desired values of `row`, or every refusal: one refused cell refuses the whole row."""
    country = None if row.country is None else read_country(row.country)
    if isinstance(country, Refusal):
        regions = Regions()  # an unreadable country must not be replaced by a weaker source
    else:
        regions = Regions(row=country, account=usage_location, file=file_region, app=rules.app_region)
    phones = [(phone_type, _phone(cell, phone_type, regions, rules)) for phone_type, cell in row.phones]
    email = None if row.email is None else _email(row.email, rules)
    sms_sign_in = _sms_sign_in(row.sms_sign_in, rules)
    read = [*(found for _, found in phones), email]
    refusals = [*row.refusals, *(found for found in read if isinstance(found, Refusal))]
    if isinstance(country, Refusal) and refusals:
        refusals.append(country)
    if isinstance(sms_sign_in, Refusal):
        return (*refusals, sms_sign_in)
    if refusals:
        return tuple(refusals)
    national = next((found for _, found in phones if isinstance(found, NumberRead) and found.region), None)
    slots: list[tuple[Slot, DesiredValue]] = [
        (Slot(phone_type.value), found.number if isinstance(found, NumberRead) else found)
        for phone_type, found in phones
        if not isinstance(found, Refusal)
    ]
    if email is not None and not isinstance(email, Refusal):
        slots.append((Slot.EMAIL, email))
    return Desired(
        tuple(slots),
        sms_sign_in,
        region=(national.region or "") if national else "",
        region_source=national.region_source if national else RegionSource.NUMBER,
        notes=(Note(country.code, country.reason, country.address),) if isinstance(country, Refusal) else (),
    )


def _phone(
    cell: Cell, phone_type: PhoneType, regions: Regions, rules: DesiredValueRules
) -> NumberRead | Remove | Refusal:
    return _removal(cell, rules) if is_remove(cell) else read_number(cell, phone_type, regions)


def _email(cell: Cell, rules: DesiredValueRules) -> EmailAddress | Remove | Refusal:
    if not rules.offers.email_methods:
        return refuse(cell, "notAvailableInCloud", "this cloud's Graph has no e-mail methods")
    if is_remove(cell):
        return _removal(cell, rules)
    address = read_email(cell)
    return address if isinstance(address, Refusal) else EmailAddress(address)


def _removal(cell: Cell, rules: DesiredValueRules) -> Remove | Refusal:
    if rules.allow_removals:
        return Remove.REMOVE
    return refuse(cell, "removalNotAllowed", "the cell asks for a removal, and removals are switched off")


_FOR_EVERY_ROW = {SmsSignIn.ENABLE: True, SmsSignIn.DISABLE: False}


def _sms_sign_in(cell: Cell | None, rules: DesiredValueRules) -> bool | Refusal | None:
    """The cell's value where the setting allows it, else the setting's. Only the setting may disable without
    ALLOW_REMOVALS.
    """
    for_every_row = _FOR_EVERY_ROW.get(rules.sms_sign_in)
    desired = for_every_row if cell is None else _sms_sign_in_cell(cell, for_every_row, rules)
    if desired is None or isinstance(desired, Refusal) or rules.offers.sms_sign_in:
        return desired
    sentence = "this cloud's Graph cannot switch SMS sign-in"
    if cell is None:
        return Refusal("notAvailableInCloud", f"SMS_SIGN_IN: {sentence}", "SMS_SIGN_IN")
    return refuse(cell, "notAvailableInCloud", sentence)


def _sms_sign_in_cell(cell: Cell, for_every_row: bool | None, rules: DesiredValueRules) -> bool | Refusal:  # noqa: FBT001 - a value, not a switch
    answer = read_yes_no(cell)
    if isinstance(answer, Refusal) or answer is for_every_row:
        return answer
    if rules.sms_sign_in is not SmsSignIn.COLUMN:
        sentence = f"the cell asks to change SMS sign-in, and SMS_SIGN_IN says {rules.sms_sign_in}"
        return refuse(cell, "smsSignInNotAllowed", sentence)
    if not answer and not rules.allow_removals:
        sentence = "the cell asks to disable SMS sign-in, which is a removal, and removals are switched off"
        return refuse(cell, "removalNotAllowed", sentence)
    return answer


def is_remove(cell: Cell) -> bool:
    return cell.kind is CellKind.TEXT and _word(cell) in _REMOVE


def read_yes_no(cell: Cell) -> bool | Refusal:
    if cell.kind in {CellKind.BOOLEAN, CellKind.TEXT, CellKind.INTEGER} and _word(cell) in _YES | _NO:
        return _word(cell) in _YES
    return refuse(cell, "yesNoInvalid", "the cell says neither yes nor no")


def read_email(cell: Cell) -> str | Refusal:
    """An e-mail address; only its shape is checked."""
    address = visible_text(cell.text).removeprefix("mailto:")
    if cell.kind is CellKind.TEXT and is_email_address(address):
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
