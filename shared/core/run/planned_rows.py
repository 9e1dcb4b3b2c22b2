"""All planned rows of a run together: people with several rows, shared mobile numbers, and the plan's figures.

The gate adds every row once by ascending number, then asks for outcomes and figures. A few fingerprints are kept per
row, not the rows.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from shared.core.plan.operations import Effect
from shared.core.plan.plan import Plan
from shared.core.run.duplicates import name_rows, outcome_among
from shared.core.run.row import Outcome, Row
from shared.core.run.safety_limits import PlanFigures
from shared.core.values.slot import PhoneNumber, Slot, value_to_json
from shared.core.values.states import RowState

_GROUP_BY_CODE = {"personNotFound": "unmatched", "personAmbiguous": "unmatched", "notInPilot": "outside"}
"""How a refused row is counted, by code; any other code counts as refused."""


@dataclass(slots=True)
class PlannedRows:
    max_same_mobile: int
    _desired_by_person: defaultdict[str, dict[int, bytes]] = field(default_factory=lambda: defaultdict(dict))
    _people_by_mobile: defaultdict[bytes, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    _effects_by_row: dict[int, frozenset[Effect]] = field(default_factory=dict)
    _not_planned: Counter[str] = field(default_factory=Counter)

    def add(self, row: Row) -> None:
        if row.state is not RowState.PLANNED or row.plan is None:
            self._not_planned[_group(row)] += 1
            return
        self._desired_by_person[row.object_id][row.number] = _desired_values(row.plan)
        self._effects_by_row[row.number] = row.plan.effects
        mobile = _mobile(row.plan)
        if mobile is not None:
            self._people_by_mobile[_fingerprint(mobile)][row.number] = row.object_id

    def outcomes(self) -> dict[int, Outcome]:
        """Rows that must not be applied, by row number."""
        found: dict[int, Outcome] = {}
        for desired_values in self._desired_by_person.values():
            for number in desired_values:
                outcome = outcome_among(number, desired_values) if len(desired_values) > 1 else None
                if outcome is not None:
                    found[number] = outcome
        for people in self._people_by_mobile.values():
            if len(set(people.values())) > self.max_same_mobile:
                found |= {number: self._same_mobile(number, people) for number in people if number not in found}
        return found

    def figures(
        self, outcomes: dict[int, Outcome], previous_people: int | None, people_without_row: int = 0
    ) -> PlanFigures:
        """The figures without the rows in `outcomes`; people without a row need no change."""
        applied = {number: effects for number, effects in self._effects_by_row.items() if number not in outcomes}
        people = Counter(effect for effects in applied.values() for effect in effects)
        refused = self._not_planned["refused"] + sum(outcome.state is RowState.REFUSED for outcome in outcomes.values())
        matched = people_without_row + len(applied) + self._not_planned["done"]
        return PlanFigures(
            people=matched + refused + self._not_planned["unmatched"] + self._not_planned["outside"],
            matched=matched,
            creates=people[Effect.CREATE],
            updates=people[Effect.UPDATE],
            removals=people[Effect.REMOVE],
            refused=refused,
            unmatched=self._not_planned["unmatched"],
            outside=self._not_planned["outside"],
            previous_people=previous_people,
        )

    def _same_mobile(self, number: int, people: dict[int, str]) -> Outcome:
        others = name_rows([row for row in people if row != number])
        return Outcome(
            RowState.REFUSED,
            "sameMobile",
            f"{others} have the same mobile number; at most {self.max_same_mobile} people may share one",
        )


def _group(row: Row) -> str:
    """How a row without a plan is counted; rows of a redriven run may be complete already."""
    match row.state:
        case RowState.MERGED:
            return "merged"
        case RowState.REFUSED:
            return _GROUP_BY_CODE.get(row.code, "refused")
        case _:
            return "done"


def _mobile(plan: Plan) -> str | None:
    wanted = next((planned.desired for planned in plan.slots if planned.slot is Slot.MOBILE), None)
    return wanted.digits if isinstance(wanted, PhoneNumber) else None


def _desired_values(plan: Plan) -> bytes:
    slots = sorted((planned.slot, value_to_json(planned.desired)) for planned in plan.slots)
    return _fingerprint(json.dumps([slots, plan.sms_sign_in and plan.sms_sign_in.desired]))


def _fingerprint(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=16).digest()
