"""Converts entities that version 0.1.0 stored to the present properties.

`tests/snapshots/0.1.0` holds such entities. A write of the whole entity removes its old properties.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from shared.core.record.ownership_record import Confirmation
from shared.core.run.attempts import DecisionKind
from shared.core.values.former_codes import code_now, former_code
from shared.core.values.slot import Slot
from shared.core.values.states import Source
from shared.core.values.storage import PropertyValue, Values

PERSON, ROW, RUN = "wantedAt", "givenBack", "resultBlob"
"""For each kind of entity, a property that only version 0.1.0 stored."""
_NOTHING = "nothing"
_SLOT_COLUMNS = {"Desired": "Wanted", "Written": "Wrote"}
_ROW_COLUMNS = {"exportRow": "desired", "throttledTimes": "givenBack", "throttledSeconds": "givenBackSeconds"}
_RUN_COLUMNS = {
    "advancedBy": "movedBy",
    "readPosition": "place",
    "peopleWithoutRow": "withoutRow",
    "closedShards": "closed",
    "contentSha256": "content",
    "fileModifiedAt": "modified",
    "stateHistory": "entered",
    "exportReads": "attempts",
}
_FIGURES = ("people", "matched", "creates", "updates", "removals", "refused", "unmatched", "outside")
NOT_CLOSED = {"resultBlob": [""]}
"""A query for runs of version 0.1.0 that are not closed."""
_NO_RESULT = "none"
_HTTP = "http"
ROW_NUMBERS_BLANKED = {"desired": ""}
"""The old property with numbers, which a merge keeps unless it blanks it."""


def person(values: Values) -> Values:
    """Convert an entity of `People`: each old slot property becomes a new one."""
    found: dict[str, PropertyValue] = {"exportTime": values["wantedAt"]}
    for slot in Slot:
        found |= {f"{slot}{new}": values[f"{slot}{old}"] for new, old in _SLOT_COLUMNS.items()}
        found |= _confirmation(slot, values)
    return {**found, **values}


def written(slot: Slot) -> str:
    """The old property that held the base."""
    return f"{slot}{_SLOT_COLUMNS['Written']}"


def _confirmation(slot: Slot, values: Values) -> Mapping[str, PropertyValue]:
    """The confirmation. `Unseen` was a value that Graph had accepted and not shown, `Before` the value before it."""
    unseen, before = str(values[f"{slot}Unseen"]), str(values[f"{slot}Before"])
    unproven = Confirmation.ACCEPTED if unseen else Confirmation.IN_DOUBT
    confirmation = unproven if unseen or before else Confirmation.CONFIRMED
    return {f"{slot}Confirmation": confirmation.value, f"{slot}Previous": "" if before == _NOTHING else before}


def row(values: Values) -> Values:
    """Convert an entity of `Rows`."""
    found: dict[str, PropertyValue] = {new: values[old] for new, old in _ROW_COLUMNS.items()}
    found |= values
    return {**found, "code": code_now(str(found["code"])), "plan": _plan(str(found["plan"]))}


def _plan(text: str) -> str:
    """The plan with the present codes of its slots."""
    if not text:
        return ""
    plan = json.loads(text)
    for part in (*plan["slots"], *([plan["smsSignIn"]] if "smsSignIn" in plan else ())):
        part["code"] = code_now(part["code"])
    return json.dumps(plan)


def run(values: Values) -> Values:
    """Convert an entity of `Runs`. It had no attempts, so its plan, approval and result become those of one attempt."""
    result, planned = str(values["resultBlob"]), json.loads(str(values["planned"]))
    found = dict(values) | {new: values[old] for new, old in _RUN_COLUMNS.items()}
    return found | {
        "code": code_now(str(values["code"])),
        "source": _source(values),
        "attempts": json.dumps([_attempt(values, planned, "" if result == _NO_RESULT else result)]),
        "readFigures": json.dumps(figures) if (figures := _read_figures(values, planned)) else "",
        "closed": bool(result),
    }


def also_stored_as(sources: Collection[Source]) -> set[str]:
    """The names under which runs of these sources are stored."""
    return {*sources, *({_HTTP} if {Source.UPLOAD, Source.CALL} & set(sources) else ())}


def _source(values: Values) -> PropertyValue:
    """Version 0.1.0 stored `http` for uploads and for calls for one person. Only uploads have a copy of a file."""
    if values["source"] != _HTTP:
        return values["source"]
    return (Source.UPLOAD if values["inputBlob"] else Source.CALL).value


def _attempt(values: Values, planned: Mapping[str, int], result: str) -> dict[str, Any]:
    """Version 0.1.0 recorded only approvals, without their time, so the time of the run's last change is used."""
    approval = {
        "kind": DecisionKind.APPROVED,
        "by": values["approvedBy"],
        "at": values["updatedAt"],
        "digest": values["digest"],
    }
    return {
        "started_by": values["startedBy"],
        "decisions": [approval] if values["approvedBy"] else [],
        "plan": {
            "digest": values["digest"],
            "digest_version": 1,
            "is_verified": values["digestChecked"],
            "figures": {name: planned[name] for name in _FIGURES} if "creates" in planned else None,
        },
        "counts": json.loads(str(values["counts"])),
        "result_blob": result,
    }


def _read_figures(values: Values, planned: Mapping[str, int]) -> dict[str, int] | None:
    names = {"drifted": "drifted", "unread": "not_read", "leavers": "leavers", "restarts": "restarts"}
    found = {new: planned[old] for old, new in names.items() if old in planned}
    if not found:
        return None
    return found | ({"people": planned["people"]} if values["source"] == Source.RECONCILE else {})


def has_former(codes: Iterable[str]) -> bool:
    """Whether a row with one of these codes may be stored under another code."""
    return any(former_code(code) != code for code in codes)
