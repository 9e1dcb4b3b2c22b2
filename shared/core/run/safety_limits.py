"""The safety limits for the figures of one run, to decide whether it needs a person's approval.

In the run of an export, the shares of updates and removals are counted slot by slot: shares of the people for whom the
file asks something in the slot, or of the people whom the app manages in it if these are more. In any other run they
are shares of all matched people. Refused rows are counted as a share of all rows, and unmatched people as a share of
all people, both without people outside the pilot group, and never slot by slot. `quotas` counts what runs write one
after another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from shared.core.run.full_exports import COMPARED_FOR
from shared.core.values.said import Said, by_count, joined, people_in_words, rows_in_words
from shared.core.values.slot import Slot

_CHANGED = Said("would get another number, e-mail address or SMS sign-in")
_LOST = Said("would lose a number, an e-mail address or SMS sign-in")


@dataclass(frozen=True, slots=True)
class SafetyLimits:
    """The gate's settings; shares are fractions of 1."""

    small_set: int = 10
    max_update_share: float = 0.3
    max_removal_share: float = 0.05
    max_refused_share: float = 0.2
    max_unmatched_share: float = 0.2
    max_shrink_share: float = 0.3
    max_create_share: float = 0.2
    max_writes_unapproved: int = 500
    max_removals_unapproved: int = 0
    min_rows: int = 1


@dataclass(frozen=True, slots=True)
class Managed:
    """Numbers of people for whom the app has written or adopted a value: with any value, and by slot."""

    people: int = 0
    by_slot: Mapping[Slot, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SlotFigures:
    """The effects of a planned run on one slot, as numbers of people; SMS sign-in belongs to the mobile."""

    asked: int = 0
    """People for whom the file asks something in the slot, whether it changes the value or not."""
    updates: int = 0
    removals: int = 0


@dataclass(frozen=True, slots=True)
class PlanFigures:
    """The effects of a planned run, as numbers of people.

    `refused` and `repeated` count rows; every row that contradicts another one is in `refused`.
    """

    people: int
    matched: int
    creates: int
    updates: int
    removals: int
    refused: int
    unmatched: int
    outside: int = 0
    """People outside the pilot group: the shares of refused and unmatched people leave them out."""
    previous_people: int | None = None
    """Number of people in the last applied full export; None = this is not a full export, or it is the first."""
    largest_people: int | None = None
    """Number of people in the largest full export with which this one is compared; None = as `previous_people`."""
    slots: Mapping[Slot, SlotFigures] = field(default_factory=dict)
    """Empty for a run that is not of an export, whose shares are not counted slot by slot."""
    written: int | None = None
    """People who would be written to, each counted once; None = stored by a version that did not count them."""

    repeated: int = 0
    """Rows that contradict an earlier row of their person; they are in `refused`, and not in `people`."""

    @property
    def rows(self) -> int:
        """The rows of which refused rows are a share: one per person inside the pilot group, and
        those in `repeated`."""
        return self.people - self.outside + self.repeated

    @property
    def writes(self) -> int:
        """`written`; if it was not counted, the sum of the effects, where a person may count several times."""
        return self.creates + self.updates + self.removals if self.written is None else self.written


@dataclass(frozen=True, slots=True)
class ReasonToHold:
    """An exceeded limit, by the name of its `setting`, or another reason, with "" as `setting`."""

    setting: str
    message: Said


def unmanaged_replaced(asked: int, people: int, limit: int) -> ReasonToHold:
    """The exceeded limit of a run that is held because it has too many questions to set their rows apart."""
    message = Said(
        "{asked} of {people} would lose a value that this app neither wrote nor adopted, or get a phone beside one; "
        "the limit without approval is {limit}",
        asked=asked,
        people=people_in_words(people),
        limit=limit,
    )
    return ReasonToHold("MAX_UNMANAGED_REPLACED", message)


def exceeded_limits(
    figures: PlanFigures, limits: SafetyLimits, managed: Managed = Managed()
) -> tuple[ReasonToHold, ...]:
    """Every limit that the figures exceed; a figure exactly at its limit passes."""
    return tuple(_exceeded_counts(figures, limits)) + tuple(_exceeded_shares(figures, limits, managed))


def _exceeded_counts(figures: PlanFigures, limits: SafetyLimits) -> Iterator[ReasonToHold]:
    if figures.people < limits.min_rows:
        message = Said(
            "the file has {people}; at least {least} is expected"
            if limits.min_rows == 1
            else "the file has {people}; at least {least} are expected",
            people=people_in_words(figures.people),
            least=limits.min_rows,
        )
        yield ReasonToHold("MIN_ROWS", message)
    if figures.writes > limits.max_writes_unapproved:
        message = Said(
            "{people} would be written to; the limit without approval is {limit}",
            people=people_in_words(figures.writes),
            limit=limits.max_writes_unapproved,
        )
        yield ReasonToHold("MAX_WRITES_UNAPPROVED", message)
    if figures.removals > limits.max_removals_unapproved:
        message = Said(
            "{people} would lose a number, an e-mail address or SMS sign-in; the limit without approval is {limit}",
            people=people_in_words(figures.removals),
            limit=limits.max_removals_unapproved,
        )
        yield ReasonToHold("MAX_REMOVALS_UNAPPROVED", message)


def _exceeded_shares(figures: PlanFigures, limits: SafetyLimits, managed: Managed) -> Iterator[ReasonToHold]:
    if figures.rows >= limits.small_set:
        yield from _exceeded_outcome_shares(figures, limits, managed)
    if (shrink := exceeded_shrink(figures, limits)) is not None:
        yield shrink


def exceeded_shrink(figures: PlanFigures, limits: SafetyLimits) -> ReasonToHold | None:
    """The limit MAX_SHRINK_SHARE, if this full export lacks more people of the largest one than it allows."""
    previous = figures.previous_people or 0
    largest = max(previous, figures.largest_people or 0)
    missing = largest - figures.people
    if not largest or largest < limits.small_set or missing / largest <= limits.max_shrink_share:
        return None
    if largest == previous:
        what = by_count(missing, "of the last full export is missing", "of the last full export are missing")
    else:
        is_one, days = missing == 1, COMPARED_FOR.days
        what = Said(
            "of the largest full export of the last {days} days is missing"
            if is_one
            else "of the largest full export of the last {days} days are missing",
            days=days,
        )
    return _Share("MAX_SHRINK_SHARE", missing, largest, limits.max_shrink_share, what).exceeded


class _Share(NamedTuple):
    """A part of all people, or rows, that must not be greater than its limit."""

    setting: str
    part: int
    whole: int
    limit: float
    what: Said
    whole_in_words: Callable[[int], Said] = people_in_words

    @property
    def exceeded(self) -> ReasonToHold:
        message = Said(
            "{count} of {people} ({share}) {what}; the limit is {limit}",
            count=self.part,
            people=self.whole_in_words(self.whole),
            share=self.part / self.whole,
            what=self.what,
            limit=float(self.limit),
        )
        return ReasonToHold(self.setting, message)


def _exceeded_outcome_shares(figures: PlanFigures, limits: SafetyLimits, managed: Managed) -> Iterator[ReasonToHold]:
    refused, unmatched = figures.refused, figures.unmatched
    shares = (
        *_changes(figures, limits, managed),
        _Share(
            "MAX_REFUSED_SHARE",
            refused,
            figures.rows,
            limits.max_refused_share,
            by_count(refused, "is refused", "are refused"),
            rows_in_words if figures.repeated else people_in_words,
        ),
        _Share(
            "MAX_UNMATCHED_SHARE",
            unmatched,
            figures.people - figures.outside,
            limits.max_unmatched_share,
            by_count(unmatched, "has no account", "have no account"),
        ),
    )
    for share in shares:
        if share.whole and share.part / share.whole > share.limit:
            yield share.exceeded


def _changes(figures: PlanFigures, limits: SafetyLimits, managed: Managed) -> Iterator[_Share]:
    update, removal = limits.max_update_share, limits.max_removal_share
    if not figures.slots:
        yield _Share("MAX_UPDATE_SHARE", figures.updates, figures.matched, update, _CHANGED)
        yield _Share("MAX_REMOVAL_SHARE", figures.removals, figures.matched, removal, _LOST)
    for slot, of_slot in figures.slots.items():
        people = max(of_slot.asked, managed.by_slot.get(slot, 0))
        changed, lost = (Said("{what} ({slot})", what=what, slot=slot.said) for what in (_CHANGED, _LOST))
        yield _Share("MAX_UPDATE_SHARE", of_slot.updates, people, update, changed)
        yield _Share("MAX_REMOVAL_SHARE", of_slot.removals, people, removal, lost)


def held_message(found: tuple[ReasonToHold, ...], digest: str) -> Said:
    """The message that status, workbooks and notifications show: why the run is held, and what a person can do."""
    if not found:
        return Said("Held: every run waits for approval. Approve plan {plan}.", plan=digest[:12])
    return Said(
        "Held: {reasons}. Check the file, then approve plan {plan}, or reject the run.",
        reasons=in_one_line(found),
        plan=digest[:12],
    )


_MOST_REASONS = 20


def in_one_line(found: tuple[ReasonToHold, ...]) -> Said:
    """The reasons in one sentence; it names the first 20 and counts the rest, because notifications are short."""
    reasons = [reason.message for reason in found[:_MOST_REASONS]]
    rest = len(found) - len(reasons)
    return joined("; ", [*reasons, Said("and {rest} more", rest=rest)] if rest else reasons)
