"""All planned rows of a run together: rows of the same person, shared mobile numbers, questions, figures of the plan.

The gate adds every row to `PlannedRows`, in order of row number. Of each row it keeps only what it compares and counts.
`keys_seen` compares the rows of a person before they are planned.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from math import inf

from shared.core.export.places import ONE_SHEET, Places
from shared.core.export.same_person import CONFLICTING_ROWS, MOST_ROWS, contradiction
from shared.core.plan.operations import Effect
from shared.core.plan.plan import Plan
from shared.core.plan.question import AWAITS_DECISION
from shared.core.plan.slot_outcomes import SlotOutcome, set_apart
from shared.core.run.keys_seen import hashed, merged_into
from shared.core.run.people_of_rows import Identity, by_person
from shared.core.run.row import Outcome, Row
from shared.core.run.safety_limits import PlanFigures
from shared.core.values.cell import SMS_SIGN_IN
from shared.core.values.said import Said, people_in_words
from shared.core.values.slot import PhoneNumber, Slot, value_to_json
from shared.core.values.states import RowState

_GROUP_BY_CODE = {"personNotFound": "unmatched", "personAmbiguous": "unmatched", "notInPilot": "outside"}
"""The figure in which a refused row is counted, by code; rows with any other code count as refused."""


@dataclass(slots=True)
class PlannedRows:
    max_same_mobile: int
    max_unmanaged_replaced: float = 0
    places: Places = ONE_SHEET
    _asking: dict[int, tuple[SlotOutcome, ...]] = field(default_factory=dict)
    """By row with an open question: the outcomes of its slots if it is set apart."""
    _undone: set[int] = field(default_factory=set)
    """Of these rows, those with a question because of an undo; they are set apart in any number."""
    _set_apart: int = 0
    """How many other rows a crashed delivery, or an earlier attempt, has set apart."""
    _parts_by_person: defaultdict[str, dict[int, bytes]] = field(default_factory=lambda: defaultdict(dict))
    _people_by_mobile: defaultdict[bytes, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    _effects_by_row: dict[int, frozenset[Effect]] = field(default_factory=dict)
    _partly_refused: set[int] = field(default_factory=set)
    _approved: set[int] = field(default_factory=set)
    _not_planned: Counter[str] = field(default_factory=Counter)
    _contradicted: dict[int, Identity] = field(default_factory=dict)
    """The rows that were refused because another one of their person contradicts them."""
    is_complete: bool = True
    """Whether no row is left to plan."""

    def add(self, row: Row) -> None:
        self.is_complete = self.is_complete and row.state not in {RowState.QUEUED, RowState.WAITING}
        if row.state is not RowState.PLANNED or row.plan is None:
            self._not_planned[_group(row)] += 1
            if row.code == CONFLICTING_ROWS:
                self._contradicted[row.number] = Identity(row.key, row.object_id)
            self._set_apart += row.code == AWAITS_DECISION and not _asks_for_undone(row)
            return
        if _asks_for_undone(row):
            self._undone.add(row.number)
        if row.plan.asks and (not row.is_approved or row.number in self._undone):
            self._asking[row.number] = set_apart(row.plan)
        self._parts_by_person[row.object_id][row.number] = _parts(row.plan)
        self._effects_by_row[row.number] = row.plan.effects
        if row.is_approved:
            self._approved.add(row.number)
        if row.plan.refused:
            self._partly_refused.add(row.number)
        mobile = _mobile(row.plan)
        if mobile is not None:
            self._people_by_mobile[hashed(mobile)][row.number] = row.object_id

    def to_join(self) -> dict[int, tuple[int, ...]]:
        """The other rows of a person by the first one, where they ask for different slots: they are to be joined."""
        groups = ((sorted(parts), _decoded(parts)) for parts in self._parts_by_person.values() if len(parts) > 1)
        return {
            numbers[0]: tuple(numbers[1:])
            for numbers, parts in groups
            if len(numbers) <= MOST_ROWS and not _contradict(parts) and not _is_all(parts[numbers[0]], parts)
        }

    def outcomes(self, shared: Collection[int] = ()) -> dict[int, Outcome]:
        """The outcomes of rows that are not to be applied, by row number; called when `to_join` is empty.

        `shared` are the rows whose mobile number was approved as shared.
        """
        found: dict[int, Outcome] = {}
        for numbers in self._parts_by_person.values():
            if len(numbers) > 1:
                found |= _outcomes_among(_decoded(numbers), self.places)
        for people in self._people_by_mobile.values():
            if len(set(people.values())) > self.max_same_mobile and not people.keys() <= set(shared):
                found |= {number: self._same_mobile(number, people) for number in people if number not in found}
        return self._apart() | found

    @property
    def is_all_approved(self) -> bool:
        """Whether a person approved everything that would be written, in an earlier attempt."""
        return self._approved >= {number for number, effects in self._effects_by_row.items() if effects}

    @property
    def written(self) -> int:
        """The number of people to whom something would be written."""
        return sum(map(bool, self._effects_by_row.values()))

    @property
    def asked(self) -> int:
        """The number of rows with open questions, including those already set apart.

        Questions because of an undo do not count.
        """
        return self._set_apart + len(self._asking) - len(self._undone)

    @property
    def asks_as_a_whole(self) -> bool:
        """Whether there are so many questions, as in a roll-out, that the run is held instead of setting rows apart."""
        rows = len(self._effects_by_row) + sum(self._not_planned.values()) - self._not_planned["merged"]
        is_many = self.asked > max(_MOST_SET_APART, _SHARE_SET_APART * rows)
        return is_many and self.asked > self.max_unmanaged_replaced

    def _apart(self) -> dict[int, Outcome]:
        """The outcomes of the rows that wait for a person's decision while the others go on."""
        if self.max_unmanaged_replaced == inf:  # a run of questions, which is about these people
            return {}
        are_all = self.max_unmanaged_replaced < self.asked and not self.asks_as_a_whole
        return {
            number: Outcome(RowState.KEPT, AWAITS_DECISION, slots=slots, keeps_numbers=True)
            for number, slots in self._asking.items()
            if are_all or number in self._undone
        }

    def figures(
        self, outcomes: Mapping[int, Outcome], previous_people: int | None, people_without_row: int = 0
    ) -> PlanFigures:
        """The figures of the plan. Rows in `outcomes` are not applied; people without a row need no change.

        A person with a refused slot counts as matched and as refused.
        """
        applied = {number: effects for number, effects in self._effects_by_row.items() if number not in outcomes}
        people = Counter(effect for effects in applied.values() for effect in effects)
        refused = self._not_planned["refused"] + sum(outcome.state is RowState.REFUSED for outcome in outcomes.values())
        apart = sum(outcome.code == AWAITS_DECISION for outcome in outcomes.values())
        matched = people_without_row + len(applied) + apart + self._not_planned["done"]
        repeated = self._repeated(outcomes)
        return PlanFigures(
            people=matched + refused + self._not_planned["unmatched"] + self._not_planned["outside"] - repeated,
            matched=matched,
            creates=people[Effect.CREATE],
            updates=people[Effect.UPDATE],
            removals=people[Effect.REMOVE],
            refused=refused + len(self._partly_refused - outcomes.keys()),
            unmatched=self._not_planned["unmatched"],
            outside=self._not_planned["outside"],
            previous_people=previous_people,
            written=sum(map(bool, applied.values())),
            repeated=repeated,
        )

    def _repeated(self, outcomes: Mapping[int, Outcome]) -> int:
        """Of the rows that contradict each other, how many are not the first of their person."""
        own = {
            number: Identity("", person)
            for person, numbers in self._parts_by_person.items()
            for number in numbers
            if number in outcomes and outcomes[number].code == CONFLICTING_ROWS
        }
        rows = self._contradicted | own
        return len(rows) - len(by_person(rows))

    def not_approved(self, figures: PlanFigures, outcomes: Collection[int]) -> PlanFigures:
        """The figures without the changes that a person approved in an earlier attempt.

        The rows in `outcomes` are not applied, so the figures leave out their changes already.
        """
        effects = [self._effects_by_row[number] for number in self._approved.difference(outcomes)]
        approved = Counter(effect for of_row in effects for effect in of_row)
        return replace(
            figures,
            creates=max(0, figures.creates - approved[Effect.CREATE]),
            updates=max(0, figures.updates - approved[Effect.UPDATE]),
            removals=max(0, figures.removals - approved[Effect.REMOVE]),
            written=max(0, figures.writes - sum(map(bool, effects))),
        )

    def _same_mobile(self, number: int, people: dict[int, str]) -> Outcome:
        others = [row for row in people if row != number]
        reason = Said(
            "{rows} has the same mobile number; the limit for one number is {people}"
            if len(others) == 1
            else "{rows} have the same mobile number; the limit for one number is {people}",
            rows=self.places.name_all(others),
            people=people_in_words(self.max_same_mobile),
        )
        return Outcome(RowState.REFUSED, "sameMobile", reason)


def _asks_for_undone(row: Row) -> bool:
    return row.plan is not None and any(question.is_about_undone for question in row.plan.asks)


def _group(row: Row) -> str:
    """The figure in which a row without a plan is counted. In a redriven run rows may be complete already."""
    match row.state:
        case RowState.MERGED:
            return "merged"
        case RowState.REFUSED:
            return _GROUP_BY_CODE.get(row.code, "refused")
        case _:
            return "done"


def _mobile(plan: Plan) -> str | None:
    desired = next((planned.desired for planned in plan.slots if planned.slot is Slot.MOBILE), None)
    return desired.digits if isinstance(desired, PhoneNumber) else None


_MOST_SET_APART, _SHARE_SET_APART = 20, 0.05
"""Up to this many rows, or this share of the rows, are set apart; with more, the run is held."""
_PART_SIZE = 8
_PARTS = (*Slot, SMS_SIGN_IN)
_REFUSED = b"refused!"


def _parts(plan: Plan) -> bytes:
    """The parts of the plan: for each a byte that names it, and a hash of its value in eight bytes."""
    values = {planned.slot.value: value_to_json(planned.desired) or "remove" for planned in plan.slots}
    if plan.sms_sign_in is not None:
        values[SMS_SIGN_IN] = str(plan.sms_sign_in.desired)
    parts = {name: hashed(value.casefold(), _PART_SIZE) for name, value in values.items()}
    parts |= {refusal.slot: _REFUSED for refusal in plan.refused}
    return b"".join(bytes([_PARTS.index(name)]) + parts[name] for name in sorted(parts))


type _Parts = dict[int, bytes]
"""By the index of the part in `_PARTS`."""


def _decoded(parts_by_row: dict[int, bytes]) -> dict[int, _Parts]:
    size = _PART_SIZE + 1
    return {
        number: {parts[start]: parts[start + 1 : start + size] for start in range(0, len(parts), size)}
        for number, parts in parts_by_row.items()
    }


def _contradict(parts_by_row: dict[int, _Parts]) -> bool:
    """Whether two rows ask for different values of one slot; a refused slot may stand for any value."""
    values = {part for parts in parts_by_row.values() for part in parts.items() if part[1] != _REFUSED}
    return len(values) > len({name for name, _ in values})


def _is_all(first: _Parts, parts_by_row: dict[int, _Parts]) -> bool:
    """Whether the first row asks for everything that the others ask for, and has their refusals too."""
    return all(parts.items() <= first.items() for parts in parts_by_row.values())


def _outcomes_among(parts_by_row: dict[int, _Parts], places: Places) -> dict[int, Outcome]:
    """The outcomes of the rows of one person; the row that is applied has none."""
    first = min(parts_by_row)
    if not _contradict(parts_by_row) and _is_all(parts_by_row[first], parts_by_row):
        return {number: merged_into(first, places) for number in parts_by_row if number != first}
    return {
        number: Outcome(
            RowState.REFUSED, CONFLICTING_ROWS, contradiction([one for one in parts_by_row if one != number], places)
        )
        for number in parts_by_row
    }
