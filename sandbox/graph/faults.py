"""Faults to inject: which requests they strike and what they do to them.

Added by the control path or a test; drawn by the stand-in once per request and batch item.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from fnmatch import fnmatchcase
from random import Random
from typing import Any, Literal, Self, get_args

from sandbox.graph.call import Answer
from sandbox.graph.errors import GraphError, too_many_requests
from sandbox.graph.options import RetryAfterForm
from sandbox.graph.throttle import retry_after

FaultKind = Literal["status", "commit-then-status", "drop", "commit-then-drop", "stale-reads", "throttle"]

_CODES = {409: "conflict", 500: "generalException", 503: "serviceNotAvailable"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One rule. Without a `count` it strikes with its `probability`; with one, the next `count` times at most."""

    kind: FaultKind
    on: str = "*"
    """Kind of request, with `*` for any part: `phoneMethods.create`, `phoneMethods.*`, `token`, `batch`."""
    user: str | None = None
    """Only requests for this object id or sign-in name."""
    probability: float = 1.0
    count: int | None = None
    skip: int = 0
    """Let this many matching requests pass first."""
    status: int = 503
    body: Any = None
    """JSON value, or text (sent as HTML); None: an error body that fits the status."""
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 10.0
    """How long reads are stale, or the wait that a throttled request is told."""
    retry_after: RetryAfterForm = "integer"

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Raises ValueError naming what is not known."""
        unknown = sorted(set(data) - {item.name for item in fields(cls)})
        if unknown:
            raise ValueError(f"a fault has no {', '.join(unknown)}")
        if data.get("kind") not in get_args(FaultKind):
            raise ValueError(f"the kind of a fault is one of {', '.join(get_args(FaultKind))}")
        return cls(**data)


def strike(fault: Fault, commit: Callable[[], Answer], now: float) -> Answer:
    """What the caller gets instead of `commit()`, which is done or not as the fault says; may raise GraphError."""
    match fault.kind:
        case "stale-reads":
            return commit()
        case "throttle":
            headers, until = retry_after(fault.retry_after, fault.seconds, now)
            raise too_many_requests(headers, until)
        case "drop":
            return Answer(0, dropped=True)
        case "commit-then-drop":
            commit()
            return Answer(0, dropped=True)
        case "status":
            return _answer(fault)
        case "commit-then-status":
            commit()
            return _answer(fault)


def _answer(fault: Fault) -> Answer:
    if fault.body is None:
        code = _CODES.get(fault.status, "UnknownError")
        raise GraphError(fault.status, code, "This fault was asked for.", headers=fault.headers)
    return Answer(fault.status, fault.body, dict(fault.headers))


class Faults:
    """The rules in force, in order of injection; each draws from its own randomness, so that they do not interfere."""

    def __init__(self, kinds: list[str], random: Random) -> None:
        self._kinds = kinds
        self._random = random
        self._rules: list[tuple[Fault, Random]] = []

    def add(self, fault: Fault) -> None:
        """Raises ValueError when the rule could never strike."""
        if not any(fnmatchcase(kind, fault.on) for kind in self._kinds):
            raise ValueError(f"no request is called {fault.on}; known are {', '.join(self._kinds)}")
        self._rules.append((fault, Random(self._random.getrandbits(64))))

    def in_force(self) -> list[Fault]:
        return [fault for fault, _ in self._rules if fault.count != 0]

    def __len__(self) -> int:
        return len(self._rules)

    def draw(self, kind: str, user_names: Collection[str] = ()) -> Fault | None:
        """The first rule that strikes this request, if any; `user_names` in lower case."""
        for index, (fault, random) in enumerate(self._rules):
            if fault.count == 0 or not fnmatchcase(kind, fault.on):
                continue
            if fault.user is not None and fault.user.lower() not in user_names:
                continue
            if fault.skip:
                self._rules[index] = (replace(fault, skip=fault.skip - 1), random)
                continue
            if random.random() >= fault.probability:
                continue
            if fault.count is not None:
                self._rules[index] = (replace(fault, count=fault.count - 1), random)
            return fault
        return None
