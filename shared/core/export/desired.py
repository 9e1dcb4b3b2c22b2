"""The desired values of a row: the cells of an `ExportRow`, read with what is known about the person.

They are read once the account is known, because a national number may need its usage location. Words and countries are
understood in English, German, French, Spanish, Italian, Dutch, Portuguese, Polish, Swedish, Norwegian and Danish, in
any case, with or without accents.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import lru_cache

from shared.core.export.country import read_country
from shared.core.export.email_providers import likely_domains
from shared.core.export.export_row import ExportRow
from shared.core.export.fields import Field
from shared.core.export.key_cell import is_email_address
from shared.core.export.part_cells import PhoneParts
from shared.core.export.phone_parts import read_joined_number
from shared.core.export.yes_no import read_yes_no
from shared.core.numbers.read_number import NumberRead, Regions, RegionSource, read_number
from shared.core.values.capabilities import EVERYTHING, Capabilities
from shared.core.values.cell import SMS_SIGN_IN, Cell, CellKind, Refusal, folded, refuse, visible_text
from shared.core.values.codes import CODES
from shared.core.values.errors import PermanentError
from shared.core.values.phone_delivery import NO_END, PhoneDelivery
from shared.core.values.said import Said, joined
from shared.core.values.slot import PHONE_SLOTS, DesiredValue, EmailAddress, PhoneType, Remove, Slot
from shared.core.values.states import SmsSignIn

REMOVE_WORDS = (
    "remove, delete, entfernen, löschen, supprimer, retirer, eliminar, borrar, quitar, rimuovere, eliminare,"
    "verwijderen, wissen, remover, apagar, excluir, usuń, usunąć, ta bort, radera, fjern, slett, slet"
)
"""The words by which a cell asks to remove its value; a blank cell leaves the value unchanged."""

_REMOVE = frozenset(folded(word) for word in REMOVE_WORDS.split(","))
_SLOTS = {slot.value: slot for slot in Slot}
_DIGIT = re.compile(r"\d")
_LONGEST_WORD = 80
"""The most characters of a word or a name."""


@dataclass(frozen=True, slots=True)
class Note:
    """A cell that is ignored although the rest of the row is used; `text` names the cell."""

    code: str
    text: Said
    address: str


@dataclass(frozen=True, slots=True)
class Desired:
    """What the row asks for, slot by slot; any other slot is unspecified and stays unchanged."""

    slots: tuple[tuple[Slot, DesiredValue], ...]
    sms_sign_in: bool | None = None
    """Whether SMS sign-in is to be on; None = unspecified."""
    region: str = ""
    """The region in which the first national number was read; "" = no number needed one."""
    region_source: RegionSource = RegionSource.NUMBER
    notes: tuple[Note, ...] = ()
    refused: tuple[Refusal, ...] = ()
    """Why the row, slots or SMS sign-in are refused; what is refused stays as it is."""

    @property
    def is_empty(self) -> bool:
        """Whether it asks for nothing that can be used."""
        return not self.slots and self.sms_sign_in is None

    @property
    def is_refused(self) -> bool:
        """Whether something is refused, and nothing is left to do."""
        return bool(self.refused) and self.is_empty

    @property
    def needs_email(self) -> bool:
        """Whether a plan needs the current e-mail address."""
        return any(slot is Slot.EMAIL for slot, _ in self.slots)

    def without(self, slots: Set[Slot]) -> Desired:
        """The desired values without these slots; SMS sign-in belongs to the mobile."""
        kept = tuple((slot, value) for slot, value in self.slots if slot not in slots)
        return replace(self, slots=kept, sms_sign_in=None if Slot.MOBILE in slots else self.sms_sign_in)


@dataclass(frozen=True, slots=True)
class DesiredValueRules:
    """Which desired values the settings and the cloud allow."""

    app_region: str | None = None
    allow_removals: bool = False
    sms_sign_in: SmsSignIn = SmsSignIn.LEAVE
    offers: Capabilities = EVERYTHING
    allowed_calling_codes: frozenset[int] = frozenset()
    """The calling codes that are allowed; empty = all."""
    email_methods: bool = True
    """False = the app uses no e-mail methods, so a row asks for none."""
    delivery: PhoneDelivery = NO_END

    def check_uses(self, slot: Slot) -> None:
        """Raises PermanentError when the app does not use the slot, or Graph does not offer it in this cloud."""
        if slot is not Slot.EMAIL or (self.email_methods and self.offers.email_methods):
            return
        if not self.offers.email_methods:
            raise PermanentError("notAvailableInCloud", "This cloud's Graph has no e-mail methods.")
        info = CODES["emailMethodsOff"]
        raise PermanentError("emailMethodsOff", info.meaning, remedy=info.remedy)


def desired_of_row(
    row: ExportRow, rules: DesiredValueRules, *, usage_location: str | None, file_region: str | None
) -> Desired:
    """The desired values of `row`, and the refused ones: a refused cell costs its own slot.

    Beside a refused number, removals of numbers are refused too; beside a refused mobile, SMS sign-in. A row that is
    refused as a whole (`ExportRow.row_refusals`) has no desired value, and every reason is given.
    """
    country = None if row.country is None else read_country(row.country)
    if isinstance(country, Refusal):
        regions = Regions()  # an unreadable country must not be replaced by a weaker source
    else:
        regions = _regions(country, usage_location, file_region, rules.app_region)
    read: dict[str, NumberRead | EmailAddress | Remove | Refusal] = {
        phone[0]: found for phone in row.phones if (found := _phone(row, phone, regions, rules)) is not None
    }
    if row.email is not None and rules.email_methods:
        read[Slot.EMAIL] = _email(row.email, rules)
    sms_sign_in = _sms_sign_in(row.sms_sign_in, rules)
    refused = list(row.refusals)
    refused += [replace(one, slot=str(slot)) for slot, one in read.items() if isinstance(one, Refusal)]
    if isinstance(sms_sign_in, Refusal):
        refused.append(replace(sms_sign_in, slot=SMS_SIGN_IN))
    if refused:
        refused += _dependent(row, read, {one.slot for one in refused})
    notes: tuple[Note, ...] = ()
    if isinstance(country, Refusal):
        refused, notes = _explained(refused, country)
    if row.row_refusals:
        return Desired((), notes=notes, refused=tuple(refused))
    unusable = {one.slot for one in refused}
    usable = {slot: one for slot, one in read.items() if slot not in unusable and not isinstance(one, Refusal)}
    national = next((one for one in usable.values() if isinstance(one, NumberRead) and one.region), None)
    return Desired(
        tuple([(_SLOTS[slot], one.number if isinstance(one, NumberRead) else one) for slot, one in usable.items()]),
        None if isinstance(sms_sign_in, Refusal) or unusable & {SMS_SIGN_IN, Slot.MOBILE} else sms_sign_in,
        region=(national.region or "") if national else "",
        region_source=national.region_source if national else RegionSource.NUMBER,
        notes=notes,
        refused=tuple(refused),
    )


@lru_cache(maxsize=1024)
def _regions(row: str | None, account: str | None, file: str | None, app: str | None) -> Regions:
    """Remembered, because rows repeat their countries."""
    return Regions(row, account, file, app)


def _dependent(
    row: ExportRow, read: Mapping[str, NumberRead | EmailAddress | Remove | Refusal], refused: Set[str]
) -> Iterator[Refusal]:
    """What is unsafe beside a refused number: a removal, which may be half of a move, and SMS sign-in of the mobile."""
    if not refused & set(PHONE_SLOTS):
        return
    for phone_type, cell in row.phones:
        if isinstance(read.get(phone_type.value), Remove):
            sentence = Said("nothing is removed while another number of the row is refused")
            yield replace(refuse(cell, "removalWaits", sentence), slot=phone_type.value)
    if Slot.MOBILE in refused and row.sms_sign_in is not None and SMS_SIGN_IN not in refused:
        sentence = Said("SMS sign-in is not changed while the mobile number is refused")
        yield replace(refuse(row.sms_sign_in, "smsSignInWaits", sentence), slot=SMS_SIGN_IN)


def _explained(refused: Sequence[Refusal], country: Refusal) -> tuple[list[Refusal], tuple[Note, ...]]:
    """A refusal for a missing region also says why the country is unreadable; without such a refusal a note does."""
    explained = [
        replace(one, reason=joined("; ", [one.reason, country.reason])) if one.code == "regionMissing" else one
        for one in refused
    ]
    return explained, () if explained != list(refused) else (Note(country.code, country.reason, country.address),)


def _phone(
    row: ExportRow, phone: tuple[PhoneType, Cell], regions: Regions, rules: DesiredValueRules
) -> NumberRead | Remove | Refusal | None:
    """The number that the cell and its parts make; None = it is unspecified."""
    phone_type, cell = phone
    if is_remove(cell):
        return _removal(cell, rules)
    parts, reading = row.parts_of(phone_type), row.reading_of(phone_type)
    if parts:
        joined = PhoneParts(
            cell,
            parts.get(Field.CALLING_CODE),
            parts.get(Field.AREA_CODE),
            parts.get(Field.EXTENSION),
            parts.get(Field.DIRECT_DIAL),
        )
        found = read_joined_number(joined, phone_type, regions_of_phone(parts.get(Field.COUNTRY), regions), reading)
    else:
        found = read_number(cell, phone_type, regions, reading)
    return found if found is None or isinstance(found, Refusal) else _allowed(cell, found, rules)


def _allowed(cell: Cell, found: NumberRead, rules: DesiredValueRules) -> NumberRead | Refusal:
    code, allowed = found.number.country_code, rules.allowed_calling_codes
    if not allowed or code in allowed:
        return found
    sentence = Said(
        "numbers of {code} are not allowed here, only those of {allowed}",
        code=f"+{code}",
        allowed=", ".join(f"+{one}" for one in sorted(allowed)),
    )
    return refuse(cell, "callingCodeNotAllowed", sentence)


def regions_of_phone(cell: Cell | None, regions: Regions) -> Regions:
    """A country beside the phone counts as the row's; an unreadable one is not replaced by a weaker source."""
    if cell is None or cell.is_blank:
        return regions
    country = read_country(cell)
    return Regions() if isinstance(country, Refusal) else replace(regions, row=country)


def _email(cell: Cell, rules: DesiredValueRules) -> EmailAddress | Remove | Refusal:
    if not rules.offers.email_methods:
        return refuse(cell, "notAvailableInCloud", Said("this cloud's Graph has no e-mail methods"))
    if is_remove(cell):
        return _removal(cell, rules)
    address = read_email(cell)
    return address if isinstance(address, Refusal) else EmailAddress(address)


def _removal(cell: Cell, rules: DesiredValueRules) -> Remove | Refusal:
    if rules.allow_removals:
        return Remove.REMOVE
    return refuse(cell, "removalNotAllowed", Said("the cell asks for a removal, and removals are not allowed here"))


_FOR_EVERY_ROW = {SmsSignIn.ENABLE: True, SmsSignIn.DISABLE: False}


def _sms_sign_in(cell: Cell | None, rules: DesiredValueRules) -> bool | Refusal | None:
    """The value of the cell, or else of the setting; a refusal if it is not allowed or available.

    Only the setting may switch it off without ALLOW_REMOVALS.
    """
    for_every_row = _FOR_EVERY_ROW.get(rules.sms_sign_in)
    desired = for_every_row if cell is None else _sms_sign_in_cell(cell, for_every_row, rules)
    if desired is None or isinstance(desired, Refusal) or rules.offers.sms_sign_in:
        return desired
    sentence = Said("this cloud's Graph cannot switch SMS sign-in")
    if cell is None:
        return Refusal("notAvailableInCloud", sentence, "")
    return refuse(cell, "notAvailableInCloud", sentence)


def _sms_sign_in_cell(cell: Cell, for_every_row: bool | None, rules: DesiredValueRules) -> bool | Refusal:  # noqa: FBT001 - a value, not a switch
    answer = read_yes_no(cell)
    if isinstance(answer, Refusal) or answer is for_every_row:
        return answer
    if rules.sms_sign_in is not SmsSignIn.COLUMN:
        sentence = Said("the cell asks to change SMS sign-in, which exports may not do here")
        return refuse(cell, "smsSignInNotAllowed", sentence)
    if not answer and not rules.allow_removals:
        sentence = Said("the cell asks to disable SMS sign-in, which is a removal, and removals are not allowed here")
        return refuse(cell, "removalNotAllowed", sentence)
    return answer


def is_remove(cell: Cell) -> bool:
    return cell.kind is CellKind.TEXT and is_remove_word(cell.text)


def is_remove_word(text: str) -> bool:
    """Whether the text is a word that removes a value. No such word has a digit, so most texts are decided at once."""
    return len(text) <= _LONGEST_WORD and not _DIGIT.search(text) and folded(text) in _REMOVE


def read_email(cell: Cell) -> str | Refusal:
    """The e-mail address, refused if its shape is wrong or its domain looks mistyped."""
    address = visible_text(cell.text).removeprefix("mailto:")
    if cell.kind is not CellKind.TEXT or not is_email_address(address):
        return refuse(cell, "emailMalformed", Said("the cell holds no e-mail address"))
    local, _, domain = address.rpartition("@")
    likely = tuple(EmailAddress(f"{local}@{each}") for each in likely_domains(domain))
    if likely:
        sentence = Said("the domain of the e-mail address looks mistyped")
        return refuse(cell, "emailDomainSuspicious", sentence, likely)
    return address
