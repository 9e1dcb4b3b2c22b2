"""Joins several rows of one person: one desired value per slot, or a refusal of rows that contradict each other.

Numbers are compared as they are read for this account, with the country of the row, or of the person's other rows if
the row names none. A blank cell is unspecified.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from shared.core.export.country import read_country
from shared.core.export.desired import Desired, DesiredValueRules, desired_of_row
from shared.core.export.export_row import ExportRow
from shared.core.export.places import ONE_SHEET, Places
from shared.core.export.row_json import row_to_json
from shared.core.values.cell import SMS_SIGN_IN, Cell, Refusal
from shared.core.values.said import Said
from shared.core.values.slot import PHONE_SLOTS, DesiredValue, Remove, Slot

CONFLICTING_ROWS = "conflictingRows"
"""The code of rows of one person that contradict each other."""
MOST_ROWS = 6
"""The most rows of one person with different cells; a file with one row per phone needs four."""
_LONGEST_STORED = 30_000
"""The most characters of all these rows, below the 32 K of a table property."""


def united(first: ExportRow, others: Iterable[ExportRow]) -> ExportRow | None:
    """`first`, which then stands for the other rows too; None = they are too many, or too long, to be stored in one."""
    listed = (first, *others)
    if len(listed) == 1 and not first.also:
        return first
    rows = {one.row: replace(one, also=()) for row in listed for one in (row, *row.also)}
    together = replace(first, also=tuple(rows[number] for number in sorted(rows) if number != first.row))
    if len(rows) > MOST_ROWS or len(json.dumps(row_to_json(together), ensure_ascii=False)) > _LONGEST_STORED:
        return None
    return together


def desired_of_person(
    row: ExportRow,
    rules: DesiredValueRules,
    *,
    usage_location: str | None,
    file_region: str | None,
    places: Places = ONE_SHEET,
) -> Desired:
    """The desired values of `row` and of the rows for which it stands; rows that contradict each other are all refused.

    A slot with a value in one row and a refused cell in another one is refused. Reasons name rows by `places`.
    """
    if not row.also:
        return desired_of_row(row, rules, usage_location=usage_location, file_region=file_region)
    country = _country_of_all((row, *row.also))
    found = [
        desired_of_row(
            replace(one, country=one.country or country), rules, usage_location=usage_location, file_region=file_region
        )
        for one in (row, *row.also)
    ]
    values: dict[Slot, DesiredValue] = {}
    for slot, value in (pair for desired in found for pair in desired.slots):
        if values.setdefault(slot, value) != value:
            return _contradicting(row, places)
    switches = {desired.sms_sign_in for desired in found} - {None}
    if len(switches) > 1:
        return _contradicting(row, places)
    refused = list(dict.fromkeys(refusal for desired in found for refusal in desired.refused))
    refused += _dependent(values, switches, {refusal.slot for refusal in refused})
    unusable = {refusal.slot for refusal in refused}
    region = next((desired for desired in found if desired.region), found[0])
    return Desired(
        tuple((slot, value) for slot, value in values.items() if slot not in unusable),
        None if unusable & {SMS_SIGN_IN, Slot.MOBILE} else next(iter(switches), None),
        region=region.region,
        region_source=region.region_source,
        notes=tuple(dict.fromkeys(note for desired in found for note in desired.notes)),
        refused=tuple(refused),
    )


def contradiction(others: Collection[int], places: Places) -> Said:
    """The reason of a row that other rows of its person contradict."""
    return Said(
        "{rows} asks for other values for this person"
        if len(others) == 1
        else "{rows} ask for other values for this person",
        rows=places.name_all(others),
    )


def _contradicting(row: ExportRow, places: Places) -> Desired:
    reason = contradiction([one.row for one in row.also], places)
    return Desired((), refused=(Refusal(CONFLICTING_ROWS, reason, ""),))


def _country_of_all(rows: Sequence[ExportRow]) -> Cell | None:
    """The country for rows that name none: that of the other rows, if they agree."""
    cells = [row.country for row in rows if row.country is not None]
    return cells[0] if len({str(read_country(cell)) for cell in cells}) == 1 else None


def _dependent(values: dict[Slot, DesiredValue], switches: set[bool | None], refused: set[str]) -> list[Refusal]:
    """Refusals of what depends on a number that another row refuses, as `desired_of_row` has them within one row."""
    if not refused & set(PHONE_SLOTS):
        return []
    removals = [slot for slot, value in values.items() if slot in PHONE_SLOTS and value is Remove.REMOVE]
    sentence = Said("nothing is removed while another number of the person is refused")
    waiting = [Refusal("removalWaits", sentence, "", slot=slot.value) for slot in removals if slot not in refused]
    if Slot.MOBILE in refused and switches and SMS_SIGN_IN not in refused:
        sentence = Said("SMS sign-in is not changed while the mobile number is refused")
        waiting.append(Refusal("smsSignInWaits", sentence, "", slot=SMS_SIGN_IN))
    return waiting
