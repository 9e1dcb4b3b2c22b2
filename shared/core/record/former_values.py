"""Former bases of a person, which the app has replaced or removed: keyed digests in the ownership record, for 90 days.

The limit `MAX_TAKEN_BACK` counts the people for whom a run would write such a value again, whatever the date, name or
bytes of its file are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from shared.core.plan.plan import Plan
from shared.core.plan.verdict import CHANGES, Action
from shared.core.record.ownership_record import FormerValue, OwnershipRecord
from shared.core.run.value_index import ValueKey
from shared.core.values.slot import EmailAddress, PhoneNumber, Slot, StoredValue

_REMEMBERED_FOR = timedelta(days=90)
_MOST_OF_PERSON = 40
_WRITES = (Action.CREATE, Action.UPDATE)


def with_former(
    after: OwnershipRecord, before: OwnershipRecord, plan: Plan, key: ValueKey, now: datetime
) -> OwnershipRecord:
    """`after` with the bases of `before` that the plan has replaced or removed, except undone ones."""
    replaced_slots = {one.slot for one in plan.slots if one.verdict.action in CHANGES}
    undone, owned = after.undone().values, _digests(after.base(), before, key)
    replaced = {
        slot: value for slot, value in before.base().items() if slot in replaced_slots and value != undone.get(slot)
    }
    digests = _digests(replaced, before, key) - owned
    kept = (
        one for one in before.former if one.replaced_at > now - _REMEMBERED_FOR and one.digest not in digests | owned
    )
    former = (*kept, *(FormerValue(digest, now) for digest in sorted(digests)))
    return replace(after, former=former[-_MOST_OF_PERSON:])


def _digests(values: Mapping[Slot, StoredValue], record: OwnershipRecord, key: ValueKey) -> set[str]:
    return {
        key.of_person(record.object_id, slot, value)
        for slot, value in values.items()
        if isinstance(value, PhoneNumber | EmailAddress)
    }


def takes_back(plan: Plan, record: OwnershipRecord, key: ValueKey, now: datetime) -> bool:
    """Whether the plan writes a former base of this person that was replaced or removed within 90 days."""
    former = {one.digest for one in record.former if one.replaced_at > now - _REMEMBERED_FOR}
    return any(
        planned.desired is not None and key.of_person(record.object_id, planned.slot, planned.desired) in former
        for planned in plan.slots
        if planned.verdict.action in _WRITES
    )
