"""Queue messages. They hold only references, so an altered or injected message cannot set a number.

A row message is sealed with the secret of its run, which only the tables hold, so that injected messages count no
failures. The triggers decode them from JSON, and every flow that sends them encodes them. The queue adapter adds the
base64 encoding.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from shared.core.values.errors import PermanentError

if TYPE_CHECKING:  # the host imports this module to list the functions; importing a run would load phone metadata
    from shared.core.run.run import Run

VERSION = 3
TRACED = 4
"""The version of a message that also has the trace of its sender; used only if telemetry is on."""
_FAILURES = {1: "attempt", 2: "failures", VERSION: "failures", TRACED: "failures"}
"""The property that counts failures, by version; messages of an older version may still wait in a queue."""
_ROW_KEYS = {version: {"v", "run", "row", failures} for version, failures in _FAILURES.items()}
_STEP_KEYS = {version: {"v", "run", "n"} for version in _FAILURES}
for _version in (VERSION, TRACED):
    _ROW_KEYS[_version] |= {"attempt", "seal"}
for _keys in (_ROW_KEYS, _STEP_KEYS):
    _keys[TRACED] |= {"traceparent"}
_SEAL_DIGITS = 32
_RUN_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{10}")
_TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_MAX_ROW = 2_000_000


@dataclass(frozen=True, slots=True)
class RowMessage:
    """Plan or apply one row: `{"v", "run", "row", "attempt", "failures", "seal"}`.

    `failures` counts failed work in this attempt of the run, not deliveries. Messages of older versions have no seal.
    `traceparent` is the span that sent the message; the sender adds it with `traced`.
    """

    run: str
    row: int
    failures: int = 0
    attempt: int = 1
    seal: str = ""
    traceparent: str = ""

    @classmethod
    def of(cls, run: Run, row: int, failures: int = 0) -> RowMessage:
        attempt = len(run.attempts)
        return cls(run.id, row, failures, attempt, _seal(run.nonce, row, failures, attempt))

    def believed(self, run: Run) -> RowMessage:
        """The message, if its seal fits this attempt of the run; else a message for the same row without failures."""
        seal = _seal(run.nonce, self.row, self.failures, len(run.attempts))
        return self if hmac.compare_digest(seal, self.seal) else RowMessage.of(run, self.row)

    def encode(self) -> str:
        content = {"v": VERSION, "run": self.run, "row": self.row, "attempt": self.attempt}
        return json.dumps({**content, _FAILURES[VERSION]: self.failures, "seal": self.seal})


@dataclass(frozen=True, slots=True)
class StepMessage:
    """Advance a run: `{"v", "run", "n"}`. A message whose `n` is not the run's step advances nothing."""

    run: str
    n: int
    traceparent: str = ""

    def encode(self) -> str:
        return json.dumps({"v": VERSION, "run": self.run, "n": self.n})


def traced(body: str, traceparent: str) -> str:
    """An encoded message, with the span that sends it; "" = there is none."""
    if not traceparent:
        return body
    return json.dumps({**json.loads(body), "v": TRACED, "traceparent": traceparent})


def decode_row(body: str) -> RowMessage:
    """Raises PermanentError `invalidMessage` for a message that the app did not write."""
    data = _decode(body, _ROW_KEYS)
    found = RowMessage(
        _run(data), _count(data, "row"), _count(data, _FAILURES[data["v"]]), traceparent=_traceparent(data)
    )
    if "seal" not in data:
        return found
    if not isinstance(data["seal"], str) or not data["seal"].isascii():
        raise _bad("its seal is not text")
    return replace(found, attempt=_count(data, "attempt"), seal=data["seal"])


def decode_step(body: str) -> StepMessage:
    """Raises PermanentError `invalidMessage` for a message that the app did not write."""
    data = _decode(body, _STEP_KEYS)
    return StepMessage(_run(data), _count(data, "n"), _traceparent(data))


def _seal(nonce: str, row: int, failures: int, attempt: int) -> str:
    text = f"{row}/{failures}/{attempt}"
    return hmac.new(nonce.encode(), text.encode(), hashlib.sha256).hexdigest()[:_SEAL_DIGITS]


def _decode(body: str, keys: Mapping[int, set[str]]) -> dict[str, Any]:
    """`keys` are the properties of each version."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:  # nested thousands deep, JSON cannot be read either
        raise _bad("it is not JSON") from error
    version = data.get("v") if isinstance(data, dict) else None
    if not isinstance(data, dict) or type(version) is not int or version not in keys:
        raise _bad(f"its version is none of {', '.join(map(str, keys))}")
    if set(data) != keys[version]:
        raise _bad("its properties are not the expected ones")
    return data


def _run(data: dict[str, Any]) -> str:
    run = data["run"]
    if not isinstance(run, str) or _RUN_ID.fullmatch(run) is None:
        raise _bad("its run is not a run id")
    return run


def _traceparent(data: dict[str, Any]) -> str:
    """The sender's trace, which only messages of version `TRACED` have."""
    if data["v"] != TRACED:
        return ""
    value = data["traceparent"]
    if not isinstance(value, str) or _TRACEPARENT.fullmatch(value) is None:
        raise _bad("its trace is not one of W3C Trace Context")
    return value


def _count(data: dict[str, Any], key: str) -> int:
    value = data[key]
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MAX_ROW:
        raise _bad(f"its {key} is not a whole number in range")
    return value


def _bad(why: str) -> PermanentError:
    return PermanentError("invalidMessage", f"A queue message was not written by this app: {why}.")
