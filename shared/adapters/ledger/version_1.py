"""Brings entities that version 0.1.0 stored to today's properties; an entity of today passes unchanged.

`tests/snapshots/0.1.0` holds such entities. Full writes leave no old property behind.
"""

from __future__ import annotations

from collections.abc import Mapping

from shared.adapters.storage.ports import PropertyValue, Values
from shared.core.record.ownership_record import Confirmation
from shared.core.values.slot import Slot

_NOTHING = "nothing"
_PERSON_COLUMNS = {"exportTime": "wantedAt"}
_SLOT_COLUMNS = {"Desired": "Wanted", "Written": "Wrote"}


def person(values: Values) -> Values:
    """An entity of `People`: old slot properties give way to new ones, one by one."""
    if "wantedAt" not in values:
        return values
    found: dict[str, PropertyValue] = {new: values[old] for new, old in _PERSON_COLUMNS.items()}
    for slot in Slot:
        found |= {f"{slot}{new}": values[f"{slot}{old}"] for new, old in _SLOT_COLUMNS.items()}
        found |= _confirmation(slot, values)
    return {**found, **values}


def _confirmation(slot: Slot, values: Values) -> Mapping[str, PropertyValue]:
    """`Unseen` repeated a value that Graph had accepted and not shown; `Before` was what such a write replaced."""
    unseen, before = str(values[f"{slot}Unseen"]), str(values[f"{slot}Before"])
    unproven = Confirmation.ACCEPTED if unseen else Confirmation.IN_DOUBT
    confirmation = unproven if unseen or before else Confirmation.CONFIRMED
    return {f"{slot}Confirmation": confirmation.value, f"{slot}Previous": "" if before == _NOTHING else before}
