"""The program of docs/audit.md checks a journal and the audit of a run with nothing of the app's."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.core.run.journal_chain import Entry, JournalHead, chained
from tests.api.caller import ENTRA, api
from tests.api.test_audit import STAFF, run_of
from tests.guides.test_walk import page

(PROGRAM,) = re.findall(r"```python\n(.*?)```", page("audit"), re.DOTALL)
Files = dict[str, bytes]
Answer = dict[str, Any]


async def evidence() -> tuple[Files, Answer]:
    """The files of a journal, and the audit of one of its two runs."""
    async with api(STAFF, ENTRA) as world:
        first = await run_of(world)
        await run_of(world)
        answer: Answer = (await world.http.get(f"/runs/{first}/audit")).json()
        assert answer["result"]
        stored = world.inside.storage.containers["journal"].blobs
        return {name: blob.data for name, blob in stored.items()}, answer


def checked(folder: Path, files: Files, answer: Answer) -> subprocess.CompletedProcess[str]:
    for name, data in files.items():
        (folder / "journal" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "journal" / name).write_bytes(data)
    (folder / "check.py").write_text(PROGRAM, encoding="utf-8")
    (folder / "answer.json").write_text(json.dumps(answer, indent=2), encoding="utf-8")
    command = [sys.executable, "-I", "check.py", "journal", "answer.json"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 - our own program


def rewritten(data: bytes) -> bytes:
    """A chain of the same records at another time, whole in itself."""
    told = [json.loads(line) for line in data.splitlines()]
    later = timedelta(seconds=1)
    entries = [Entry(one["kind"], datetime.fromisoformat(one["at"]) + later, one["data"], one["id"]) for one in told]
    return chained(entries, JournalHead())[0]


async def test_a_whole_journal_and_its_answer_pass(tmp_path: Path) -> None:
    files, answer = await evidence()
    done = checked(tmp_path, files, answer)
    assert (0, "") == (done.returncode, done.stderr)
    assert f"the {answer['proof']['records']} records are whole" in done.stdout


def _lines(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[bytes], bytes]:
    return lambda data: b"".join(change(data.splitlines(keepends=True)))


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data.replace(b'"state":"created"', b'"state":"updated"', 1),
        _lines(lambda lines: lines[:-1]),
        _lines(lambda lines: lines[1:]),
        _lines(lambda lines: [lines[0], lines[2], lines[1], *lines[3:]]),
        _lines(lambda lines: [lines[0], *lines]),
        rewritten,
    ],
    ids=["changed", "cut", "first removed", "swapped", "doubled", "rewritten"],
)
async def test_damage_of_the_journal_is_told(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    files, answer = await evidence()
    ((name, data),) = files.items()
    assert data != damage(data)
    done = checked(tmp_path, {name: damage(data)}, answer)
    assert 1 == done.returncode
    assert done.stderr.startswith("the chain ")


@pytest.mark.parametrize("part", ["records", "manifest", "result"])
async def test_an_answer_that_leaves_something_out_is_told(tmp_path: Path, part: str) -> None:
    files, answer = await evidence()
    done = checked(tmp_path, files, {**answer, part: answer[part][1:]})
    assert (1, "the answer is not what the journal says of the run\n") == (done.returncode, done.stderr)
