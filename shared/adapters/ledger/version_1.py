"""Brings entities that version 0.1.0 stored to today's properties; an entity of today passes unchanged.

`tests/snapshots/0.1.0` holds such entities. Full writes leave no old property behind.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from shared.adapters.storage.ports import PropertyValue, Values
from shared.core.record.ownership_record import Confirmation
from shared.core.values.former_codes import code_now
from shared.core.values.slot import Slot

_NOTHING = "nothing"
_PERSON_COLUMNS = {"exportTime": "wantedAt"}
_SLOT_COLUMNS = {"Desired": "Wanted", "Written": "Wrote"}
_ROW_COLUMNS = {"exportRow": "desired", "throttledTimes": "givenBack", "throttledSeconds": "givenBackSeconds"}
ROW_NUMBERS_BLANKED = {"desired": ""}
"""The old property that holds numbers, which a merge would leave behind."""


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


def row(values: Values) -> Values:
    """An entity of `Rows`."""
    if "givenBack" not in values:
        return values
    found: dict[str, PropertyValue] = {new: values[old] for new, old in _ROW_COLUMNS.items()}
    found |= values
    return {**found, "code": code_now(str(found["code"])), "plan": _plan(str(found["plan"]))}


def _plan(text: str) -> str:
    """The plan with today's codes beside its slots."""
    if not text:
        return ""
    plan = json.loads(text)
    for part in (*plan["slots"], *([plan["smsSignIn"]] if "smsSignIn" in plan else ())):
        part["code"] = code_now(part["code"])
    return json.dumps(plan)
