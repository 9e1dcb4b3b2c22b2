"""All rows of a run together: rows of the same person, shared mobile numbers, the figures and the digest of the plan.

The reading stage adds every row once to `KeysSeen`. The gate adds every row to `PlannedRows` and `PlanDigest`, in order
of row number. These objects store a few fingerprints per row, not the rows.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from shared.core.export.export_row import ExportRow
from shared.core.plan.operations import Effect
from shared.core.plan.plan import Plan
from shared.core.plan.plan_json import plan_to_json
from shared.core.run.row import Outcome, Row
from shared.core.run.safety_limits import PlanFigures
from shared.core.values.former_codes import former_code
from shared.core.values.slot import PhoneNumber, Slot, value_to_json
from shared.core.values.states import RowState

_NAMED_ROWS = 5


@dataclass(slots=True)
class KeysSeen:
    """Finds rows with the same key, and compares the values that they ask for."""

    _rows_by_key: defaultdict[bytes, list[tuple[int, bytes]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, row: ExportRow) -> None:
        if row.key is not None:
            self._rows_by_key[_fingerprint(row.key.folded())].append((row.row, _desired_values(row)))

    def outcome(self, row: ExportRow) -> Outcome | None:
        """None when the row is to be planned; a row without a key is refused elsewhere."""
        if row.key is None:
            return None
        rows = self._rows_by_key[_fingerprint(row.key.folded())]
        return outcome_among(row.row, dict(rows))


def outcome_among(row: int, desired_by_row: dict[int, bytes]) -> Outcome | None:
    """The outcome of one row, given all rows of the same person; None = this row is to be planned."""
    if len(set(desired_by_row.values())) > 1:
        others = name_rows([number for number in desired_by_row if number != row])
        ask = "asks" if len(desired_by_row) == 2 else "ask"  # noqa: PLR2004 - this row and one other
        return Outcome(RowState.REFUSED, "conflictingRows", f"{others} {ask} for other values for this person")
    first = min(desired_by_row)
    return None if row == first else Outcome(RowState.MERGED, "duplicateRow", f"row {first} asks for the same")


def name_rows(rows: list[int]) -> str:
    """`row 4`, `rows 4, 9 and 12 more`."""
    listed = ", ".join(str(row) for row in sorted(rows)[:_NAMED_ROWS])
    more = f" and {len(rows) - _NAMED_ROWS} more" if len(rows) > _NAMED_ROWS else ""
    return f"{'row' if len(rows) == 1 else 'rows'} {listed}{more}"


def _desired_values(row: ExportRow) -> bytes:
    return _fingerprint(json.dumps(row.desired_values()))


def _fingerprint(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


DIGEST_VERSION = 3
"""The version of new digests. Version 1 comes from app version 0.1.0 and uses that version's names of the codes.

Refused slots count since version 3; a plan of an older digest has none.
"""
_FIRST_WITH_REFUSED = 3


class PlanDigest:
    """SHA-256 over the run's random nonce and all planned rows in order of row number; other rows do not count.

    Raises ValueError for a version that does not exist.
    """

    def __init__(self, nonce: str, version: int) -> None:
        if version not in _CODES:
            raise ValueError(f"there is no version {version} of a plan's digest")
        self._code = _CODES[version]
        self._with_refused = version >= _FIRST_WITH_REFUSED
        self._hash = hashlib.sha256(nonce.encode())

    def add(self, row: Row) -> None:
        if row.state is not RowState.PLANNED:
            return
        plan = self._plan(plan_to_json(row.plan)) if row.plan is not None else None
        line = json.dumps([row.number, row.state, self._code(row.code), row.object_id, plan], sort_keys=True)
        self._hash.update(line.encode() + b"\n")

    def hexdigest(self) -> str:
        return self._hash.hexdigest()

    def _plan(self, plan: dict[str, Any]) -> dict[str, Any]:
        decided = (*plan["slots"], *([plan["smsSignIn"]] if "smsSignIn" in plan else ()))
        for part in decided:
            part["code"] = self._code(part["code"])
        return plan if self._with_refused else {name: part for name, part in plan.items() if name != "refused"}


_CODES: dict[int, Callable[[str], str]] = {1: former_code, 2: str, 3: str}
"""The function that gives the name of a code in each version of the digest."""


_GROUP_BY_CODE = {"personNotFound": "unmatched", "personAmbiguous": "unmatched", "notInPilot": "outside"}
"""The figure in which a refused row is counted, by code; rows with any other code count as refused."""


@dataclass(slots=True)
class PlannedRows:
    max_same_mobile: int
    _desired_by_person: defaultdict[str, dict[int, bytes]] = field(default_factory=lambda: defaultdict(dict))
    _people_by_mobile: defaultdict[bytes, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    _effects_by_row: dict[int, frozenset[Effect]] = field(default_factory=dict)
    _partly_refused: set[int] = field(default_factory=set)
    _not_planned: Counter[str] = field(default_factory=Counter)

    def add(self, row: Row) -> None:
        if row.state is not RowState.PLANNED or row.plan is None:
            self._not_planned[_group(row)] += 1
            return
        self._desired_by_person[row.object_id][row.number] = _planned_values(row.plan)
        self._effects_by_row[row.number] = row.plan.effects
        if row.plan.refused:
            self._partly_refused.add(row.number)
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
        """The figures. Rows in `outcomes` are not applied; people without a row need no change.

        A person with a refused slot is matched and refused.
        """
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
            refused=refused + len(self._partly_refused - outcomes.keys()),
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


def _planned_values(plan: Plan) -> bytes:
    slots = sorted((planned.slot, value_to_json(planned.desired)) for planned in plan.slots)
    return _fingerprint(json.dumps([slots, plan.sms_sign_in and plan.sms_sign_in.desired]))
