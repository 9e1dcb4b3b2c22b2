"""What is kept of the exchanges with the stand-in: some of each shape, and everything that could be a fault."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.graph.call import Call, GraphCaller, Reply
from sandbox.graph.recording import FOLDER, Recorder

type Body = dict[str, object]

USUAL: Body = {"phoneType": "mobile"}
ANSWER: Body = {
    "@odata.type": "#microsoft.graph.user",
    "id": "00000001-750b-4051-897c-87b9720928f7",
    "at": "2026-11-27T12:07:41Z",
    "state": "ready",
    "value": [{"a": 1}],
}
APP = GraphCaller("http://localhost", "", "", "phone-methods/1", "", 0.0)
TEST = replace(APP, user_agent="a test")


def tell(recorder: Recorder, body: Body, answer: Body, caller: GraphCaller = APP, query: str = "") -> None:
    call = Call(caller, "POST", "/users/a@b.example/phones", query, body=json.dumps(body).encode())
    recorder(call, Reply(201, answer), "")


def kept(folder: Path) -> int:
    (file,) = folder.iterdir()
    return file.read_text(encoding="utf-8").count("\n")


def recorded(folder: Path, bodies: list[Body], answers: list[Body]) -> int:
    recorder = Recorder(folder)
    for body, answer in zip(bodies, answers, strict=True):
        tell(recorder, body, answer)
    return kept(folder)


def test_repetitions_are_not_kept(tmp_path: Path) -> None:
    """Other numbers and ids are no other shape."""
    bodies: list[Body] = [{"phoneNumber": f"+1 202555{n:04}", "phoneType": "mobile"} for n in range(50)]
    answers: list[Body] = [{"id": f"{n:08}-750b-4051-897c-87b9720928f7"} for n in range(50)]
    assert 3 == recorded(tmp_path, bodies, answers)


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ({"phoneType": "pager"}, ANSWER),
        ({"phoneTyp": "mobile"}, ANSWER),
        ({"phoneType": 5}, ANSWER),
        (USUAL, {**ANSWER, "state": "sometimes"}),
        (USUAL, {**ANSWER, "value": [{"a": 1}, {"b": 1}]}),
        (USUAL, {**ANSWER, "id": "1"}),
        (USUAL, {**ANSWER, "at": "27 November 2026"}),
        (USUAL, {**ANSWER, "@odata.type": "#microsoft.graph.usr"}),
    ],
)
def test_what_differs_once_is_kept(tmp_path: Path, body: Body, answer: Body) -> None:
    """A wrong word, name, type, id or time, after many right ones."""
    assert 4 == recorded(tmp_path, [USUAL] * 50 + [body], [ANSWER] * 50 + [answer])


def test_pages_are_repetitions(tmp_path: Path) -> None:
    """The token of each is another one."""
    recorder = Recorder(tmp_path)
    for page in ("eyJh", "eyJi", "eyJj", "eyJk", "eyJl"):
        tell(recorder, USUAL, ANSWER, query=f"$skiptoken={page}&$select=id")
    assert 3 == kept(tmp_path)


def test_what_tests_ask_is_no_repetition_of_what_the_app_asks(tmp_path: Path) -> None:
    """Only the app's requests have to fit when they are refused."""
    recorder = Recorder(tmp_path)
    for caller in (TEST, APP):
        for _ in range(50):
            tell(recorder, USUAL, ANSWER, caller)
    assert 6 == kept(tmp_path)


def test_all_stand_ins_of_a_process_count_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test starts one of its own."""
    monkeypatch.setenv(FOLDER, str(tmp_path))
    for _ in range(50):
        stand_in = Recorder.from_environment()
        assert stand_in is not None
        tell(stand_in, USUAL, ANSWER)
    assert 3 == kept(tmp_path)
