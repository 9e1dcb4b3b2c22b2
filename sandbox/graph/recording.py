"""Records requests and answers in a folder, so that tests can check them by Graph's metadata.

Called by the stand-in for every request and every item of a batch, where `GRAPH_EXCHANGES` names a folder. Headers are
not recorded. Of exchanges that have the same shape, the first few of a process are kept: a run of a thousand people
repeats them, and so do the tests of a process. A shape is the URL, the status, whether the app asked, and the names,
types and words of both bodies.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

from sandbox.graph.call import Call, Reply

FOLDER = "GRAPH_EXCHANGES"
APP = "phone-methods/"
"""How the User-Agent of the app begins."""

_OF_ONE_SHAPE = 3
_WORD = re.compile(r"(#microsoft\.graph\.)?[a-z][A-Za-z]*")
_TYPES = {
    "id": re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    "time": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"),
}
"""Texts that the metadata may ask for."""
_VARYING = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=token=)[^&]*|'[^']*'|\d+|[^/(]*@[^/)]*")


class Recorder:
    def __init__(self, folder: Path) -> None:
        self._file = folder / f"{os.getpid()}.jsonl"
        self._shapes: Counter[str] = Counter()

    @staticmethod
    def from_environment() -> Recorder | None:
        folder = os.environ.get(FOLDER)
        return _recorder_of(Path(folder)) if folder else None

    def __call__(self, call: Call, answer: Reply, cloud: str) -> None:
        url = f"{call.path}?{call.raw_query}" if call.raw_query else call.path
        by_app = call.caller.user_agent.startswith(APP)
        shape = (
            f"{cloud} {by_app} {call.method} {_VARYING.sub('', url)} {_shape(_as_json(call.body))} {answer.status} "
            f"{_shape(_as_json(answer.body))}"
        )
        self._shapes[shape] += 1
        if self._shapes[shape] > _OF_ONE_SHAPE:
            return
        exchange = {
            "cloud": cloud,
            "byApp": by_app,
            "method": call.method,
            "url": url,
            "body": _as_json(call.body),
            "status": answer.status,
            "answer": answer.body,
        }
        with self._file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(exchange) + "\n")


@cache
def _recorder_of(folder: Path) -> Recorder:
    """The one recorder of this process, so that all its stand-ins share one count."""
    return Recorder(folder)


def _as_json(body: object) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return json.loads(body) if isinstance(body, bytes) and body else body or None
    except ValueError:
        return None


def _shape(value: object) -> str:
    """A value without its texts, except words: members of enumerations begin in lower case, names of people do not."""
    match value:
        case dict():
            return f"{{{', '.join(f'{name}: {_shape(item)}' for name, item in sorted(value.items()))}}}"
        case list():
            return f"[{', '.join(sorted({_shape(item) for item in value}))}]"
        case str() if _WORD.fullmatch(value):
            return value
        case str():
            return next((name for name, pattern in _TYPES.items() if pattern.fullmatch(value)), "text")
        case _:
            return type(value).__name__
