"""What the stand-in has to say about its callers: waits not kept, pages not fetched, roles not needed.

Told by the stand-in about every request; read by tests, people and the control path.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

FindingKind = Literal["retry-after-ignored", "paging-not-followed", "role-not-needed"]

REACTION_SECONDS = 0.05
"""Requests already on their way when a 429 arrives are not held against the caller."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of misbehaviour of one process, and how often it was seen."""

    kind: FindingKind
    process: str
    text: str
    times: int = 1

    def __str__(self) -> str:
        return f"{self.process}: {self.text}" + (f" ({self.times} times)" if self.times > 1 else "")

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class Findings:
    """Remembers, per process, what it was told to do, and finds what it did instead."""

    def __init__(self) -> None:
        self._waits: dict[tuple[str, bool], tuple[float, float]] = {}
        self._early: dict[tuple[str, str], Finding] = {}
        self._open_pages: dict[str, str] = {}
        self._granted: set[str] = set()
        self._needed: set[str] = set()

    def throttled(self, process: str, *, writes: bool, now: float, until: float) -> None:
        """A 429 was sent that named `until`."""
        since, before = self._waits.get((process, writes), (now, now))
        if before <= now:
            since = now
        self._waits[(process, writes)] = (since, max(before, until))

    def started(self, process: str, kind: str, *, writes: bool, at: float) -> None:
        """A request was begun at `at`."""
        wait = self._waits.get((process, writes))
        if wait is None or not wait[0] + REACTION_SECONDS < at < wait[1]:
            return
        known = self._early.get((process, kind))
        self._early[(process, kind)] = (
            replace(known, times=known.times + 1)
            if known
            else Finding(
                "retry-after-ignored",
                process,
                f"{kind} was started {wait[1] - at:.2f} s before the time that a 429 had given",
            )
        )

    def page_given(self, process: str, link: str) -> None:
        self._open_pages.setdefault(link, process)

    def page_fetched(self, link: str) -> None:
        self._open_pages.pop(link, None)

    def role_used(self, granted: Iterable[str], needed: str) -> None:
        """A request was let through by `needed`, one of the roles `granted` to its token."""
        self._granted.update(granted)
        self._needed.add(needed)

    def all(self) -> list[Finding]:
        return [
            *self._early.values(),
            *(
                Finding("paging-not-followed", process, f"the next page was never fetched: {link}")
                for link, process in self._open_pages.items()
            ),
            *(
                Finding("role-not-needed", "identity", f"the role {role} is granted, but no request needed it")
                for role in sorted(self._granted - self._needed)
            ),
        ]
