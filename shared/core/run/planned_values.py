"""The values of all planned rows side by side: shared values, values that moved to other people,
and series of numbers that a fill of the spreadsheet made.

The gate adds every row here and to `PlannedRows`. Accidents in a spreadsheet move, repeat and count up values: a
partial sort, a column pasted one row off, a look-up that finds another line, a fill. None of these is visible in a
single row, and they may change too few people for the other limits. Values are kept only as digests and, while the gate
works, mobile and alternate mobile numbers as digits.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain

from shared.core.export.places import ONE_SHEET, Places
from shared.core.plan.operations import Effect
from shared.core.plan.plan import Plan, SlotPlan
from shared.core.plan.verdict import Action
from shared.core.run.quotas import PeopleByEffect, PersonChanges, count_people, planned_changes, written_changes
from shared.core.run.row import Row
from shared.core.run.safety_limits import ReasonToHold, SlotFigures
from shared.core.run.value_index import KIND_OF, SharedAs, Sharers, SharingLimits, ValueKey
from shared.core.values.said import Said, joined, people_in_words
from shared.core.values.slot import EmailAddress, PhoneNumber, Slot, StoredValue
from shared.core.values.states import RowState

_WRITES = {Action.CREATE, Action.UPDATE}
_REPLACES = {Action.UPDATE, Action.REMOVE}
_LISTED = 10


@dataclass(frozen=True, slots=True)
class AccidentLimits:
    """How many people a suspected accident of a spreadsheet may change without a person's approval."""

    max_moved_numbers: int = 2
    max_repeated_numbers: int = 10
    max_counted_numbers: int = 10
    max_taken_back: int = 2


@dataclass(frozen=True, slots=True)
class _Person:
    object_id: str
    changes: PersonChanges
    asked: frozenset[Slot]
    before: frozenset[str]
    after: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Number:
    row: int
    digits: int = field(repr=False)
    action: Action


@dataclass(slots=True)
class PlannedValues:
    key: ValueKey
    has_index: bool = True
    """Whether `key` is that of the index of values; if not, its digests compare the rows of this run only."""
    places: Places = ONE_SHEET
    _people: dict[int, _Person] = field(default_factory=dict)
    """By row number."""
    _taken_back: set[int] = field(default_factory=set)
    _approved: set[int] = field(default_factory=set)
    """Rows whose changes a person approved in an earlier attempt; they count in no share and no quota."""
    _done: list[PersonChanges] = field(default_factory=list)
    _asked: defaultdict[tuple[SharedAs, str], dict[int, bool]] = field(default_factory=lambda: defaultdict(dict))
    """By kind and digest: row number -> whether the value is to be written."""
    _leaving: defaultdict[str, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    """By digest: the people whose value the plan replaces or removes, as row number -> object id."""
    _slots: dict[tuple[int, str], Slot] = field(default_factory=dict)
    """The slot of a digest in a row."""
    _numbers: defaultdict[Slot, list[_Number]] = field(default_factory=lambda: defaultdict(list))

    def add(self, row: Row) -> None:
        if row.state is not RowState.PLANNED or row.plan is None:
            if not row.is_approved:
                self._done.append(written_changes(row.state, row.slots))
            return
        if row.is_approved:
            self._approved.add(row.number)
        self._people[row.number] = self._person(row.object_id, row.plan)
        if row.takes_back:
            self._taken_back.add(row.number)
        for planned in row.plan.slots:
            self._add_value(row.number, planned)

    def leave_out(self, rows: Collection[int]) -> None:
        """Leave out rows that are not to be applied."""
        for number in rows:
            self._people.pop(number, None)

    def slots(self) -> dict[Slot, SlotFigures]:
        """The figures of every slot for which the run asks something."""
        asked = Counter(slot for person in self._people.values() for slot in person.asked)
        changed = Counter(change for changes in self._not_approved() for change in changes)
        return {
            slot: SlotFigures(asked[slot], changed[Effect.UPDATE, slot], changed[Effect.REMOVE, slot])
            for slot in Slot
            if asked[slot]
        }

    def wanted(self) -> PeopleByEffect:
        """The number of people whom the plan changes, as quotas count them."""
        return count_people(self._not_approved())

    def _not_approved(self) -> Iterator[PersonChanges]:
        return (person.changes for number, person in self._people.items() if number not in self._approved)

    def done_before(self) -> PeopleByEffect:
        """The number of people whom earlier attempts of the run have changed."""
        return count_people(self._done)

    def sharers(self) -> dict[str, Sharers]:
        """The sharers of every value that the run is to write, by the value's digest."""
        found = {}
        for (kind, digest), rows in self._asked.items():
            people = {number: self._people[number].object_id for number in rows if number in self._people}
            writers = {
                number: (people[number], self._slots[number, digest])
                for number, writes in rows.items()
                if writes and number in people
            }
            if writers:
                leaving = self._leaving.get(digest, {})
                gone = frozenset(object_id for number, object_id in leaving.items() if number in self._people)
                found[digest] = Sharers(kind, people, writers, gone)
        return found

    def crowded_mobiles(self, limits: SharingLimits) -> dict[str, frozenset[int]]:
        """The rows of every mobile number that the file gives to more people than may share one, by its digest."""
        return {
            digest: frozenset(rows)
            for (kind, digest), rows in self._asked.items()
            if kind is SharedAs.MOBILE and len({self._people[number].object_id for number in rows}) > limits.mobile
        }

    def accidents(self, limits: AccidentLimits) -> tuple[ReasonToHold, ...]:
        """The suspected accidents of a spreadsheet that change more people than their limits allow."""
        found = (self._moved(limits), self._repeated(limits), self._counted_up(limits), self._back(limits))
        return tuple(chain.from_iterable(found))

    def _person(self, object_id: str, plan: Plan) -> _Person:
        asked = {planned.slot for planned in plan.slots} | ({Slot.MOBILE} if plan.sms_sign_in else set())
        before = (self._spelled(planned.slot, planned.old) for planned in plan.slots)
        after = (self._spelled(planned.slot, _value_after(planned)) for planned in plan.slots)
        return _Person(
            object_id,
            planned_changes(plan),
            frozenset(asked),
            frozenset(filter(None, before)),
            frozenset(filter(None, after)),
        )

    def _spelled(self, slot: Slot, value: StoredValue | None) -> str:
        """The digest of a value without its person, the same in every phone slot; "" = none, or masked."""
        if not isinstance(value, PhoneNumber | EmailAddress):
            return ""
        return self.key.of_person("", Slot.EMAIL if slot is Slot.EMAIL else Slot.MOBILE, value)

    def _add_value(self, number: int, planned: SlotPlan) -> None:
        if isinstance(planned.old, PhoneNumber | EmailAddress) and planned.verdict.action in _REPLACES:
            self._leaving[self.key.of_value(planned.slot, planned.old)][number] = self._people[number].object_id
        if planned.desired is None or planned.verdict.action is Action.KEPT:
            return
        writes = planned.verdict.action in _WRITES
        digest = self.key.of_value(planned.slot, planned.desired)
        rows = self._asked[KIND_OF[planned.slot], digest]
        rows[number] = rows.get(number, False) or writes
        if writes:
            self._slots[number, digest] = planned.slot
        if isinstance(planned.desired, PhoneNumber) and KIND_OF[planned.slot] is SharedAs.MOBILE:
            self._numbers[planned.slot].append(_Number(number, int(planned.desired.digits), planned.verdict.action))

    def _moved(self, limits: AccidentLimits) -> Iterator[ReasonToHold]:
        """People who get a value that another person loses, while another person gets the value that they lose."""
        losers: defaultdict[str, list[int]] = defaultdict(list)
        gainers: defaultdict[str, list[int]] = defaultdict(list)
        for number, person in self._people.items():
            for value in person.before - person.after:
                losers[value].append(number)
            for value in person.after - person.before:
                gainers[value].append(number)
        moved = {
            number: source
            for number, person in self._people.items()
            if (source := _other(losers, person.after - person.before, number)) is not None
            and _other(gainers, person.before - person.after, number) is not None
        }
        if len(moved) > limits.max_moved_numbers:
            name = self.places.name
            pairs = joined(
                ", ",
                (
                    Said("{row} from {other}", row=name(number), other=name(moved[number]))
                    for number in sorted(moved)[:_LISTED]
                ),
            )
            if len(moved) > _LISTED:
                pairs = Said("{rows} and {more} more", rows=pairs, more=len(moved) - _LISTED)
            message = Said(
                "{people} would get the number or e-mail address of another person in the file while their own goes to "
                "another one ({rows}); the limit is {limit}",
                people=people_in_words(len(moved)),
                rows=pairs,
                limit=limits.max_moved_numbers,
            )
            yield ReasonToHold("MAX_MOVED_NUMBERS", message)

    def _back(self, limits: AccidentLimits) -> Iterator[ReasonToHold]:
        """People who would get a former value again."""
        found = self._taken_back & self._people.keys()
        if len(found) > limits.max_taken_back:
            message = Said(
                "{people} would get a value again that was replaced in the last 90 days ({rows}); the limit is {limit}",
                people=people_in_words(len(found)),
                rows=self.places.name_all(found, _LISTED),
                limit=limits.max_taken_back,
            )
            yield ReasonToHold("MAX_TAKEN_BACK", message)

    def _repeated(self, limits: AccidentLimits) -> Iterator[ReasonToHold]:
        """People who get a mobile number or an e-mail address that the file gives to another person too."""
        found = {
            number
            for sharers in self.sharers().values()
            if sharers.kind is not SharedAs.OFFICE and len(set(sharers.people.values())) > 1
            for number in sharers.writers
        }
        if len(found) > limits.max_repeated_numbers:
            message = Said(
                "{people} would get a mobile number or an e-mail address that the file gives to another person too "
                "({rows}); the limit is {limit}",
                people=people_in_words(len(found)),
                rows=self.places.name_all(found, _LISTED),
                limit=limits.max_repeated_numbers,
            )
            yield ReasonToHold("MAX_REPEATED_NUMBERS", message)

    def _counted_up(self, limits: AccidentLimits) -> Iterator[ReasonToHold]:
        """Rows one below the other whose numbers rise or fall by the same step, as a fill makes them.

        A series that only fills empty slots is taken for a block of new numbers.
        """
        for slot, numbers in self._numbers.items():
            in_file = sorted((one for one in numbers if one.row in self._people), key=lambda one: one.row)
            fills = [one for one in _series(in_file) if any(number.action is not Action.CREATE for number in one)]
            written = max((_written(series) for series in fills), key=len, default=[])
            if len(written) > limits.max_counted_numbers:
                message = Said(
                    "the new numbers ({slot}) of {people} one below the other count up or down by the same step "
                    "({first} to {last}); the limit is {limit}",
                    slot=slot.said,
                    people=people_in_words(len(written)),
                    first=self.places.name(written[0]),
                    last=self.places.name(written[-1]),
                    limit=limits.max_counted_numbers,
                )
                yield ReasonToHold("MAX_COUNTED_NUMBERS", message)


def _value_after(planned: SlotPlan) -> StoredValue | None:
    return planned.old if planned.verdict.action is Action.KEPT else planned.desired


def _other(rows_by_value: Mapping[str, list[int]], values: Iterable[str], number: int) -> int | None:
    """The first other row with one of these values."""
    return next((row for value in values for row in rows_by_value.get(value, ()) if row != number), None)


def _series(numbers: Iterable[_Number]) -> Iterator[list[_Number]]:
    """Every stretch in which each number follows the one above by the same step."""
    stretch: list[_Number] = []
    for number in numbers:
        if len(stretch) > 1 and number.digits - stretch[-1].digits != stretch[1].digits - stretch[0].digits:
            yield stretch
            stretch = stretch[-1:]
        if stretch and number.digits == stretch[-1].digits:
            yield stretch
            stretch = []
        stretch.append(number)
    yield stretch


def _written(series: Iterable[_Number]) -> list[int]:
    return [number.row for number in series if number.action in _WRITES]
