"""What is kept of the exchanges with the stand-in: some of each shape, and everything that could be a fault."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sandbox.graph.call import Call, GraphCaller, Reply
from sandbox.graph.recording import Recorder

type Body = dict[str, object]

USUAL: Body = {"phoneType": "mobile"}
ANSWER: Body = {"state": "ready", "value": [{"a": 1}]}
CALLER = GraphCaller("http://localhost", "", "", "phone-methods/1", "", 0.0)


def recorded(folder: Path, bodies: list[Body], answers: list[Body]) -> str:
    recorder = Recorder(folder)
    for body, answer in zip(bodies, answers, strict=True):
        recorder(
            Call(CALLER, "POST", "/users/a@b.example/phones", body=json.dumps(body).encode()), Reply(201, answer), ""
        )
    (file,) = folder.iterdir()
    return file.read_text(encoding="utf-8")


def test_repetitions_are_not_kept(tmp_path: Path) -> None:
    """Other numbers and ids are no other shape."""
    bodies: list[Body] = [{"phoneNumber": f"+1 202555{n:04}", "phoneType": "mobile"} for n in range(50)]
    answers: list[Body] = [{"id": f"{n:08}-750b-4051-897c-87b9720928f7"} for n in range(50)]
    assert 3 == recorded(tmp_path, bodies, answers).count("\n")


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ({"phoneType": "pager"}, ANSWER),
        ({"phoneTyp": "mobile"}, ANSWER),
        ({"phoneType": 5}, ANSWER),
        (USUAL, {"state": "sometimes", "value": [{"a": 1}]}),
        (USUAL, {"state": "ready", "value": [{"a": 1}, {"b": 1}]}),
    ],
)
def test_what_differs_once_is_kept(tmp_path: Path, body: Body, answer: Body) -> None:
    """A wrong word, name or type, after many right ones."""
    assert 4 == recorded(tmp_path, [USUAL] * 50 + [body], [ANSWER] * 50 + [answer]).count("\n")
