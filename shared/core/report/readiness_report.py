"""The readiness report as a document: per class its people, their departments and what to do, and earlier figures.

A readiness run's closing stage makes it, the API returns it, and the workbook shows it with names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.core.record.readiness import ClassifiedPerson, Readiness, SmsSignInUse, by_class
from shared.core.report.texts import Language, texts_in
from shared.core.run.run import Run
from shared.core.values.phone_delivery import PhoneDelivery

DEPENDENT = (
    Readiness.PHONE_ONLY,
    Readiness.ALTERNATE_OR_OFFICE_ONLY,
    Readiness.PHONE_FOR_RESET,
)
"""The classes of people who lose something when messages and calls are no longer delivered."""

_MOST_POINTS = 520
"""Ten years of weeks."""


@dataclass(frozen=True, slots=True)
class ReadinessPoint:
    """The number of people in one run, and the number in each class, without names."""

    run: str
    at: str
    people: int
    counts: Mapping[str, int]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ReadinessPoint:
        return cls(str(data["run"]), str(data["at"]), int(data["people"]), dict(data["counts"]))

    def to_json(self) -> dict[str, Any]:
        return {"run": self.run, "at": self.at, "people": self.people, "counts": dict(self.counts)}


def with_point(history: Iterable[ReadinessPoint], point: ReadinessPoint) -> tuple[ReadinessPoint, ...]:
    """The history with this run's point at its end; repeating it changes nothing."""
    return (*(one for one in history if one.run != point.run), point)[-_MOST_POINTS:]


@dataclass(frozen=True, slots=True)
class Fallback:
    """Why the report of the tenant could not be read."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class ReadinessReport:
    """Everything that a readiness run has found out."""

    people: Sequence[ClassifiedPerson]
    disabled: int
    """Accounts that are left out, because they cannot be used to sign in."""
    not_read: int
    """People whom the app knows and whose methods could not be read."""
    methods_for_reset: int
    """The setting SSPR_METHODS_REQUIRED."""
    able_to_reset_with_fewer: int
    """How many people can reset the password, as Graph says, with fewer methods than `methods_for_reset`."""
    fallback: Fallback | None
    """None = the tenant's report was read."""
    delivery: PhoneDelivery
    proposed_delivery: str
    delivery_note: str

    @property
    def dependent(self) -> int:
        """How many people lose something when messages and calls are no longer delivered."""
        return sum(one.readiness in DEPENDENT for one in self.people)

    def headline(self) -> str:
        return texts_in(Language.ENGLISH).say_how_many(
            "headline.readiness", self.dependent, count=self.dependent, people=len(self.people)
        )

    def point(self, run: Run) -> ReadinessPoint:
        counts = {one.value: len(found) for one, found in by_class(self.people).items()}
        return ReadinessPoint(run.id, run.created_at.isoformat(), len(self.people), counts)

    def to_json(self, run: Run, history: Iterable[ReadinessPoint]) -> dict[str, Any]:
        """The document; it identifies people by object id only."""
        english = texts_in(Language.ENGLISH)
        uses = Counter(one.sms for one in self.people)
        day = self.delivery.first_day_without
        return {
            "run": run.id,
            "at": run.created_at.isoformat(),
            "message": self.headline(),
            "people": len(self.people),
            "disabled": self.disabled,
            "notRead": self.not_read,
            "coversEverybody": self.fallback is None,
            "code": self.fallback.code if self.fallback else "",
            "reason": self.fallback.message if self.fallback else "",
            "methodsForReset": self.methods_for_reset,
            "canResetWithFewer": self.able_to_reset_with_fewer,
            "phoneDelivery": self.delivery.deliverer.value,
            "retirementDate": day.isoformat() if day else None,
            "proposedDelivery": self.proposed_delivery or None,
            "deliveryNote": self.delivery_note,
            "smsSignIn": {use.value: uses[use] for use in SmsSignInUse},
            "classes": [
                {
                    "class": one.value,
                    "count": len(found),
                    "action": english.say(f"action.{one}"),
                    "departments": departments(found),
                    "people": [
                        {"id": person.account.object_id, "department": person.account.department} for person in found
                    ],
                }
                for one, found in by_class(self.people).items()
            ],
            "history": [point.to_json() for point in history],
        }


def departments(people: Iterable[ClassifiedPerson]) -> dict[str, int]:
    """The number of these people in each department, the largest first; people without a department are left out."""
    return dict(Counter(one.account.department for one in people if one.account.department).most_common())
