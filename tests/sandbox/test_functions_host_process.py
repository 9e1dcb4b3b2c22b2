"""The host as a process: it loses nothing when it dies, drains when asked to stop, and refuses what it cannot run."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from sandbox.functions_host.runtime import IndexingError, load
from sandbox.functions_host.storage import Storage
from tests.sandbox.sample_host import APP, ROOT, SampleHost, encoded, eventually

HOST_JSON = json.dumps({"version": "2.0"})
MISMATCHED = """
import azure.functions as func
app = func.FunctionApp()
@app.timer_trigger(arg_name="timer", schedule="0 * * * * *")
def work(other: func.TimerRequest) -> None: ...
"""


async def run(*arguments: str, stdin: str = "", **settings: str) -> tuple[int, str, str]:
    """A Python process to its end: exit code, output, errors."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", *arguments),
        cwd=ROOT,
        env={**os.environ, **settings},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(20):
        output, errors = await process.communicate(stdin.encode())
    assert process.returncode is not None
    return process.returncode, output.decode(), errors.decode()


async def test_a_killed_hosts_message_runs_again_after_its_lease(
    azurite: str, storage: Storage, tmp_path: Path
) -> None:
    """SIGKILL in mid-message loses nothing: a second host gets the message when the lease of 2 s is over."""
    host = SampleHost(azurite, tmp_path)
    queue = storage.queues().get_queue_client(host.work)
    await queue.create_queue()
    await host.start()
    await queue.send_message(encoded({"sleep": 0.8}))
    await eventually(lambda: host.traces("start"))
    assert await host.stop(signal.SIGKILL) == -signal.SIGKILL
    async with host:
        await eventually(lambda: host.traces("end"))
    first, second = host.traces("start")
    assert [1, 2] == [first["attempt"], second["attempt"]]
    assert second["at"] - first["at"] >= 1.9


async def test_sigterm_drains(azurite: str, storage: Storage, tmp_path: Path) -> None:
    """When asked to stop, the host finishes what runs, fetches nothing more and exits 0."""
    host = SampleHost(azurite, tmp_path)
    queue = storage.queues().get_queue_client(host.work)
    await queue.create_queue()
    await host.start()
    await queue.send_message(encoded({"sleep": 1}))
    await eventually(lambda: host.traces("start"))
    stopping = asyncio.create_task(host.stop())
    await eventually(lambda: "stopping: nothing more is fetched" in host.log.read_text())
    await queue.send_message(encoded({"sleep": 0}))
    assert 0 == await stopping
    assert [{"sleep": 1}] == [record["order"] for record in host.traces("end")]
    (left,) = await queue.peek_messages(2)
    assert left.content == encoded({"sleep": 0})


async def test_draining_has_a_bound(azurite: str, storage: Storage, tmp_path: Path) -> None:
    """What outlasts the grace period is abandoned; the log and the exit code report it."""
    host = SampleHost(azurite, tmp_path, "--grace", "0.5")
    queue = storage.queues().get_queue_client(host.work)
    await queue.create_queue()
    await host.start()
    await queue.send_message(encoded({"sleep": 25}))
    await eventually(lambda: host.traces("start"))
    began = time.monotonic()
    assert 1 == await host.stop()
    assert time.monotonic() - began < 5
    assert "running invocations abandoned after 0.5 s" in host.log.read_text()


async def test_receipts_and_timers_outlive_the_host(azurite: str, storage: Storage, tmp_path: Path) -> None:
    """A restart runs no blob version twice and finds a new one; the timer's status is where Azure keeps it."""
    host = SampleHost(azurite, tmp_path)
    container = storage.blobs().get_container_client(host.scanned)
    await container.create_container()
    await container.get_blob_client("a.txt").upload_blob("one")
    async with host:
        await eventually(lambda: host.traces("scan"))
    await container.get_blob_client("b.txt").upload_blob("two")
    async with host:
        await eventually(lambda: len(host.traces("scan")) == 2)
        await container.get_blob_client("a.txt").upload_blob("three", overwrite=True)
        await eventually(lambda: len(host.traces("scan")) == 3)
    assert ["one", "two", "three"] == [record["body"] for record in host.traces("scan")]
    kept = storage.blobs().get_container_client("azure-webjobs-hosts")
    host_id = host.scanned.partition("-")[2]
    timers = [blob.name async for blob in kept.list_blobs(name_starts_with=f"timers/{host_id}/")]
    assert [f"timers/{host_id}/Host.Functions.tick/status"] == timers


async def test_the_host_as_a_library(azurite: str, tmp_path: Path) -> None:
    """In process it serves, fires timers by hand and by a manual clock, and leaves the environment as it was."""
    host = SampleHost(azurite, tmp_path, TICK="0 0 3 * * *")
    code, output, errors = await run("tests.sandbox.in_process", stdin=json.dumps(host.settings))
    assert (0, "") == (code, errors)
    assert {
        "functions": ["blocking", "broken", "me", "on_event", "on_reference", "on_scan", "person", "tick", "work"],
        "timer": [{"direction": "IN", "type": "timerTrigger", "name": "timer", "schedule": "%TICK%"}],
        "inside": True,
        "status": 201,
        "outside": False,
    } == json.loads(output)
    assert [True, False] == [record["past_due"] for record in host.traces("tick")]


async def test_an_app_that_does_not_index_is_refused(azurite: str, tmp_path: Path) -> None:
    """What Azure would only show as "no functions found" stops this host with the runtime's reason."""
    (tmp_path / "host.json").write_text(HOST_JSON)
    (tmp_path / "function_app.py").write_text(MISMATCHED)
    code, output, errors = await run("sandbox.functions_host", str(tmp_path), AzureWebJobsStorage=azurite)
    assert (1, "") == (code, output)
    assert "functions host: FunctionLoadError: cannot load the work function" in errors


async def test_settings_come_from_a_file_under_the_environment(azurite: str, tmp_path: Path) -> None:
    """`--settings` fills what the environment leaves open and changes nothing that it has."""
    (tmp_path / "host.json").write_text(HOST_JSON)
    (tmp_path / "function_app.py").write_text("import os; raise SystemExit(os.environ['ONE'] + os.environ['TWO'])")
    values = {"ONE": "file", "TWO": "file", "AzureWebJobsStorage": azurite}
    (tmp_path / "settings.json").write_text(json.dumps({"Values": values}))
    _, __, errors = await run(
        "sandbox.functions_host", str(tmp_path), "--settings", str(tmp_path / "settings.json"), ONE="environment"
    )
    assert errors.strip().endswith("environmentfile")


async def test_a_folder_without_an_app_is_named(tmp_path: Path) -> None:
    """A wrong folder is distinguished from a broken app."""
    with pytest.raises(IndexingError, match="holds no function_app"):
        await load(tmp_path)


async def test_microsofts_listeners_are_named_where_they_are_missing(azurite: str, tmp_path: Path) -> None:
    """The host does not fall back to its own listeners."""
    settings = {**SampleHost(azurite, tmp_path).settings, "REFEREE": "/nowhere"}
    code, output, errors = await run("sandbox.functions_host", str(APP), "--listeners", "microsoft", **settings)
    assert (1, "") == (code, output)
    assert "functions host: Microsoft's listeners need the program microsoft-referee. Set REFEREE to it" in errors
