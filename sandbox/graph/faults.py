"""Faults to inject: which requests they affect, and how.

Added by the control path or a test; drawn by the stand-in once per request and batch item.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from fnmatch import fnmatchcase
from random import Random
from typing import Any, ClassVar, Literal, Self, get_args

from sandbox.graph.call import Reply
from sandbox.graph.decoding import STRICT, decode
from sandbox.graph.errors import GraphError, too_many_requests, unauthenticated
from sandbox.graph.options import RetryAfterForm, UselessRetryAfter
from sandbox.graph.throttle import retry_after

FaultKind = Literal[
    "status",
    "commit-then-status",
    "drop",
    "commit-then-drop",
    "truncate",
    "stale-reads",
    "throttle",
    "slow",
    "revoke",
    "old-token",
]

TOKEN = "token"  # noqa: S105 - the kind of a request
"""The kind of a request for a token; it is no request to Graph, so `*` does not include it."""

_FORMS = (*get_args(RetryAfterForm), *get_args(UselessRetryAfter))

_CODES = {
    401: "InvalidAuthenticationToken",
    403: "accessDenied",
    404: "resourceNotFound",
    409: "conflict",
    500: "generalException",
    503: "serviceNotAvailable",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One rule. It affects each request with its `probability`, and with a `count` at most so many requests."""

    __pydantic_config__: ClassVar[dict[str, str]] = STRICT

    kind: FaultKind
    on: str = "*"
    """Kind of request, `*` for any part: `phoneMethods.create`, `phoneMethods.*`, `batch`; `token` by name only."""
    user: str | None = None
    """Only requests for this object id or sign-in name."""
    probability: float = 1.0
    count: int | None = None
    skip: int = 0
    """Let this many matching requests pass first."""
    status: int = 503
    body: Any = None
    """JSON value, or text (sent as HTML); None: what fits the status, an error body or nothing."""
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 10.0
    """How long reads are stale, the `Retry-After` of a throttled request, or the time that a slow one takes."""
    least_seconds: float | None = None
    """If given, each request draws its seconds evenly between this and `seconds`."""
    retry_after: RetryAfterForm | UselessRetryAfter | Literal["any"] = "integer"
    """`any`: each request draws one of the forms."""
    every: float | None = None
    """If given, the rule affects requests only in the first `lasting` of every `every` seconds of the clock."""
    lasting: float = 0.0

    @property
    def loses_answer(self) -> bool:
        """Whether the caller does not get the answer that the request would have had."""
        return self.kind in {"truncate", "drop", "commit-then-drop", "commit-then-status"}

    def is_on(self, now: float) -> bool:
        return self.every is None or now % self.every < self.lasting

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Raises ValueError naming each field that is unknown, missing or wrong."""
        return decode(cls, data)


def strike(fault: Fault, commit: Callable[[], Reply], now: float) -> Reply:
    """The answer that the fault makes of the request; calls `commit()` if the request is done. May raise GraphError."""
    match fault.kind:
        case "stale-reads" | "old-token":
            return commit()
        case "truncate":
            return _torn(commit())
        case "revoke":
            raise unauthenticated("Lifetime validation failed, the token is expired.", fault.headers)
        case "slow":
            answer = commit()
            answer.delay = fault.seconds
            return answer
        case "throttle":
            form = "none" if fault.retry_after == "any" else fault.retry_after  # a drawn fault names its form
            headers, until = retry_after(form, fault.seconds, now)
            raise too_many_requests({**headers, **fault.headers}, until)
        case "drop" | "commit-then-drop":
            if fault.kind == "commit-then-drop":
                commit()
            return Reply(0, dropped=True)
        case "status" | "commit-then-status":
            if fault.kind == "commit-then-status":
                commit()
            return _answer(fault)


def _answer(fault: Fault) -> Reply:
    if fault.body is None and fault.status >= 400:
        code = _CODES.get(fault.status, "UnknownError")
        raise GraphError(fault.status, code, "This fault was asked for.", headers=fault.headers)
    return Reply(fault.status, fault.body, dict(fault.headers))


def _torn(answer: Reply) -> Reply:
    """The answer with the first half of its body, as after a broken connection; one without a body stays complete."""
    if answer.body is None:
        return answer
    whole = json.dumps(answer.body)
    return Reply(answer.status, whole[: len(whole) // 2], answer.headers)


class Faults:
    """The rules in force, in order of injection; each has its own randomness, so that they do not affect each other."""

    def __init__(self, kinds: Mapping[str, bool], random: Random) -> None:
        """`kinds`: every kind of request, and whether it can write."""
        self._kinds = kinds
        self._random = random
        self._rules: list[_Rule] = []

    def add(self, fault: Fault) -> None:
        """Raises ValueError when the rule could never strike."""
        kinds = {
            kind
            for kind, writes in self._kinds.items()
            if (kind == fault.on or (kind != TOKEN and fnmatchcase(kind, fault.on)))
            and _can_strike(fault.kind, kind, writes=writes)
        }
        if not kinds:
            raise ValueError(
                f"no request that {fault.kind} can strike is called {fault.on}; known are {', '.join(self._kinds)}"
            )
        self._rules.append(_Rule(fault, kinds, Random(self._random.getrandbits(64)), fault.skip, fault.count))

    def withdraw(self) -> None:
        """Remove all rules."""
        self._rules.clear()

    def in_force(self) -> list[Fault]:
        """The rules that can still apply, with the rest of their `skip` and `count`."""
        return [replace(rule.fault, skip=rule.skip, count=rule.count) for rule in self._rules if rule.count != 0]

    def __len__(self) -> int:
        return len(self._rules)

    def draw(self, kind: str, now: float, user_names: Collection[str] = ()) -> Fault | None:
        """The first rule that strikes this request, if any, as it was drawn; `user_names` in lower case."""
        return next((rule.drawn() for rule in self._rules if rule.strikes(kind, now, user_names)), None)


def _can_strike(fault: FaultKind, kind: str, *, writes: bool) -> bool:
    match fault:
        case "commit-then-status" | "commit-then-drop" | "stale-reads":
            return writes
        case "old-token":
            return kind == TOKEN
        case "revoke":
            return kind != TOKEN
        case _:
            return True


@dataclass(slots=True)
class _Rule:
    """A fault and its remaining counts."""

    fault: Fault
    kinds: set[str]
    random: Random
    skip: int
    count: int | None

    def strikes(self, kind: str, now: float, user_names: Collection[str]) -> bool:
        if self.count == 0 or kind not in self.kinds or not self.fault.is_on(now):
            return False
        if self.fault.user is not None and self.fault.user.lower() not in user_names:
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.random.random() >= self.fault.probability:
            return False
        if self.count is not None:
            self.count -= 1
        return True

    def drawn(self) -> Fault:
        """The fault with the seconds and the form of this request."""
        fault = self.fault
        if fault.retry_after == "any":
            fault = replace(fault, retry_after=self.random.choice(_FORMS))
        if fault.least_seconds is not None:
            fault = replace(fault, seconds=self.random.uniform(fault.least_seconds, fault.seconds))
        return fault
