"""Decides who may approve a run, and which approvals are missing, from all who touched the run.

A recorded name shows what kind of actor it names: an account is named by its object id, which is a UUID, and so by none
of the words below.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from shared.core.values.codes import CodeInfo
from shared.core.values.said import NOTHING, Said

BY_KEY = "key"
"""The recorded name of a caller that has only a function key."""
BY_TIMER = "timer"
"""The recorded name of the app itself, for runs that it starts and decisions that it makes."""
BY_EXPORT = "export"
"""The recorded name of the unknown person who dropped a file into the container."""
BY_APPLICATION = "app:"
"""The beginning of an application's recorded name; its object id follows."""
BY_LOCAL = "local:"
"""The beginning of a local command's recorded name; the name of the system's user follows."""


CODES_OF_APPROVALS = {
    "secondPersonRequired": CodeInfo(
        "The caller touched this run, or has approved it already, so another person must approve it.",
        "Ask another person who may approve runs.",
    ),
    "secondPersonUnknown": CodeInfo(
        "Approval needs a second person, and the caller is not known to be one.",
        "Sign in as yourself to approve the run.",
        "A function key does not identify the caller, so AUTH_MODE has to be entra.",
    ),
    "applicationMayNotApprove": CodeInfo(
        "The caller is an application; only a person may approve.", "Sign in as yourself to approve the run."
    ),
    "connectorMayNotApprove": CodeInfo(
        "A flow with two connections is not two people, so the run is not approved through the connector.",
        "Sign in as yourself to approve the run.",
    ),
}
"""Why a caller may not approve a run, by code."""


class SecondPerson(StrEnum):
    """For which runs a person who touched the run may not approve alone."""

    FALSE = "false"
    HELD = "held"
    """For runs that are held."""
    ALWAYS = "always"
    """As `held`; and no run but a call writes without an approval."""


class ActorKind(StrEnum):
    PERSON = "person"
    LOCAL = "local"
    """People who can run local commands; all of them count as one person."""
    KEY = "key"
    APPLICATION = "application"
    UNKNOWN = "unknown"
    TIMER = "timer"


_NAMED = {BY_KEY: ActorKind.KEY, BY_TIMER: ActorKind.TIMER, BY_EXPORT: ActorKind.UNKNOWN}
_PEOPLE = frozenset({ActorKind.PERSON, ActorKind.LOCAL})


def kind_of(name: str) -> ActorKind:
    """The kind of actor that a recorded name stands for, in any spelling."""
    folded = name.casefold()
    if folded.startswith(BY_APPLICATION):
        return ActorKind.APPLICATION
    if folded.startswith(BY_LOCAL):
        return ActorKind.LOCAL
    return _NAMED.get(folded, ActorKind.PERSON) if folded else ActorKind.UNKNOWN


def is_same_actor(name: str, other: str) -> bool:
    """Whether two recorded names, in any spelling, are those of one actor."""
    return bool(name) and _identity(name) == _identity(other)


def _identity(name: str) -> str:
    return ActorKind.LOCAL.value if kind_of(name) is ActorKind.LOCAL else name.casefold()


@dataclass(frozen=True, slots=True)
class TouchedBy:
    """Who touched a run before its approval, by recorded names."""

    starters: frozenset[str] = frozenset()
    """Who chose its content and its options."""
    changers: frozenset[str] = frozenset()
    """Who redrove it, cancelled it, or chose its columns."""

    @property
    def is_unknown(self) -> bool:
        """Whether an actor touched it who may be any person, and so the approver."""
        return any(kind_of(name) not in {*_PEOPLE, ActorKind.TIMER} for name in self.starters | self.changers)


@dataclass(frozen=True, slots=True)
class MissingApprovals:
    """The number of `people` who still have to approve; `untouched` = one of them must not have touched the run."""

    people: int = 0
    untouched: bool = False

    def in_words(self) -> Said:
        """A sentence; "" = nothing is missing."""
        match self.people, self.untouched:
            case 0, _:
                return NOTHING
            case 1, False:
                return Said("Missing: the approval of one more person.")
            case 1, True:
                return Said("Missing: the approval of one person who has not touched the run.")
            case _:
                return Said(
                    "Missing: the approvals of {people} people, one of whom has not touched the run.",
                    people=self.people,
                )


@dataclass(frozen=True, slots=True)
class ApprovalAnswer:
    """`refused` is the code of the refusal, "" = the caller may approve; `missing` is what is missing after that."""

    refused: str
    missing: MissingApprovals


def missing_approvals(rule: SecondPerson, touched: TouchedBy, approvers: frozenset[str]) -> MissingApprovals:
    """What is missing when `approvers` have approved the plan."""
    given = {_identity(name) for name in approvers}
    if rule is SecondPerson.FALSE:
        return MissingApprovals(0 if given else 1)
    is_independent = not given <= {_identity(name) for name in touched.starters | touched.changers}
    people = (2 if touched.is_unknown else 1) - len(given)
    return MissingApprovals(max(people, 0 if is_independent else 1), not is_independent)


def approvals_in_words(rule: SecondPerson, touched: TouchedBy) -> Said:
    """The sentence about missing approvals for the message of a held run; "" = any approver may approve alone."""
    return NOTHING if rule is SecondPerson.FALSE else missing_approvals(rule, touched, frozenset()).in_words()


def answer_to(
    caller: str, rule: SecondPerson, touched: TouchedBy, approvers: frozenset[str], *, through_connector: bool = False
) -> ApprovalAnswer:
    """Whether this caller may approve the plan that `approvers` have approved, and what is still missing.

    If an actor is unknown (`TouchedBy.is_unknown`), the rules other than `false` need two people. One of them may have
    changed the run, neither may have started it.
    """
    refused = _refused(caller, rule, touched, approvers, through_connector=through_connector)
    return ApprovalAnswer(refused, missing_approvals(rule, touched, approvers if refused else approvers | {caller}))


def _refused(
    caller: str, rule: SecondPerson, touched: TouchedBy, approvers: frozenset[str], *, through_connector: bool
) -> str:
    match kind_of(caller):
        case ActorKind.APPLICATION:
            return "applicationMayNotApprove"
        case ActorKind.UNKNOWN | ActorKind.TIMER:
            return "secondPersonRequired"
        case ActorKind.KEY if rule is not SecondPerson.FALSE:
            return "secondPersonUnknown"
        case _ if rule is SecondPerson.FALSE:
            return ""
        case _ if through_connector:
            return "connectorMayNotApprove"
        case _:
            ruled_out = touched.starters | approvers | (frozenset() if touched.is_unknown else touched.changers)
            is_out = _identity(caller) in {_identity(name) for name in ruled_out}
            return "secondPersonRequired" if is_out else ""
