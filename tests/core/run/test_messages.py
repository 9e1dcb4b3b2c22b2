"""Queue messages: what this version wrote is read back, anything else is refused without repeating it."""

from __future__ import annotations

import json

import pytest

from shared.core.run.messages import RowMessage, StepMessage, decode_row, decode_step
from shared.core.values.errors import PermanentError

RUN = "20261121T231400Z-0123456789"


def test_messages_round_trip() -> None:
    """References survive the queue."""
    assert RowMessage(RUN, 17, 2) == decode_row(RowMessage(RUN, 17, 2).encode())
    assert StepMessage(RUN, 3) == decode_step(StepMessage(RUN, 3).encode())


def test_a_failure_is_counted() -> None:
    """The count is of failed work, not of deliveries."""
    assert RowMessage(RUN, 17, 1) == RowMessage(RUN, 17).after_failure()


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
