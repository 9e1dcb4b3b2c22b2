"""Who else was given a number: named from this app's own records, without reading them for every conflict."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from shared.core.record.ownership_record import OwnershipRecord, SlotRecord
from shared.core.values.errors import RetryLaterError
from shared.core.values.slot import PhoneNumber, Slot
from shared.flows.person.number_holders import CACHED_FOR, NumberHolders
from testing.virtual_time import VirtualClock

A, B = PhoneNumber(1, "2025550101"), PhoneNumber(61, "491570006")


class Records:
    """Some people; counts how often they are read."""

    def __init__(self, records: Sequence[OwnershipRecord]) -> None:
        self.records = records
        self.reads = 0
        self.fails = False

    async def all(self) -> AsyncIterator[OwnershipRecord]:
        self.reads += 1
        if self.fails:
            raise RetryLaterError("storageUnavailable", "no answer", delay=1)
        for record in self.records:
            yield record


def holders_of(*records: OwnershipRecord) -> tuple[NumberHolders, Records, VirtualClock]:
    known, clock = Records(records), VirtualClock()
    return NumberHolders(known.all, clock), known, clock


def with_mobile(object_id: str, number: PhoneNumber) -> OwnershipRecord:
    return OwnershipRecord(object_id, {Slot.MOBILE: SlotRecord(number, number)})


async def test_others_with_the_mobile_are_named() -> None:
    """Not the person who asks, nor whoever has the number elsewhere or only should have it."""
    office = OwnershipRecord("12", {Slot.OFFICE: SlotRecord(A, A)})
    wanted = OwnershipRecord("13", {Slot.MOBILE: SlotRecord(A, None)})
    holders, _, _ = holders_of(with_mobile("01", A), with_mobile("02", A), with_mobile("11", B), office, wanted)

    assert ("01", "02") == await holders.of(A, besides="99")
    assert ("02",) == await holders.of(A, besides="01")
    assert () == await holders.of(B, besides="11")


async def test_many_conflicts_read_once() -> None:
    """And anew when what was read is old."""
    holders, known, clock = holders_of(with_mobile("01", A))
    for _ in range(500):
        await holders.of(A, besides="99")
    assert 1 == known.reads

    known.records = [with_mobile("02", A)]
    clock.leap_to(clock.now() + CACHED_FOR)
    assert ("02",) == await holders.of(A, besides="99")
    assert 2 == known.reads


async def test_what_cannot_be_read_names_nobody() -> None:
    """The outcome of the row does not depend on it."""
    holders, known, _ = holders_of(with_mobile("01", A))
    known.fails = True
    assert () == await holders.of(A, besides="99")


async def test_more_people_than_fit_name_nobody() -> None:
    """The index is bounded; at the limit it still names."""
    records = [with_mobile(f"0{n}", PhoneNumber(1, f"202555010{n}")) for n in range(4)]
    for most, listed in ((4, ("01",)), (3, ())):
        holders = NumberHolders(Records(records).all, VirtualClock(), most)
        assert listed == await holders.of(A, besides="99")
