"""What the app remembers of the full exports that were applied, so that the next one can be compared with them.

A full export is compared with the last one and with the largest one of the last 90 days, because files that shrink step
by step would pass one by one. After a shrink that a person has approved, those before it no longer count.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

COMPARED_FOR = timedelta(days=90)
_MOST_SIZES = 100


@dataclass(frozen=True, slots=True)
class FullExportSize:
    """How many people a full export named; until `at`, this export was the last one."""

    at: datetime
    people: int


@dataclass(frozen=True, slots=True)
class FullExport:
    """The last full export that was applied."""

    run: str
    people: int
    modified: datetime | None = None
    """The time of the file's last save; None = not known."""
    larger: tuple[FullExportSize, ...] = ()
    """Larger full exports before it, since the last approved shrink, the largest first."""

    def largest(self, now: datetime) -> int:
        """The people of the largest full export that counts at this time; the last one always counts."""
        return max([self.people, *(size.people for size in self.larger if now - size.at <= COMPARED_FOR)])

    def after(self, before: FullExport | None, now: datetime, *, is_shrink_approved: bool) -> FullExport:
        """This full export, with the larger ones that were applied before it; until `now`, `before` was the last
        one."""
        if before is None or is_shrink_approved:
            return self
        sizes = (*before.larger, FullExportSize(now, before.people))
        larger = [size for size in sizes if size.people > self.people and now - size.at <= COMPARED_FOR]
        return replace(self, larger=tuple(larger[:_MOST_SIZES]))
