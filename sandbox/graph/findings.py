"""Finds mistakes of callers: ignored waits, pages that were not fetched, roles that were not needed.

The stand-in reports every request here; tests, people and the control path read the findings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from sandbox.graph.call import Access

FindingKind = Literal["retry-after-ignored", "paging-not-followed", "role-not-needed"]

REACTION_SECONDS = 0.05
"""Requests that were already sent when a 429 arrives are no mistake of the caller."""


@dataclass(frozen=True, slots=True)
class CallerFinding:
    """One kind of mistake of one process, and how often it was seen."""

    kind: FindingKind
    process: str
    text: str
    times: int = 1

    def __str__(self) -> str:
        return f"{self.process}: {self.text}" + (f" ({self.times} times)" if self.times > 1 else "")

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class CallerFindings:
    """Records for each process what the answers required, and compares it with what the process did."""

    def __init__(self) -> None:
        self._waits: dict[tuple[str, str], tuple[float, float]] = {}
        self._kept = defaultdict[tuple[str, str], float](float)
        self._is_lost = False
        self._early: dict[tuple[str, str], CallerFinding] = {}
        self._open_pages: dict[_Page, CallerFinding] = {}
        self._granted: set[str] = set()
        self._needs: set[tuple[str, ...]] = set()

    def throttled(self, process: str, targets: Iterable[str], *, now: float, until: float) -> None:
        """A 429 was sent that named `until`; `targets` are the requests, or the access, that it holds for."""
        for one in () if self._is_lost else targets:
            since, before = self._waits.get((process, one), (now, now))
            if before <= now:
                since = now
            self._waits[(process, one)] = (since, max(before, until))

    @contextmanager
    def lost(self) -> Iterator[None]:
        """Ignore the 429s of this block: they are inside an answer that is lost, so the caller cannot know of them."""
        self._is_lost = True
        try:
            yield
        finally:
            self._is_lost = False

    def longest_wait(self) -> float:
        """The longest time for which 429s held back one request, or the requests of one access: the sum of its waits.

        A wait counts once it was over and the request was sent again. No caller can finish sooner.
        """
        return max(self._kept.values(), default=0.0)

    def started(self, process: str, kind: str, access: Access, addresses: Iterable[str], *, at: float) -> None:
        """A request, or a batch of requests to `addresses`, was begun at `at`."""
        for one in (access, *addresses):
            wait = self._waits.get((process, one))
            if wait is not None and wait[0] + REACTION_SECONDS < at < wait[1]:
                self._note_early(process, kind, wait[1] - at)
                return
            if wait is not None and wait[1] <= at:
                self._kept[(process, one)] += wait[1] - wait[0]
                del self._waits[(process, one)]

    def _note_early(self, process: str, kind: str, seconds: float) -> None:
        known = self._early.get((process, kind))
        self._early[(process, kind)] = (
            replace(known, times=known.times + 1)
            if known
            else CallerFinding(
                "retry-after-ignored",
                process,
                f"{kind} was started {seconds:.2f} s before the time that a 429 had given",
            )
        )

    def page_given(self, process: str, link: str) -> None:
        """A next page was offered. A request with `$top=1` only tests for existence and needs no second page."""
        target = urlsplit(link)
        query = dict(parse_qsl(target.query))
        if query.get("$top") != "1":
            finding = CallerFinding("paging-not-followed", process, f"a next page was never fetched: {link}")
            self._open_pages.setdefault(_page(target.path, query), finding)

    def page_fetched(self, path: str, query: Mapping[str, str]) -> None:
        self._open_pages.pop(_page(path, query), None)

    def role_checked(self, granted: Iterable[str], needs: tuple[str, ...]) -> None:
        """A request was let through that any one of `needs` allows; its token had the roles `granted`."""
        self._granted.update(granted)
        self._needs.add(needs)

    def all(self) -> list[CallerFinding]:
        roles = (
            CallerFinding("role-not-needed", "identity", f"the role {role} is granted, but no request needed it")
            for role in self._superfluous_roles()
        )
        return [*self._early.values(), *self._open_pages.values(), *roles]

    def _superfluous_roles(self) -> list[str]:
        """Granted roles without which every request so far would still be allowed; the broadest roles come first."""
        kept = set(self._granted)
        ranks = {role: max(_ranks(role, self._needs), default=0) for role in kept}
        superfluous = []
        for role in sorted(kept, key=lambda role: (-ranks[role], role)):
            if all(kept.intersection(needs) - {role} for needs in self._needs):
                kept.discard(role)
                superfluous.append(role)
        return superfluous


type _Page = tuple[str, tuple[tuple[str, str], ...]]


def _page(path: str, query: Mapping[str, str]) -> _Page:
    """What two spellings of one link have in common; HTTP clients differ in what they percent-encode."""
    return "/".join(part for part in unquote(path).split("/") if part), tuple(sorted(query.items()))


def _ranks(role: str, all_needs: Iterable[tuple[str, ...]]) -> Iterable[int]:
    return (needs.index(role) for needs in all_needs if role in needs)
