"""The safety limits: compare a run's figures with every limit, to decide whether the run needs a person's approval.

The gate calls it once every row is planned. The shares of updates and removals are counted slot by slot: shares of the
people for whom the file asks something in the slot, or of the people whom the app manages in it if these are more. Of a
run that looked at everybody, they are shares of all these people. The shares of refused and unmatched people are shares
of the people in the file, because those people are not matched. `quotas` counts what runs write one after another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from shared.core.run.full_exports import COMPARED_FOR
from shared.core.values.counts import by_count, counted, people_in_words
from shared.core.values.slot import Slot

_CHANGED = "would get another number, address or SMS sign-in"
_LOST = "would lose a number, an address or SMS sign-in"


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
    """The effects of a planned run, as numbers of people. Each row that is not merged into another is one person."""

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
    """Only of a run whose shares are counted slot by slot."""

    @property
    def writes(self) -> int:
        """People who would be written to."""
        return self.creates + self.updates + self.removals


@dataclass(frozen=True, slots=True)
class ExceededLimit:
    """One exceeded limit, or one concern about the file; for a concern `setting` is ""."""

    setting: str
    message: str


def unmanaged_replaced(asked: int, people: int, limit: int) -> ExceededLimit:
    """The limit of a run in which so many people are asked about that they are not set apart."""
    what = "would lose a value that this app did not write, or get a phone beside one"
    return ExceededLimit(
        "MAX_UNMANAGED_REPLACED",
        f"{asked} of {people_in_words(people)} {what}; the limit without approval is {limit}",
    )


def exceeded_limits(
    figures: PlanFigures, limits: SafetyLimits, managed: Managed = Managed()
) -> tuple[ExceededLimit, ...]:
    """Every limit that the figures exceed; a figure exactly at its limit passes."""
    return tuple(_exceeded_counts(figures, limits)) + tuple(_exceeded_shares(figures, limits, managed))


def _exceeded_counts(figures: PlanFigures, limits: SafetyLimits) -> Iterator[ExceededLimit]:
    if figures.people < limits.min_rows:
        yield ExceededLimit(
            "MIN_ROWS",
            f"the file has {people_in_words(figures.people)}; "
            f"at least {counted(limits.min_rows, 'is', 'are')} expected",
        )
    if figures.writes > limits.max_writes_unapproved:
        yield ExceededLimit(
            "MAX_WRITES_UNAPPROVED",
            f"{people_in_words(figures.writes)} would be written to; "
            f"the limit without approval is {limits.max_writes_unapproved}",
        )
    if figures.removals > limits.max_removals_unapproved:
        yield ExceededLimit(
            "MAX_REMOVALS_UNAPPROVED",
            f"{people_in_words(figures.removals)} {_LOST}; "
            f"the limit without approval is {limits.max_removals_unapproved}",
        )


def _exceeded_shares(figures: PlanFigures, limits: SafetyLimits, managed: Managed) -> Iterator[ExceededLimit]:
    in_question = figures.people - figures.outside
    if in_question >= limits.small_set:
        yield from _exceeded_outcome_shares(figures, in_question, limits, managed)
    if (shrink := exceeded_shrink(figures, limits)) is not None:
        yield shrink


def exceeded_shrink(figures: PlanFigures, limits: SafetyLimits) -> ExceededLimit | None:
    """MAX_SHRINK_SHARE, if this full export is too much smaller than the largest one with which it is compared."""
    previous = figures.previous_people or 0
    largest = max(previous, figures.largest_people or 0)
    missing = largest - figures.people
    if not largest or largest < limits.small_set or missing / largest <= limits.max_shrink_share:
        return None
    which = "last full export" if largest == previous else f"largest full export of the last {COMPARED_FOR.days} days"
    what = f"of the {which} {by_count(missing, 'is', 'are')} missing"
    return ExceededLimit("MAX_SHRINK_SHARE", _share_message(missing, largest, limits.max_shrink_share, what))


def _exceeded_outcome_shares(
    figures: PlanFigures, in_question: int, limits: SafetyLimits, managed: Managed
) -> Iterator[ExceededLimit]:
    checks = (
        *_changes(figures, limits, managed),
        (
            "MAX_REFUSED_SHARE",
            figures.refused,
            in_question,
            limits.max_refused_share,
            by_count(figures.refused, "is refused", "are refused"),
        ),
        (
            "MAX_UNMATCHED_SHARE",
            figures.unmatched,
            in_question,
            limits.max_unmatched_share,
            by_count(figures.unmatched, "has no account", "have no account"),
        ),
    )
    for setting, count, base, limit, what in checks:
        if base and count / base > limit:
            yield ExceededLimit(setting, _share_message(count, base, limit, what))


def _changes(
    figures: PlanFigures, limits: SafetyLimits, managed: Managed
) -> Iterator[tuple[str, int, int, float, str]]:
    """Setting, count, base, limit and words of each share of changes."""
    update, removal = limits.max_update_share, limits.max_removal_share
    if not figures.slots:
        yield "MAX_UPDATE_SHARE", figures.updates, figures.matched, update, _CHANGED
        yield "MAX_REMOVAL_SHARE", figures.removals, figures.matched, removal, _LOST
    for slot, of_slot in figures.slots.items():
        base = max(of_slot.asked, managed.by_slot.get(slot, 0))
        yield "MAX_UPDATE_SHARE", of_slot.updates, base, update, f"{_CHANGED} ({slot})"
        yield "MAX_REMOVAL_SHARE", of_slot.removals, base, removal, f"{_LOST} ({slot})"


def _share_message(count: int, base: int, limit: float, what: str) -> str:
    return f"{count} of {people_in_words(base)} ({count / base:.1%}) {what}; the limit is {limit:.1%}"


def held_message(found: tuple[ExceededLimit, ...], digest: str) -> str:
    """The message that status, workbooks and notifications show: why the run is held, and what a person can do."""
    if not found:
        return f"Held: every run waits for approval. Approve plan {digest[:12]}."
    return f"Held: {in_one_line(found)}. Check the file, then approve plan {digest[:12]}, or reject the run."


_MOST_REASONS = 20


def in_one_line(found: tuple[ExceededLimit, ...]) -> str:
    """The reasons in one sentence; it names the first 20 and counts the rest, because notifications are short."""
    reasons = [exceeded.message for exceeded in found[:_MOST_REASONS]]
    rest = len(found) - len(reasons)
    return "; ".join([*reasons, f"and {rest} more"] if rest else reasons)
