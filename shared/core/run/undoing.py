"""The values that an undo restores for one person, from the undone run's changes.json: per slot what that run wrote,
and the value before.

A row of an undo carries them until it needs no more work.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from shared.core.export.desired import Desired, DesiredValueRules
from shared.core.numbers.old_forms import same_value
from shared.core.values.cell import SMS_SIGN_IN, Refusal
from shared.core.values.errors import PermanentError
from shared.core.values.said import Said
from shared.core.values.slot import DesiredValue, MaskedValue, Remove, Slot, StoredValue, value_from_json, value_to_json

WANTED = frozenset({"wanted_at", "wanted_by"})
"""The only fields that are noted of a slot for which a run has only asked again for the value already desired."""
_MASKED = Said("Graph showed only a part of the value that was there before, so it is not known")


@dataclass(frozen=True, slots=True)
class WrittenSlot:
    """The value of a slot before a run and after it; None = the slot was empty."""

    slot: Slot
    old: StoredValue | None
    new: StoredValue | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Reads the JSON of changes.json and of the ledger."""
        slot = Slot(data["slot"])
        return cls(slot, value_from_json(slot, data["old"]), value_from_json(slot, data["new"]))

    def to_json(self) -> dict[str, Any]:
        return {"slot": self.slot.value, "old": value_to_json(self.old), "new": value_to_json(self.new)}


@dataclass(frozen=True, slots=True)
class Undoing:
    slots: tuple[WrittenSlot, ...]
    sms_sign_in: bool | None = None
    """Whether SMS sign-in was on before; None = the undo does not change it."""
    before: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The person's ownership record before the run, as `core.record.undone` reads it."""

    @property
    def undone_switch(self) -> bool | None:
        """The switch of SMS sign-in that the run asked for and that is undone; None = there is none."""
        asked: bool | None = self.before.get("smsAsked")
        return asked if self.sms_sign_in is not None and self.sms_sign_in is not asked else None

    @property
    def changed_slots(self) -> set[Slot]:
        """The slots that the run has written, or whose ownership record it has changed."""
        return {one.slot for one in self.slots} | set(map(Slot, self.before.get("slots", {})))

    def desired(self, rules: DesiredValueRules) -> Desired:
        """The values before. A value that is not known, or that the app may not write, is refused."""
        slots, refused = list[tuple[Slot, DesiredValue]](), list[Refusal]()
        for one in self.slots:
            refusal = _refusal(one, rules)
            if refusal is not None:
                refused.append(refusal)
            elif not isinstance(one.old, MaskedValue):
                slots.append((one.slot, Remove.REMOVE if one.old is None else one.old))
        return Desired(tuple(slots), self.sms_sign_in, refused=tuple(refused))


def _refusal(written: WrittenSlot, rules: DesiredValueRules) -> Refusal | None:
    if isinstance(written.old, MaskedValue):
        return Refusal("valueMasked", _MASKED, "", slot=written.slot.value)
    try:
        rules.check_uses(written.slot)
    except PermanentError as error:
        return Refusal(error.code, error.message, "", slot=written.slot.value)
    return None


def undoings_of(attempts: Iterable[Mapping[str, Any]]) -> dict[str, Undoing]:
    """What an undo restores, by object id; `attempts` are the contents of changes.json, the newest first.

    A slot that several attempts wrote gets the value from before the first of them, as long as each attempt found the
    value that the one before it had written.
    """
    by_person: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for attempt in attempts:
        for change in attempt["changes"]:
            by_person[change["id"]].append(change)
        for group in attempt.get("confirmed", ()):
            for person in group["people"]:
                by_person[person].append({"slots": (), "before": group["before"]})
    return {person: _undoing(changes) for person, changes in by_person.items()}


def _undoing(changes: Iterable[Mapping[str, Any]]) -> Undoing:
    slots, before, switched = dict[Slot, WrittenSlot](), dict[str, Any](), dict[str, Any]()
    for change in changes:
        earlier = dict(change.get("before", {}))
        for one in change["slots"]:
            if one["slot"] == SMS_SIGN_IN:
                switched = {"smsSignIn": one["old"] == "on"}
                continue
            written = WrittenSlot.from_json(one)
            newer = slots.get(written.slot)
            if newer is None or same_value(written.new, newer.old):
                slots[written.slot] = written if newer is None else WrittenSlot(written.slot, written.old, newer.new)
            elif written.slot is Slot.MOBILE:
                # Others changed the mobile in between, so its number and SMS sign-in before the
                # older attempt do not count.
                earlier = {name: value for name, value in earlier.items() if name not in {"mobile", "smsSignIn"}}
        before = {**before, **earlier, "slots": _slots_before(before.get("slots", {}), earlier.get("slots", {}))}
    was = switched | before
    number = value_from_json(Slot.MOBILE, was.get("mobile"))
    if switched and number is not None:  # the switch is undone only with this number
        slots.setdefault(Slot.MOBILE, WrittenSlot(Slot.MOBILE, number, number))
    is_switched = bool(switched) or Slot.MOBILE in slots
    had_mobile = Slot.MOBILE not in slots or slots[Slot.MOBILE].old is not None
    return Undoing(tuple(slots.values()), was.get("smsSignIn") if is_switched and had_mobile else None, before)


def _slots_before(newer: Mapping[str, Any], older: Mapping[str, Any]) -> dict[str, Any]:
    """The slots as the older attempt noted them; where it noted only WANTED, the rest is from the newer attempt."""
    times = {slot: {**newer.get(slot, {}), **texts} for slot, texts in older.items() if texts.keys() == WANTED}
    return {**newer, **older, **times}


def undoing_to_json(undoing: Undoing) -> dict[str, Any]:
    """Values in clear; only for the ledger."""
    slots = [one.to_json() for one in undoing.slots]
    return {"slots": slots, "smsSignIn": undoing.sms_sign_in, "before": undoing.before}


def undoing_from_json(data: Mapping[str, Any]) -> Undoing:
    return Undoing(tuple(map(WrittenSlot.from_json, data["slots"])), data["smsSignIn"], data["before"])
