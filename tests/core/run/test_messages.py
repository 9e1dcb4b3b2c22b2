"""Queue messages: what this version wrote is read back, anything else is refused without repeating it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from shared.core.run.approvers import BY_EXPORT
from shared.core.run.attempts import Attempt
from shared.core.run.messages import RowMessage, StepMessage, decode_row, decode_step, traced
from shared.core.run.run import Run
from shared.core.values.errors import PermanentError
from shared.core.values.states import RunState, Source

RUN = "20261121T231400Z-0123456789"
_NOW = datetime(2026, 11, 21, 23, 14, tzinfo=UTC)
RUN_OF_IT = Run(
    RUN, RunState.APPLYING, Source.BLOB, "staff.csv", _NOW, (Attempt(BY_EXPORT),), _NOW, _NOW, nonce="0123456789abcdef"
)


def test_messages_round_trip() -> None:
    """References survive the queue."""
    assert RowMessage(RUN, 17, 2) == decode_row(RowMessage(RUN, 17, 2).encode())
    assert StepMessage(RUN, 3) == decode_step(StepMessage(RUN, 3).encode())


TRACE = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01"


def test_a_message_carries_the_trace_of_its_sender() -> None:
    """Only where there is one, so that without telemetry messages are those of the version before."""
    row, step = RowMessage.of(RUN_OF_IT, 17, 2), StepMessage(RUN, 3)
    assert replace(row, traceparent=TRACE) == decode_row(traced(row.encode(), TRACE))
    assert replace(step, traceparent=TRACE) == decode_step(traced(step.encode(), TRACE))
    assert decode_row(traced(row.encode(), TRACE)).encode() == row.encode() == traced(row.encode(), "")


@pytest.mark.parametrize("trace", ["", "+1 2025550101", TRACE.upper(), f"{TRACE} ", f"{TRACE}\n", 17, None])
def test_a_trace_that_the_app_did_not_write_is_refused(trace: object) -> None:
    """So is a trace in a message of a version that has none."""
    row, step = RowMessage.of(RUN_OF_IT, 17).encode(), StepMessage(RUN, 3).encode()
    for change in ({"traceparent": trace}, {"v": 3}):
        with pytest.raises(PermanentError):
            decode_row(json.dumps(json.loads(traced(row, TRACE)) | change))
        with pytest.raises(PermanentError):
            decode_step(json.dumps(json.loads(traced(step, TRACE)) | change))


def test_a_message_is_believed_only_in_its_run_and_its_attempt() -> None:
    """Anything that was changed or made up counts no failures; the message of an older version neither."""
    message = decode_row(RowMessage.of(RUN_OF_IT, 17, 2).encode())
    assert message == message.believed(RUN_OF_IT)

    fresh = RowMessage.of(RUN_OF_IT, 17)
    redriven = replace(RUN_OF_IT, attempts=(*RUN_OF_IT.attempts, Attempt("somebody")))
    made_up = [
        RowMessage(RUN, 17, 2),
        replace(message, failures=3),
        replace(message, attempt=2, seal=""),
        replace(RowMessage.of(RUN_OF_IT, 18, 2), row=17),
        replace(message, seal=message.seal[:-1]),
    ]
    assert [fresh] * len(made_up) == [one.believed(RUN_OF_IT) for one in made_up]
    assert RowMessage.of(redriven, 17) == message.believed(redriven)
    assert fresh == message.believed(replace(RUN_OF_IT, nonce="another")).believed(RUN_OF_IT)


def test_messages_of_version_1_are_read() -> None:
    """They may wait in a queue while the app is upgraded."""
    assert RowMessage(RUN, 17, 2) == decode_row(json.dumps({"v": 1, "run": RUN, "row": 17, "attempt": 2}))
    assert StepMessage(RUN, 3) == decode_step(json.dumps({"v": 1, "run": RUN, "n": 3}))


@pytest.mark.parametrize(
    "body",
    [
        "",
        "no json",
        "[]",
        "[" * 20_000,
        "{}",
        json.dumps({"v": 2, "run": RUN, "row": 1, "attempt": 0}),
        json.dumps({"v": 3, "run": RUN, "row": 1, "failures": 0}),
        json.dumps({"v": 1, "run": RUN, "row": 1}),
        json.dumps({"v": 3, "run": RUN, "row": 1, "failures": 0, "attempt": 1, "seal": 1}),
        json.dumps({"v": 3, "run": RUN, "row": 1, "failures": 0, "attempt": 1, "seal": "é"}),
        json.dumps({"v": 3, "run": RUN, "row": 1, "failures": 0, "attempt": -1, "seal": ""}),
        json.dumps({"v": 4, "run": RUN, "row": 1, "failures": 0, "attempt": 1, "seal": ""}),
        json.dumps({"v": 1, "run": RUN, "row": 1, "attempt": 0, "phoneNumber": "+1 2025550123"}),
        json.dumps({"v": 1, "run": "../../People", "row": 1, "attempt": 0}),
        json.dumps({"v": 1, "run": RUN + "\n", "row": 1, "attempt": 0}),
        json.dumps({"v": 1, "run": RUN, "row": -1, "attempt": 0}),
        json.dumps({"v": 1, "run": RUN, "row": True, "attempt": 0}),
        json.dumps({"v": 1, "run": RUN, "row": 1e9, "attempt": 0}),
        json.dumps({"v": 1, "run": RUN, "row": "1", "attempt": 0}),
    ],
)
def test_foreign_messages_are_refused(body: str) -> None:
    """An altered or injected message names no row, and the error does not repeat it."""
    with pytest.raises(PermanentError, match="not written by this app") as refused:
        decode_row(body)
    assert "invalidMessage" == refused.value.code
    assert "2025550123" not in str(refused.value)
