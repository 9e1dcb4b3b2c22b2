"""The commands, without a storage account."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sandbox import __main__ as commands
from sandbox.__main__ import _one_per_row, _parser
from sandbox.local_user import local_user
from sandbox.people import Staff
from sandbox.processes import PartError
from sandbox.system import SETTINGS_FILE
from shared.app import App
from shared.core.run.approvers import ActorKind, kind_of
from shared.core.run.row import Answer
from testing.in_memory import in_memory


def test_a_choice_names_its_plan_and_its_columns() -> None:
    choices = ["C=mobile", "D=ignore", "sheets=first"]
    given = _parser().parse_args(["choose", "RUN", "0123456789ab", *choices])
    assert ("RUN", "0123456789ab", choices) == (given.run_id, given.digest, given.choices)


@pytest.mark.parametrize("choices", [[], ["C"], ["sheets=second"]])
def test_a_choice_without_a_role_is_refused(choices: list[str]) -> None:
    with pytest.raises(SystemExit):
        _parser().parse_args(["choose", "RUN", "0123456789ab", *choices])


def test_answers_name_their_plan_and_their_rows() -> None:
    given = _parser().parse_args(["answer", "RUN", "0123456789ab", "17=replace", "18=leave", "18=leave"])
    assert {17: Answer.REPLACE, 18: Answer.LEAVE} == _one_per_row(given.answers)


@pytest.mark.parametrize("given", [[], ["17"], ["17="], ["17=none"], ["x=leave"], ["=leave"], ["17=Leave"]])
def test_what_is_no_answer_is_refused(given: list[str]) -> None:
    with pytest.raises(SystemExit):
        _parser().parse_args(["answer", "RUN", "0123456789ab", *given])


def test_two_answers_for_one_row_are_refused() -> None:
    """The last one is not taken for the right one."""
    given = _parser().parse_args(["answer", "RUN", "0123456789ab", "17=replace", "17=leave"])
    with pytest.raises(PartError, match="two answers"):
        _one_per_row(given.answers)


def test_layouts_are_listed_or_one_is_forgotten() -> None:
    assert None is _parser().parse_args(["layouts"]).forget
    assert "0" * 64 == _parser().parse_args(["layouts", "--forget", "0" * 64]).forget


def test_an_erasure_takes_every_name() -> None:
    given = _parser().parse_args(["erase", "ID", "--find", "--also", "a@example.com", "--also", "4711"])
    assert ("ID", True, ["a@example.com", "4711"]) == (given.person, given.find, given.also)
    assert (False, []) == ((given := _parser().parse_args(["erase", "ID"])).find, given.also)


def test_commands_go_to_the_sandbox_that_was_started_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also to that of `up --demo`; without one, the error says how to start one."""
    folders = {name: tmp_path / name.lower() for name in ("UP", "DEMO")}
    for name, folder in folders.items():
        folder.mkdir()
        monkeypatch.setattr(commands, name, folder)
    with pytest.raises(PartError, match="python -m sandbox up"):
        commands._settings_of_sandbox()  # noqa: SLF001 - no other way
    for place, folder in enumerate((*folders.values(), folders["UP"])):
        path = folder / SETTINGS_FILE
        path.write_text("{}")
        os.utime(path, (place, place))
        assert path == commands._settings_of_sandbox()  # noqa: SLF001 - no other way


@pytest.mark.parametrize("command", ["plan", "result"])
async def test_a_workbook_that_is_not_there_is_said_to_be_gone(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the state of the run, and why it may not be there."""
    async with in_memory(Staff(())) as world:
        run = await world.run_to_end("broken.xlsx", b"no workbook")
        await world.app.returns.container.delete(run.result_blob)

        @asynccontextmanager
        async def app(_: Namespace) -> AsyncIterator[App]:
            yield world.app

        monkeypatch.setattr(commands, "_app", app)
        given = _parser().parse_args([command, run.id, str(tmp_path / "x.xlsx")])
        with pytest.raises(PartError, match=f"is failed and has no {command}: it was never written"):
            await given.run(given)


@pytest.mark.parametrize("name", ["LOGNAME", "USER", "LNAME", "USERNAME", "SUDO_USER"])
def test_who_runs_a_command_is_proved_and_not_claimed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable makes a local command that of somebody else, or of somebody who is signed in."""
    before = local_user()
    monkeypatch.setenv(name, "ciso@contoso.example")

    assert before == local_user()
    assert ActorKind.LOCAL is kind_of(before)
    assert "ciso" not in before


def test_a_user_without_a_name_is_recorded_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in containers, where the user is in no list."""
    monkeypatch.setattr("os.getuid", lambda: 4_000_000)
    monkeypatch.setenv("LOGNAME", "ciso")

    assert "local:uid 4000000" == local_user()
