"""Every start and every target over three phone slots, and the fewest legal calls between them.

Legal is what the stand-in's tenant accepts; the fewest calls are found by trying all of them, breadth first, so that
nothing here knows the planner. Used by the exhaustive test in memory and by its sample over HTTP.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

from sandbox.graph.errors import GraphError
from sandbox.graph.person import Person
from sandbox.graph.state import Tenant
from sandbox.graph.user_state import NOT_ENABLED, OUT_OF_SCOPE, READY
from shared.adapters.graph.method_ids import METHOD_IDS
from shared.core.export.desired import Desired
from shared.core.person.account import Methods, PhoneAuthenticationMethod
from shared.core.plan.operations import (
    CreatePhone,
    DeletePhone,
    DisableSmsSignIn,
    EnableSmsSignIn,
    Operation,
    UpdatePhone,
)
from shared.core.values.slot import PHONE_SLOTS, PhoneNumber, PhoneType, Remove, number_from_graph

PERSON = "00000000-0000-4000-8000-000000000001"
NUMBERS = {letter: PhoneNumber(1, f"202555010{last}") for letter, last in zip("ABC", "123", strict=True)}
LETTERS = {number: letter for letter, number in NUMBERS.items()}
VALUES = (None, *NUMBERS)
MOBILE, ALTERNATE, OFFICE = PhoneType

Phones = tuple[str | None, str | None, str | None]
"""The letters of mobile, alternate mobile and office number."""


@dataclass(frozen=True, slots=True)
class State:
    """A person as Graph has them. `sms` matters without a mobile too: it is what a new one would meet."""

    phones: Phones
    default: PhoneType | None
    sms: str

    def person(self, person_id: str = PERSON) -> Person:
        phones = {
            kind: NUMBERS[letter].spelled_for_graph()
            for kind, letter in zip(PhoneType, self.phones, strict=True)
            if letter
        }
        return Person(
            id=person_id,
            userPrincipalName=f"{person_id}@contoso.example",
            phones=phones,
            default_method=self.default,
            smsSignInState=self.sms,
        )

    def lookalikes(self) -> list[State]:
        """What it may be for all that a read shows: without a mobile the scope of the SMS policy is not seen."""
        return [self] if self.phones[0] else [replace(self, sms=sms) for sms in (NOT_ENABLED, OUT_OF_SCOPE)]

    def methods(self) -> Methods:
        """What a read shows: the policy's scope only on a mobile, the default method not at all."""
        return Methods(
            tuple(
                PhoneAuthenticationMethod(kind, NUMBERS[letter], self.sms if kind is MOBILE else "notSupported")
                for kind, letter in zip(PhoneType, self.phones, strict=True)
                if letter
            )
        )


@dataclass(frozen=True, slots=True)
class Target:
    """An opinion on every phone slot, None = to be empty, and perhaps one on SMS sign-in."""

    phones: Phones
    sms: bool | None = None

    def desired(self) -> Desired:
        desired_values = zip(PHONE_SLOTS, self.phones, strict=True)
        return Desired(
            tuple((slot, NUMBERS[letter] if letter else Remove.REMOVE) for slot, letter in desired_values), self.sms
        )

    def is_met_by(self, state: State) -> bool:
        """SMS sign-in that policy or the lack of a mobile forbids is not asked for."""
        impossible = self.sms and (state.sms == OUT_OF_SCOPE or self.phones[0] is None)
        return state.phones == self.phones and (bool(impossible) or self.sms in (None, state.sms == READY))

    def refusal(self, state: State) -> str | None:
        """The documented reason why nothing leads from `state` to here."""
        if self.phones[1] and not self.phones[0]:
            return "alternateNeedsMobile"
        kept = dict(zip(PhoneType, self.phones, strict=True))
        return "defaultMethod" if state.default and kept[state.default] is None else None


def every_state() -> Iterator[State]:
    """All that Graph's rules allow, with every method as the default or none, in and out of the SMS policy's scope."""
    for phones in product(VALUES, VALUES, VALUES):
        if phones[1] and not phones[0]:
            continue
        present = [kind for kind, number in zip(PhoneType, phones, strict=True) if number]
        states = (READY, NOT_ENABLED, OUT_OF_SCOPE) if phones[0] else (NOT_ENABLED, OUT_OF_SCOPE)
        for default, sms in product((None, *present), states):
            yield State(phones, default, sms)


def every_target() -> Iterator[Target]:
    """Illegal ones included: those are to be refused."""
    for phones, sms in product(product(VALUES, VALUES, VALUES), (None, True, False)):
        yield Target(phones, sms)


def state_of(tenant: Tenant, person_id: str = PERSON) -> State:
    user = tenant.people[person_id]
    mobile, alternate, office = (_letter(user.methods.get(kind)) for kind in PhoneType)
    sms = NOT_ENABLED if mobile is None and user.sms_state != OUT_OF_SCOPE else user.sms_state
    return State((mobile, alternate, office), user.default_method, sms)


def _letter(text: str | None) -> str | None:
    number = number_from_graph(text) if text else None
    return LETTERS[number] if isinstance(number, PhoneNumber) else None


def _call(tenant: Tenant, operation: Operation) -> None:
    """Raises GraphError when the call is illegal."""
    match operation:
        case CreatePhone(kind, new):
            tenant.create_method(PERSON, kind, new.spelled_for_graph())
        case UpdatePhone(kind, _, new):
            tenant.update_method(PERSON, METHOD_IDS[kind], new.spelled_for_graph(), kind)
        case DeletePhone(kind):
            tenant.delete_method(PERSON, METHOD_IDS[kind])
        case EnableSmsSignIn():
            tenant.enable_sms_sign_in(PERSON, METHOD_IDS[MOBILE])
        case DisableSmsSignIn():
            tenant.disable_sms_sign_in(PERSON, METHOD_IDS[MOBILE])
        case _:
            raise AssertionError(operation)


def _every_call(state: State) -> Iterator[Operation]:
    for kind, old in zip(PhoneType, state.phones, strict=True):
        for new in NUMBERS.values():
            yield UpdatePhone(kind, NUMBERS[old], new) if old else CreatePhone(kind, new)
        if old and kind is not state.default:  # the default method is never deleted
            yield DeletePhone(kind, NUMBERS[old])
    yield from (EnableSmsSignIn(), DisableSmsSignIn())


class Calls:
    """What the tenant makes of calls; each is tried once."""

    def __init__(self) -> None:
        self._outcomes: dict[tuple[State, Operation], State | GraphError] = {}
        self._neighbours: dict[State, frozenset[State]] = {}

    def outcome(self, state: State, operation: Operation) -> State | GraphError:
        """What the call leads to, or how Graph refuses it."""
        tried = (state, operation)
        if tried not in self._outcomes:
            tenant = Tenant([state.person()])
            try:
                _call(tenant, operation)
                self._outcomes[tried] = state_of(tenant)
            except GraphError as error:
                self._outcomes[tried] = error
        return self._outcomes[tried]

    def distances(self, start: State) -> dict[State, int]:
        """For every state that can be reached, the fewest calls; to be without a number is an end, never a way."""
        distances, frontier, calls = {start: 0}, {start}, 0
        while frontier:
            calls += 1
            reached = {state for one in frontier for state in self._after(one)} - distances.keys()
            distances |= dict.fromkeys(reached, calls)
            frontier = {state for state in reached if any(state.phones)}
        return distances

    def _after(self, state: State) -> frozenset[State]:
        if state not in self._neighbours:
            outcomes = [self.outcome(state, call) for call in _every_call(state)]
            self._neighbours[state] = frozenset(outcome for outcome in outcomes if isinstance(outcome, State))
        return self._neighbours[state]
