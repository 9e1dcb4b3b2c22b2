"""One person as the tenant holds them: the directory properties, and the methods, which change; pure.

Made from a `Person` by the tenant in `state.py`, which applies the rules between people.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any, Self

from sandbox.graph.options import Options
from sandbox.graph.person import Person
from sandbox.graph.spelling import stored_spelling
from shared.adapters.graph.method_ids import EMAIL_METHOD_ID, METHOD_IDS
from shared.core.values.slot import PhoneType

OUT_OF_SCOPE, NOT_CONFIGURED, NOT_ENABLED = "notAllowedByPolicy", "notConfigured", "notEnabled"
NOT_UNIQUE, READY, NOT_SUPPORTED = "phoneNumberNotUnique", "ready", "notSupported"
MOBILE_STATES = (OUT_OF_SCOPE, NOT_CONFIGURED, NOT_ENABLED, NOT_UNIQUE, READY)

_ORDER = (PhoneType.OFFICE, PhoneType.MOBILE, PhoneType.ALTERNATE_MOBILE)
"""Lists have no defined order; Graph's own samples show the office phone before the mobile."""

_ADDRESS = re.compile(r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+")

EXTENSION_ATTRIBUTES = tuple(f"extensionAttribute{number}" for number in range(1, 16))

type MethodRow = dict[str, Any]


def spelled(number: str, options: Options) -> str | None:
    """`number` as it would be stored, None when its format is refused."""
    stored = stored_spelling(number, space_required=options.number_spelling == "space-required")
    return number if stored and options.number_spelling == "verbatim" else stored


def is_address(text: str) -> bool:
    """Whether this could be an e-mail address; what exactly Graph takes is not documented."""
    return _ADDRESS.fullmatch(text) is not None


@dataclass(slots=True)
class UserState:
    """The present state of one person, and the state that reads show."""

    person: Person
    methods: dict[PhoneType, str] = field(default_factory=dict)
    email: str | None = None
    default_method: PhoneType | None = None
    sms_state: str = OUT_OF_SCOPE
    known_from: float = 0.0
    """When the person becomes visible under `/authentication`."""
    past: UserState | None = None
    """What reads show until `stale_until`."""
    stale_until: float = 0.0
    earlier: list[tuple[float, UserState]] = field(default_factory=list)
    """The states before the latest writes, each with the time of the write that ended it; for late replicas."""

    @classmethod
    def of(cls, person: Person, options: Options) -> Self:
        """Raises ValueError when the person breaks a rule."""
        user = cls(person, email=person.email, sms_state=person.smsSignInState)
        for name, number in person.phones.items():
            stored = spelled(number, options)
            if stored is None:
                raise ValueError(f"{person.id}: the {name} number is not in the format Graph stores")
            user.methods[PhoneType(name)] = stored
        user.default_method = PhoneType(person.default_method) if person.default_method else None
        mobile = PhoneType.MOBILE in user.methods
        conditions = {
            "an alternateMobile without a mobile": PhoneType.ALTERNATE_MOBILE in user.methods and not mobile,
            "a default method that is not there": user.default_method not in (None, *user.methods),
            f"the unknown smsSignInState {user.sms_state}": user.sms_state not in MOBILE_STATES,
            "SMS sign-in ready without a mobile": user.sms_state == READY and not mobile,
            "a malformed e-mail address": user.email is not None and not is_address(user.email),
            "an unknown extension attribute": not set(EXTENSION_ATTRIBUTES).issuperset(
                person.onPremisesExtensionAttributes
            ),
        }
        broken = [text for text, found in conditions.items() if found]
        if broken:
            raise ValueError(f"{person.id} cannot have {' or '.join(broken)}")
        return user

    def row(self, phone_type: PhoneType) -> MethodRow:
        return {
            "id": METHOD_IDS[phone_type],
            "phoneNumber": self.methods[phone_type],
            "phoneType": phone_type.value,
            "smsSignInState": self.sms_state if phone_type is PhoneType.MOBILE else NOT_SUPPORTED,
        }

    def rows(self) -> list[MethodRow]:
        return [self.row(phone_type) for phone_type in _ORDER if phone_type in self.methods]

    def email_row(self) -> MethodRow:
        return {"id": EMAIL_METHOD_ID, "emailAddress": self.email}

    def copy(self) -> UserState:
        """The present state, which later writes do not change."""
        return replace(self, methods=dict(self.methods), past=None, earlier=[])

    def note_write(self, now: float, oldest: float) -> None:
        """Remember the present state before a write; states that ended before `oldest` are forgotten."""
        self.earlier = [(until, state) for until, state in self.earlier if until > oldest]
        self.earlier.append((now, self.copy()))

    def at(self, time: float) -> UserState:
        """The state at `time`, as far back as states are remembered."""
        return next((state for until, state in self.earlier if until > time), self)

    def to_person(self) -> Person:
        return replace(
            self.person,
            phones=dict(self.methods),
            email=self.email,
            default_method=self.default_method,
            smsSignInState=self.sms_state,
        )
