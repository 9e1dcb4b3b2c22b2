"""One request and one answer, as all modules between HTTP and the tenant see them.

Created from HTTP and, for its items, from `$batch`; read and answered by the handlers.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal

from sandbox.graph import errors

BATCH = "batch"
"""The kind of `POST /$batch`; each item has its own kind."""

Access = Literal["read", "write", "batch"]


@dataclass(slots=True)
class GraphCaller:
    """What all items of one HTTP request have in common."""

    root: str
    """Scheme and host under which the caller sees the stand-in."""
    authorization: str
    process: str
    """The caller's process as its User-Agent names it, else the whole User-Agent."""
    user_agent: str
    client_request_id: str
    started: float
    """When the request arrived, in seconds of the stand-in's clock."""


@dataclass(slots=True)
class Call:
    """One request to Graph; `kind`, `names` and `query` are filled in once its route is known."""

    caller: GraphCaller
    method: str
    path: str
    """Below `/v1.0`, or with `/beta`; still percent-encoded."""
    raw_query: str = ""
    content_type: str = ""
    body: object = None
    """Bytes of an HTTP request, or the JSON value of a batch item."""
    kind: str = "unknown"
    names: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)

    @property
    def writes(self) -> bool:
        return self.access == "write"

    @property
    def access(self) -> Access:
        """The access that a `Retry-After` applies to; a batch as a whole is neither a read nor a write."""
        if self.kind == BATCH:
            return "batch"
        return "read" if self.method == "GET" else "write"

    @property
    def addresses(self) -> tuple[str, ...]:
        """What a `Retry-After` without a scope applies to: this request, or each item of this batch.

        A batch must be valid.
        """
        if self.kind != BATCH:
            return (f"{self.method} {self.path}",)
        items = self.json_object()["requests"]
        return tuple(f"{item['method']} /{item['url'].lstrip('/').partition('?')[0]}" for item in items)

    @property
    def url(self) -> str:
        return f"{self.caller.root}/v1.0{self.path}"

    def json_object(self) -> dict[str, Any]:
        """The body; raises GraphError when it is not a JSON object."""
        if not self.body:
            raise errors.bad_request("A request body is required.")
        if not self.content_type.startswith("application/json"):
            raise errors.bad_request(
                "Write requests (excluding DELETE) must contain the Content-Type header declaration."
            )
        try:
            content = json.loads(self.body) if isinstance(self.body, bytes) else self.body
        except ValueError:
            raise errors.bad_request("Unable to read JSON request payload.") from None
        if not isinstance(content, dict):
            raise errors.bad_request("The JSON payload must be an object.")
        return content


@dataclass(slots=True)
class Reply:
    """The answer: a JSON value, text (for instance an HTML page), or nothing."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    dropped: bool = False
    """The connection is cut instead of answering."""
    delay: float = 0.0
    """Seconds by which the answer is delayed; for whole requests only, not for an item of a batch."""
