"""The known values of a person: those that Graph shows, corrected by the app's own writes.

Graph's replicas may be late, so a read that contradicts a recent write of this app proves nothing.
`docs/known-values.md` has the table, and says what follows for plans, calls and reconciles; a test compares it with
`knowledge_of`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

from shared.core.numbers.old_forms import same_value
from shared.core.person.account import SMS_READY, Methods
from shared.core.record.ownership_record import Confirmation, OwnershipRecord, SlotRecord
from shared.core.values.slot import MaskedValue, Slot, StoredValue

LOST_AFTER = timedelta(hours=1)
"""An accepted write that no read has shown for this time was lost, or Graph does not show the value at all."""


class Knowledge(StrEnum):
    """What is known about the app's last write to a slot."""

    CONFIRMED = "confirmed"
    ACCEPTED = "accepted"
    IN_DOUBT = "in doubt"
    CONTRADICTED = "contradicted"
    """Graph shows something else, but the read may come from a late replica."""
    LOST = "lost"


class Trust(StrEnum):
    """What the app takes the slot to hold, and so what it does."""

    BELIEVE = "believe"
    """The slot holds what the read shows."""
    SEND = "send"
    """The slot holds what was written; a change is sent even if it asks for that same value."""
    VERIFY = "verify"
    """As `SEND`; but if a person's own choice counts, the slot is read again first."""
    HOLD = "hold"
    """The write was accepted or repeated, and Graph does not show it: the slot is taken neither as empty nor as
    changed."""
    WRITE_AGAIN = "write again"
    """The slot holds what it held before the write."""


class Shown(StrEnum):
    """The value that a read shows, compared with the app's last write."""

    AS_WRITTEN = "as written"
    AS_BEFORE = "the value before"
    STILL_NOTHING = "nothing, as before"
    NOTHING = "nothing"
    ANOTHER = "another value"


class Age(StrEnum):
    """The time since the app's last write; `LATER` if it is not known, or if there was no write."""

    WITHIN_LAG = "within the lag"
    WITHIN_HOUR = "up to an hour"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class SlotKnowledge:
    state: Knowledge
    trust: Trust


_CONFIRMED = SlotKnowledge(Knowledge.CONFIRMED, Trust.BELIEVE)
_ACCEPTED = SlotKnowledge(Knowledge.ACCEPTED, Trust.BELIEVE)
_HIDDEN = SlotKnowledge(Knowledge.ACCEPTED, Trust.HOLD)
_STALE = SlotKnowledge(Knowledge.CONTRADICTED, Trust.SEND)
_FOREIGN = SlotKnowledge(Knowledge.CONTRADICTED, Trust.VERIFY)
_LOST = SlotKnowledge(Knowledge.LOST, Trust.WRITE_AGAIN)
_DOUBTED = SlotKnowledge(Knowledge.IN_DOUBT, Trust.BELIEVE)
_OPEN = SlotKnowledge(Knowledge.IN_DOUBT, Trust.SEND)
_OPEN_FOREIGN = SlotKnowledge(Knowledge.IN_DOUBT, Trust.VERIFY)

_BY_AGE: Mapping[tuple[Confirmation, Shown], Mapping[Age, SlotKnowledge]] = {
    key: dict(zip(Age, cells, strict=True))
    for key, cells in {
        (Confirmation.CONFIRMED, Shown.AS_WRITTEN): (_CONFIRMED, _CONFIRMED, _CONFIRMED),
        (Confirmation.CONFIRMED, Shown.AS_BEFORE): (_STALE, _CONFIRMED, _CONFIRMED),
        (Confirmation.CONFIRMED, Shown.STILL_NOTHING): (_STALE, _CONFIRMED, _CONFIRMED),
        (Confirmation.CONFIRMED, Shown.NOTHING): (_FOREIGN, _CONFIRMED, _CONFIRMED),
        (Confirmation.CONFIRMED, Shown.ANOTHER): (_FOREIGN, _CONFIRMED, _CONFIRMED),
        (Confirmation.ACCEPTED, Shown.AS_WRITTEN): (_ACCEPTED, _CONFIRMED, _CONFIRMED),
        (Confirmation.ACCEPTED, Shown.AS_BEFORE): (_STALE, _STALE, _LOST),
        (Confirmation.ACCEPTED, Shown.STILL_NOTHING): (_STALE, _HIDDEN, _LOST),
        (Confirmation.ACCEPTED, Shown.NOTHING): (_FOREIGN, _HIDDEN, _HIDDEN),
        (Confirmation.ACCEPTED, Shown.ANOTHER): (_FOREIGN, _ACCEPTED, _ACCEPTED),
        (Confirmation.IN_DOUBT, Shown.AS_WRITTEN): (_OPEN, _CONFIRMED, _CONFIRMED),
        (Confirmation.IN_DOUBT, Shown.AS_BEFORE): (_OPEN, _LOST, _LOST),
        (Confirmation.IN_DOUBT, Shown.STILL_NOTHING): (_OPEN, _LOST, _LOST),
        (Confirmation.IN_DOUBT, Shown.NOTHING): (_OPEN_FOREIGN, _DOUBTED, _DOUBTED),
        (Confirmation.IN_DOUBT, Shown.ANOTHER): (_OPEN_FOREIGN, _DOUBTED, _DOUBTED),
    }.items()
}


def knowledge_of(entry: SlotRecord, shown: StoredValue | None, now: datetime, lag: timedelta) -> SlotKnowledge:
    """The cell of the table, except that a repeated write is never taken as lost.

    A value of which Graph shows only a part cannot be compared, so it is believed.
    """
    if isinstance(shown, MaskedValue):
        return SlotKnowledge(Knowledge[entry.confirmation.name], Trust.BELIEVE)
    found = _BY_AGE[entry.confirmation, shown_of(entry, shown)][age_of(entry, now, lag)]
    return _HIDDEN if found is _LOST and entry.rewritten else found


def shown_of(entry: SlotRecord, shown: StoredValue | None) -> Shown:
    if same_value(shown, entry.written):
        return Shown.AS_WRITTEN
    if same_value(shown, entry.previous):
        return Shown.STILL_NOTHING if shown is None else Shown.AS_BEFORE
    return Shown.NOTHING if shown is None else Shown.ANOTHER


def age_of(entry: SlotRecord, now: datetime, lag: timedelta) -> Age:
    if entry.written_at is None or now - entry.written_at >= LOST_AFTER:
        return Age.LATER
    return Age.WITHIN_LAG if is_young(entry, now, lag) else Age.WITHIN_HOUR


def is_young(entry: SlotRecord, now: datetime, lag: timedelta) -> bool:
    """Whether the app's last write to the slot is so recent that a read may not show it yet."""
    return entry.written_at is not None and now - entry.written_at < lag


@dataclass(frozen=True, slots=True)
class Known:
    """The values of a person's slots as far as known, for plans and calls."""

    current: Methods
    """The methods as Graph shows them, except for slots that hold what was written."""
    base: Mapping[Slot, StoredValue]
    """The base of each slot; after a lost write it is the value before."""
    never_shown: frozenset[Slot] = frozenset()
    """The slots that may hold what was written last, although Graph does not show it; see `Trust.HOLD`."""
    unsettled: Mapping[Slot, StoredValue | None] = field(default_factory=dict)
    """The slots whose change is sent in any case, with what Graph shows."""
    unclear: frozenset[Slot] = frozenset()
    """The unsettled slots in which a person may have chosen a value of their own."""
    lost: frozenset[Slot] = frozenset()
    """The slots whose last write was lost, so that it is to be repeated."""
    sms_unsettled: bool = False
    """Whether SMS sign-in is switched in any case, because the state that Graph shows may be that before the app's last
    switch, or before its last write of the mobile."""

    def as_written(self, slot: Slot) -> Known:
        """The same values, but the current value of the slot is its base, whatever Graph shows."""
        return replace(self, current=self.current.with_value(slot, self.base.get(slot)))


def known_values(record: OwnershipRecord, shown: Methods, now: datetime, lag: timedelta) -> Known:
    """The slots of the record by the table, all others as Graph shows them."""
    current, base = shown, dict[Slot, StoredValue | None]()
    never_shown, unclear, lost = set[Slot](), set[Slot](), set[Slot]()
    unsettled = dict[Slot, StoredValue | None]()
    for slot, entry in record.slots.items():
        base[slot] = entry.base
        if not shown.was_read(slot):
            continue
        value = shown.value(slot)
        match knowledge_of(entry, value, now, lag).trust:
            case Trust.BELIEVE:
                pass
            case Trust.SEND:
                current = current.with_value(slot, entry.written)
                unsettled[slot] = value
            case Trust.VERIFY:
                current = current.with_value(slot, entry.written or value)
                unsettled[slot] = value
                unclear.add(slot)
            case Trust.HOLD:
                never_shown.add(slot)
            case Trust.WRITE_AGAIN:
                base[slot] = entry.previous
                lost.add(slot)
            case unknown:
                assert_never(unknown)
    return Known(
        current,
        {slot: value for slot, value in base.items() if value is not None},
        frozenset(never_shown),
        unsettled,
        frozenset(unclear),
        frozenset(lost),
        Slot.MOBILE in unsettled or _switch_is_unsettled(record, shown, now, lag),
    )


def _switch_is_unsettled(record: OwnershipRecord, shown: Methods, now: datetime, lag: timedelta) -> bool:
    at = record.sms_switched_at
    return at is not None and now - at < lag and (shown.sms_sign_in_state == SMS_READY) is not record.sms_switched_on


@dataclass(frozen=True, slots=True)
class LastWrite:
    """The app's last write to a slot, beside what a read shows."""

    slot: Slot
    written: StoredValue | None
    """None = the value was removed."""
    at: datetime
    confirmation: Confirmation
    is_unsettled: bool
    """Whether the read proves nothing about the slot, because the write is so recent."""
    run: str
    """The run of the newest export or call that specified the slot; "" = not known."""
    desired: StoredValue | None
    """What that export or call asks for; None = nothing, or a removal."""
    declined: StoredValue | None
    """The value that a person has declined, to leave the current one; None = none, or a removal."""

    def masked(self) -> LastWrite:
        """The same with masked values."""
        written, desired, declined = (one and MaskedValue() for one in (self.written, self.desired, self.declined))
        return replace(self, written=written, desired=desired, declined=declined)


def last_writes(record: OwnershipRecord, shown: Methods, now: datetime, lag: timedelta) -> tuple[LastWrite, ...]:
    """The last write to each slot that was read, as far as the record knows its time."""
    unsettled = known_values(record, shown, now, lag).unsettled
    return tuple(
        LastWrite(
            slot,
            entry.written,
            entry.written_at,
            entry.confirmation,
            slot in unsettled,
            entry.wanted_by,
            entry.desired,
            entry.declined,
        )
        for slot, entry in record.slots.items()
        if entry.written_at is not None and shown.was_read(slot)
    )


def with_confirmed(record: OwnershipRecord, shown: Methods, now: datetime, lag: timedelta) -> OwnershipRecord:
    """The record after a read. A write that is shown becomes confirmed, unless it is too recent."""
    arrived = {
        slot: _confirmed(entry)
        for slot, entry in record.slots.items()
        if (entry.confirmation is not Confirmation.CONFIRMED or entry.previous is not None)
        and shown.was_read(slot)
        and not is_young(entry, now, lag)
        and same_value(shown.value(slot), entry.written)
    }
    return replace(record, slots={**record.slots, **arrived}) if arrived else record


def _confirmed(entry: SlotRecord) -> SlotRecord:
    """The slot, confirmed. A value that an undo gave back is no longer the app's once it is shown."""
    if entry.given_back:
        entry = replace(entry, written=entry.owned, written_at=None, given_back=False, owned=None)
    return replace(entry, confirmation=Confirmation.CONFIRMED, previous=None, rewritten=False)
