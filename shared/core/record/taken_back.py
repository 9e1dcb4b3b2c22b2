"""What a run of old content would take back: values that a newer export or call has set for a person.

Content is old in two cases. If its bytes or rows are those of an earlier upload, a person counts whose values other
content has set since. If its content date is before that of the last export applied from its folder, a person counts
whose values were set after the content date. In both cases a person counts only if the plan replaces something that was
last asked for, so an old export that changes no values is not held. The age of content is only a reason to hold a run;
the time of the upload decides which export is newer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from shared.core.plan.operations import SmsOperation
from shared.core.plan.plan import Plan
from shared.core.plan.verdict import CHANGES
from shared.core.record.ownership_record import OwnershipRecord, SlotRecord


@dataclass(frozen=True, slots=True)
class EarlierUpload:
    """The first run with the same bytes or rows, and the digests of its bytes and rows."""

    run: str
    export_time: datetime
    digests: frozenset[str]


@dataclass(frozen=True, slots=True)
class DatedExport:
    """The last applied export of a folder; `date` is its content date."""

    run: str
    date: datetime
    etag: str = field(default="", compare=False)


def replaces_desired(plan: Plan, record: OwnershipRecord) -> bool:
    """Whether the plan changes a slot to something else than what was last asked for.

    The record does not hold what was asked for SMS sign-in, so each change of it counts.
    """
    changed = (planned for planned in plan.slots if planned.verdict.action in CHANGES)
    return any(isinstance(operation, SmsOperation) for operation in plan.operations) or any(
        record.slots.get(planned.slot, SlotRecord()).desired != planned.desired for planned in changed
    )


def was_set_after_upload(record: OwnershipRecord, earlier: EarlierUpload, setter: frozenset[str]) -> bool:
    """Whether other content than that of the earlier upload has set the person's values since.

    `setter` are the digests of the export that set them; none = a call, or an export that is no longer known.
    """
    return record.is_newer_than(earlier.export_time, earlier.run) and earlier.digests.isdisjoint(setter)


def was_set_after(record: OwnershipRecord, date: datetime) -> bool:
    return record.export_time is not None and record.export_time > date
