"""Judges every answer of the API that a test gets: what may stand in it, in one place for all of them.

`HOOKS` belongs to every client of ours that speaks httpx, `judged` to the one that schemathesis brings along.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import httpx
from schemathesis import Case, CheckContext, Response

from trials.canaries import CanaryKind
from trials.made_up import made_up

_API = "/api/v1/"
_SHOWS_NUMBERS = re.compile(
    r"""/api/v1/(?:
        users/[^/]+/(?:phone|email)Methods(?:/.*)?  # of one person, to callers who may see them
        |runs/[^/]+/(?:rows(?:/find)?|plan|result)   # the same of a run's rows
        |openapi\.json                              # examples
    )""",
    re.VERBOSE,
)
_SECRET = frozenset({CanaryKind.PHONE, CanaryKind.EMAIL})
"""Sign-in names may stand in answers: who asks has named the person, or may read the run."""
_FINDER = made_up()


def what_is_left(path: str, status: int, headers: str, body: bytes) -> None:
    """Numbers and e-mail addresses stand only in successful answers about those who have them, and in no header."""
    shows = HTTPStatus(status).is_success and _SHOWS_NUMBERS.fullmatch(path) is not None
    leaked = sorted((_FINDER.found(headers) | (frozenset() if shows else _FINDER.found(body))) & _SECRET)
    assert [] == leaked, f"{' and '.join(leaked)} in an answer {status}"


async def _judge_httpx(response: httpx.Response) -> None:
    path = response.request.url.path
    if path.startswith(_API):  # the client may also speak to parts of the sandbox
        what_is_left(path, response.status_code, str(response.headers), await response.aread())


HOOKS: dict[str, list[Callable[..., Any]]] = {"response": [_judge_httpx]}


def judged(_context: CheckContext, response: Response, _case: Case[Any]) -> None:
    """A check of schemathesis."""
    path = httpx.URL(response.request.url or "").path
    what_is_left(path, response.status_code, str(response.headers), response.content)
