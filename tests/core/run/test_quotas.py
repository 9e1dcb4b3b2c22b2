"""The quotas as a table: what other attempts have used, what one run wants, and which quota that exceeds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.plan.operations import Effect
from shared.core.plan.slot_outcomes import SlotOutcome
from shared.core.run.quotas import Reservation, count_people, exceeded_quotas, less, written_changes
from shared.core.run.safety_limits import Managed, SafetyLimits
from shared.core.values.slot import Slot
from shared.core.values.states import RowState, SlotState

NOW = datetime(2026, 11, 29, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
LIMITS = SafetyLimits(max_removals_unapproved=5)
MANY = Managed(100_000, dict.fromkeys(Slot, 100_000))
FEW = Managed(60, {Slot.MOBILE: 60, Slot.OFFICE: 20})


def used(hours_ago: float, *, is_open: bool = False, **people: int) -> Reservation:
    names = {name.replace("_", " "): count for name, count in people.items()}
    return Reservation(f"run {hours_ago}", 1, NOW - hours_ago * HOUR, names, is_open=is_open)


@pytest.mark.parametrize(
    ("others", "wanted", "managed", "exceeded"),
    [
        ([], {"create": 501}, MANY, []),  # one run alone: a safety limit, not a quota
        ([used(1, create=499)], {"create": 1}, MANY, []),
        ([used(1, create=500)], {"create": 1}, MANY, ["MAX_WRITES_UNAPPROVED"]),
        ([used(1, create=250), used(2, update=250)], {"remove": 1}, MANY, ["MAX_WRITES_UNAPPROVED"]),
        ([used(24, create=500)], {"create": 1}, MANY, []),
        ([used(23.9, create=500)], {"create": 1}, MANY, ["MAX_WRITES_UNAPPROVED"]),
        ([used(300, create=500, is_open=True)], {"create": 1}, MANY, ["MAX_WRITES_UNAPPROVED"]),
        ([used(1, remove=5)], {"remove": 1}, MANY, ["MAX_REMOVALS_UNAPPROVED"]),
        ([used(1, remove=5)], {"create": 1}, MANY, []),
        ([used(1, create=9)], {"create": 3}, FEW, []),
        ([used(1, create=9)], {"create": 4}, FEW, ["MAX_CREATE_SHARE"]),
        ([], {"create": 13}, FEW, ["MAX_CREATE_SHARE"]),
        ([], {"create": 13}, Managed(49), []),
        ([], {"update": 18, "update mobile": 18}, FEW, []),
        ([], {"update": 19, "update mobile": 19}, FEW, ["MAX_UPDATE_SHARE", "MAX_UPDATE_SHARE"]),
        ([used(100, update=18, update_mobile=18)], {"update mobile": 1}, FEW, ["MAX_UPDATE_SHARE"]),
        ([used(168, update=18, update_mobile=18)], {"update mobile": 1}, FEW, []),
        ([used(1, update=18, update_mobile=18)], {"update office": 10}, FEW, []),  # each slot has its own
        ([used(1, update_office=1)], {"update office": 10}, FEW, ["MAX_UPDATE_SHARE", "MAX_UPDATE_SHARE"]),
    ],
)
def test_quotas(others: list[Reservation], wanted: dict[str, int], managed: Managed, exceeded: list[str]) -> None:
    """Exactly at a quota a run passes; what is open counts however old it is."""
    assert exceeded == [one.setting for one in exceeded_quotas(wanted, others, managed, LIMITS, NOW)]


def test_every_attempt_of_another_run_counts() -> None:
    first, second = (Reservation("redriven", attempt, NOW - HOUR, {"create": 250}) for attempt in (1, 2))
    (exceeded,) = exceeded_quotas({"create": 1}, [first, second], MANY, LIMITS, NOW)
    assert "500 are used (run redriven: 500)" in exceeded.message


def test_the_message_names_the_quota_and_what_used_it() -> None:
    """The largest come first, so that the one who decides knows where to look."""
    others = [used(hours, create=people) for hours, people in ((1, 10), (2, 30), (3, 20), (4, 450))]

    (found,) = exceeded_quotas({"create": 1}, others, MANY, LIMITS, NOW)

    assert (
        "1 person would be written to; 510 are used (run run 4: 450, run run 2: 30, run run 3: 20, 1 more run), and "
        "the quota without approval is 500 in 24 hours"
    ) == found.message


def test_what_was_written_in_an_attempt_is_what_earlier_ones_had_not() -> None:
    """A redriven run keeps the rows of its first attempt; they count once."""
    first = [written_changes(RowState.CREATED, (SlotOutcome("mobile", SlotState.CREATED),))] * 3
    doubtful = written_changes(RowState.UNCONFIRMED, (SlotOutcome("office", SlotState.UPDATE),))
    failed = written_changes(RowState.FAILED, (SlotOutcome("office", SlotState.UPDATE),))

    written = count_people([*first, doubtful, failed])

    assert {"create": 3, "update": 1, "update office": 1} == written
    assert {"update": 1, "update office": 1} == less(written, count_people(first))


SIZES = st.lists(st.integers(1, 40), min_size=1, max_size=40)


@given(sizes=SIZES, managed=st.integers(0, 400))
def test_however_updates_are_cut_into_runs_no_more_pass_than_the_quota(sizes: list[int], managed: int) -> None:
    """Runs that pass one after another within a day change no more people than the quota, or SMALL_SET."""
    made: list[Reservation] = []
    state = Managed(managed, {Slot.MOBILE: managed})
    for number, size in enumerate(sizes):
        wanted = count_people([{(Effect.UPDATE, Slot.MOBILE)}] * size)
        if not exceeded_quotas(wanted, made, state, LIMITS, NOW):
            made.append(Reservation(str(number), 1, NOW, wanted))

    assert sum(one.people["update"] for one in made) <= max(LIMITS.small_set, LIMITS.max_update_share * managed + 1e-6)
