"""Values that the app wrote to a person and has since replaced, as keyed digests in the ownership record, for 90 days.

A row that wants such a value would take its person back. Whatever the file's date, name or bytes are, the gate holds a
run that takes back more people than `MAX_TAKEN_BACK`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from shared.core.plan.plan import Plan
from shared.core.plan.verdict import Action
from shared.core.record.ownership_record import FormerValue, OwnershipRecord
from shared.core.run.value_index import ValueKey
from shared.core.values.slot import EmailAddress, PhoneNumber

_KEPT = timedelta(days=90)
_MOST = 40
_WRITES = (Action.CREATE, Action.UPDATE)


def with_former(
    after: OwnershipRecord, before: OwnershipRecord, plan: Plan, key: ValueKey, now: datetime
) -> OwnershipRecord:
    """`after`, which remembers also what the plan has replaced in `before`."""
    base = before.base()
    replaced = {
        key.of_person(before.object_id, planned.slot, value)
        for planned in plan.slots
        if planned.verdict.action in {*_WRITES, Action.REMOVE}
        and isinstance(value := base.get(planned.slot), PhoneNumber | EmailAddress)
        and value != planned.desired
    }
    written = {
        key.of_person(before.object_id, planned.slot, planned.desired)
        for planned in plan.slots
        if planned.verdict.action in _WRITES and planned.desired is not None
    }
    kept = (one for one in before.former if one.replaced_at > now - _KEPT and one.digest not in replaced | written)
    former = (*kept, *(FormerValue(digest, now) for digest in sorted(replaced)))
    return replace(after, former=former[-_MOST:])


def takes_back(plan: Plan, record: OwnershipRecord, key: ValueKey, now: datetime) -> bool:
    """Whether the plan writes a value that the app wrote to this person before and has replaced within 90 days."""
    former = {one.digest for one in record.former if one.replaced_at > now - _KEPT}
    return any(
        planned.desired is not None and key.of_person(record.object_id, planned.slot, planned.desired) in former
        for planned in plan.slots
        if planned.verdict.action in _WRITES
    )
