"""Counts requests to storage: at the in-memory doubles through `on_operation`, and at Azurite through its log.

Both ways give most requests the same names, such as `table.get`.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

POLLS = frozenset({"queue.receive", "blob.list"})
"""Requests that an idle host also makes."""
HOST = "host"
"""Requests to the Functions host's own queues and containers: leases, receipts, timers."""

_REQUEST = re.compile(r'"([A-Z]+ /[^/ ]+/\S*) HTTP/')
_VERBS = {
    "table": {"GET": "get", "POST": "insert", "PATCH": "merge", "PUT": "replace", "DELETE": "delete"},
    "queue": {"GET": "receive", "POST": "send", "PUT": "renew", "DELETE": "delete"},
    "blob": {"GET": "read", "HEAD": "info", "PUT": "write", "DELETE": "delete"},
}
_SHAPES = tuple(
    (re.compile(rf"(\w+) /[^/ ]+/{shape}"), name)
    for shape, name in (
        (r"(azure-)?webjobs-.*", HOST),
        (r"\$batch", "table.transaction"),
        (r"\w+\(\).*", "table.query"),
        (r"\w+\(.+\)(\?.*)?", "table.*"),
        (r"[^/?]+/messages\b.*", "queue.*"),
        (r"[^/?]+\?.*comp=list.*", "blob.list"),
        (r"[^/?]+/.+", "blob.*"),
        (r"Tables|[^/?]+\?restype=container", "store.ensure"),
        (r"[A-Z]\w+", "table.*"),
        (r".*", "store.ensure"),
    )
)
"""The shape of a request after its verb and account; the first match gives its name, in which `*` stands for the verb.

Table names begin with a capital letter here; names of queues and containers have no capitals.
"""


class StorageOperations:
    """`MemoryStorage(clock, operations)` and `resolve(name, env, operations)` report every request to it."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def __call__(self, operation: str, /) -> None:
        self.counts[operation] += 1


def work(counts: Counter[str]) -> int:
    """The requests that were made for work."""
    return sum(count for name, count in counts.items() if name not in POLLS and name != HOST)


def requests_at_azurite(log: Path) -> Counter[str]:
    """The requests in the log of an Azurite since its last start."""
    text = log.read_text(encoding="utf-8", errors="replace")
    return Counter(_name(request) for request in _REQUEST.findall(text))


def _name(request: str) -> str:
    verb, name = next((found[1], name) for shape, name in _SHAPES if (found := shape.fullmatch(request)))
    service = name.removesuffix(".*")
    return name if service == name else f"{service}.{_VERBS[service][verb]}"
