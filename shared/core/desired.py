"""What a row wants for its person: the cells of an `ExportRow` read with everything known about the person.

Called by plan, once the account is known, because a national number may need the account's usage location.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from shared.core.cell import Cell
from shared.core.export_row import ExportRow
from shared.core.fields import is_remove, read_country, read_email, read_yes_no
from shared.core.numbers import NumberRead, Regions, RegionSource, read_number
from shared.core.phone import PhoneNumber, PhoneType
from shared.core.refusal import Refusal, refuse


class Remove(Enum):
    """The wish that a slot be empty."""

    REMOVE = "remove"


Wish = PhoneNumber | Remove


@dataclass(frozen=True, slots=True)
class Note:
    """Something the row asks for that is left alone without stopping the rest; `text` names the cell."""

    code: str
    text: str
    address: str


@dataclass(frozen=True, slots=True)
class Desired:
    """Slots the row has an opinion on; any other slot is left as it is."""

    phones: tuple[tuple[PhoneType, Wish], ...]
    region: str = ""
    """The region that national numbers were read in; "" when every number names its country."""
    region_source: RegionSource = RegionSource.NUMBER
    notes: tuple[Note, ...] = ()


def desire(
    row: ExportRow,
    *,
    usage_location: str | None,
    file_region: str | None,
    app_region: str | None,
    allow_removals: bool,
) -> Desired | tuple[Refusal, ...]:
    """The wishes of `row`, or every reason why none of it is obeyed: one doubtful cell refuses the whole row."""
    country = None if row.country is None else read_country(row.country)
    if isinstance(country, Refusal):
        regions = Regions()  # a country that cannot be read must not give way to a weaker source
    else:
        regions = Regions(row=country, account=usage_location, file=file_region, app=app_region)
    read = [
        (phone_type, _read(cell, phone_type, regions, allow_removals=allow_removals)) for phone_type, cell in row.phones
    ]
    refusals = [*row.refusals, *(found for _, found in read if isinstance(found, Refusal))]
    if isinstance(country, Refusal) and refusals:
        refusals.append(country)
    if row.sms_sign_in is not None:
        refusals.append(_sms_sign_in(row.sms_sign_in))
    if refusals:
        return tuple(refusals)
    national = next((found for _, found in read if isinstance(found, NumberRead) and found.region), None)
    return Desired(
        phones=tuple((phone_type, _value(found)) for phone_type, found in read if not isinstance(found, Refusal)),
        region=(national.region or "") if national else "",
        region_source=national.region_source if national else RegionSource.NUMBER,
        notes=_notes(row, country),
    )


def _read(
    cell: Cell, phone_type: PhoneType, regions: Regions, *, allow_removals: bool
) -> NumberRead | Remove | Refusal:
    if not is_remove(cell):
        return read_number(cell, phone_type, regions)
    if allow_removals:
        return Remove.REMOVE
    return refuse(cell, "removalNotAllowed", "the cell asks for a removal, and removals are switched off")


def _value(found: NumberRead | Remove) -> Wish:
    return found.number if isinstance(found, NumberRead) else found


def _sms_sign_in(cell: Cell) -> Refusal:
    answer = read_yes_no(cell)
    if isinstance(answer, Refusal):
        return answer
    return refuse(cell, "smsSignInSwitchedOff", "the cell asks to change SMS sign-in, which this app leaves alone")


def _notes(row: ExportRow, country: str | Refusal | None) -> tuple[Note, ...]:
    notes = []
    if isinstance(country, Refusal):
        notes.append(Note(country.code, country.reason, country.address))
    if row.email is not None:
        email = read_email(row.email)
        if isinstance(email, Refusal):
            notes.append(Note(email.code, email.reason, email.address))
        else:
            text = f"{row.email.address}: the e-mail address is not provisioned yet"
            notes.append(Note("emailNotProvisioned", text, row.email.address))
    return tuple(notes)
