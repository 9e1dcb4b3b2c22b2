"""How an undo restores a person's ownership record: the record before the run that is undone, and after the undo.

Before a run changes a record, `record_before` notes the parts that the run's row is about. The row stores them, then
changes.json does; a row of an undo carries them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from shared.core.numbers.old_forms import same_value
from shared.core.person.account import Methods, signs_in_by_sms
from shared.core.plan.operations import slot_of
from shared.core.plan.plan import Plan, SlotPlan
from shared.core.plan.verdict import CHANGES, Action
from shared.core.record.known_values import Known
from shared.core.record.ownership_record import OwnershipRecord, SlotRecord, Writing, with_switched
from shared.core.record.slot_texts import slot_from_texts, slot_to_texts, time_from_text, to_text
from shared.core.run.row import Row
from shared.core.run.run import Run
from shared.core.run.undoing import WANTED, Undoing
from shared.core.values.slot import DesiredValue, MaskedValue, Remove, Slot, StoredValue, value_to_json
from shared.core.values.states import RowState


def record_before(record: OwnershipRecord, run: Run, row: Row, plan: Plan, current: Methods) -> str:
    """The slots of the record, and SMS sign-in, that the row's `plan` is about, as JSON.

    Of a slot for which a row only confirms the desired value, only the fields in `WANTED` are noted. The note of an
    earlier delivery stays if the row or the record may have been written since.
    """
    is_written = row.undoing is not None or row.state is RowState.WRITING or _is_set_by(run, record)
    earlier: dict[str, Any] = json.loads(row.before) if row.before and is_written else {}
    slots = {one.slot.value: _noted(record, plan, one) for one in plan.slots if not one.is_overtaken}
    changed = row.undoing.changed_slots if row.undoing else set[Slot]()
    slots |= {slot.value: _texts(record.slots.get(slot, SlotRecord())) for slot in changed}
    found: dict[str, Any] = {"exportTime": to_text(record.export_time), "run": record.run, "slots": slots}
    if plan.sms_sign_in is not None or (row.undoing and "smsWantedAt" in row.undoing.before):
        found |= {"smsWantedAt": to_text(record.sms_wanted_at), "smsWantedBy": record.sms_wanted_by}
        found |= {"smsUndone": record.sms_undone, "smsDeclined": record.sms_declined}
        found |= {"smsAsked": plan.sms_sign_in and plan.sms_sign_in.desired}
    if any(slot_of(operation) is Slot.MOBILE for operation in plan.operations):
        found |= {
            "smsSignIn": signs_in_by_sms(current.sms_sign_in_state),
            "mobile": value_to_json(current.value(Slot.MOBILE)),
        }
    return json.dumps({**found, **earlier, "slots": slots | earlier.get("slots", {})}, ensure_ascii=False)


def _is_set_by(run: Run, record: OwnershipRecord) -> bool:
    return any(entry.wanted_by == run.id for entry in record.slots.values()) or record.sms_wanted_by == run.id


def _noted(record: OwnershipRecord, plan: Plan, planned: SlotPlan) -> dict[str, str]:
    entry = record.slots.get(planned.slot, SlotRecord())
    is_adopted = planned.verdict.action is Action.UNCHANGED and (
        not same_value(entry.base, planned.desired) or entry.undone is not None
    )
    if plan.operations or is_adopted or not same_value(entry.desired, planned.desired):
        return _texts(entry)
    return {name: to_text(getattr(entry, name)) for name in WANTED}


def _texts(entry: SlotRecord) -> dict[str, str]:
    return {name: text for name, text in slot_to_texts(entry).items() if text}


def _before(slot: Slot, entry: SlotRecord, texts: Mapping[str, str]) -> SlotRecord:
    """The slot as it was noted; perhaps only the fields in `WANTED` were."""
    if texts.keys() != WANTED:
        return slot_from_texts(slot, texts)
    return replace(entry, wanted_at=time_from_text(texts["wanted_at"]), wanted_by=texts["wanted_by"])


def known_for_undo(known: Known, undoing: Undoing) -> Known:
    """The known values, with the values that the undone run wrote as the base."""
    written = {one.slot: one.new for one in undoing.slots}
    base = {slot: value for slot, value in {**known.base, **written}.items() if value is not None}
    return replace(known, base=base)


def restored(
    record: OwnershipRecord, plan: Plan, run: Run, undoing: Undoing, writing: Writing | None
) -> OwnershipRecord:
    """The record once the undo's `plan` is done: as it was before the run that is undone.

    Slots that were specified since, and those that the undo may not restore, stay as they are. The undo's own writes
    are noted, so that a late replica is not believed. A value that the app did not own before does not become a base
    when it is given back.
    """
    before, slots = undoing.before, dict(record.slots)
    refused = {refusal.slot for refusal in plan.refused}
    given_back = {slot for slot in undoing.changed_slots if slot.value not in refused} - record.set_later_than(*run.age)
    for slot in given_back:
        planned = next((one for one in plan.slots if one.slot is slot), None)
        entry = record.slots.get(slot, SlotRecord())
        was = _before(slot, entry, before.get("slots", {}).get(slot.value, {}))
        slots[slot] = _after(entry, was, planned, writing)
    for one in undoing.slots:
        if one.slot in given_back and not same_value(one.old, one.new):
            slots[one.slot] = replace(slots[one.slot], undone=_desired(one.new))
    after = replace(record, slots={slot: entry for slot, entry in slots.items() if entry != SlotRecord()})
    if not record.is_newer_than(*run.age):
        after = replace(after, export_time=time_from_text(before.get("exportTime")), run=before.get("run", ""))
    if "smsWantedAt" in before and not record.is_switch_set_later_than(*run.age):
        after = replace(
            after,
            sms_wanted_at=time_from_text(before["smsWantedAt"]),
            sms_wanted_by=before.get("smsWantedBy", ""),
            sms_undone=before.get("smsUndone") if undoing.undone_switch is None else undoing.undone_switch,
            sms_declined=before.get("smsDeclined"),
        )
    return with_switched(after, plan, writing)


def _after(entry: SlotRecord, was: SlotRecord, planned: SlotPlan | None, writing: Writing | None) -> SlotRecord:
    if planned is None or planned.verdict.action not in CHANGES:
        return was
    if writing is not None:
        written = replace(
            entry,
            confirmation=writing.confirmation,
            written_at=writing.at,
            previous=planned.old,
            rewritten=False,
        )
    elif (
        same_value(entry.written, planned.desired) and entry.wanted_by == was.wanted_by
    ):  # written by an earlier delivery
        written = entry
    else:
        return was
    is_given_back = not same_value(was.base, planned.desired)
    return replace(
        was,
        written=planned.desired,
        confirmation=written.confirmation,
        written_at=written.written_at,
        previous=written.previous,
        rewritten=False,
        given_back=is_given_back,
        owned=was.base if is_given_back else None,
    )


def _desired(written: StoredValue | None) -> DesiredValue | None:
    """What the undone run asked for in the slot; None = not known, because Graph masks it."""
    if written is None:
        return Remove.REMOVE
    return None if isinstance(written, MaskedValue) else written
