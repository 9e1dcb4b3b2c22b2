"""The sample app in a host process of its own, with names of its own in the shared Azurite.

Used by the tests of the functions host; the runtime loads one app per process, so none is loaded into pytest's.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).parents[2]
APP = Path(__file__).parent / "sample_app"
MASTER, FUNCTION, BLOBS = "master-key", "function-key", "blobs-key"


async def eventually[T](look: Callable[[], T], *, within: float = 15.0) -> T:
    """What `look` gives as soon as it is truthy; fails with what it gave last."""
    deadline = time.monotonic() + within
    while not (found := look()):
        assert time.monotonic() < deadline, f"still {found!r} after {within} s"
        await asyncio.sleep(0.02)
    return found


def encoded(body: object) -> str:
    """A queue message as the app's senders write it."""
    return base64.b64encode(json.dumps(body).encode()).decode()


class SampleHost:
    """`async with SampleHost(connection_string, folder) as host:`; `settings` and `flags` go to the process."""

    def __init__(self, storage: str, folder: Path, *flags: str, **settings: str) -> None:
        name = uuid.uuid4().hex[:12]
        self.work, self.blocking, self.scanned, self.evented, self.referenced = (
            f"{n}-{name}" for n in ("work", "sync", "scan", "event", "reference")
        )
        self.url = ""
        self.log = folder / "host.log"
        self._trace = folder / "trace.jsonl"
        self._trace.touch()
        self._flags = ("--lease", "2", "--poll", "0.2", *flags)
        self.settings = {
            "AzureWebJobsStorage": storage,
            "AzureFunctionsWebHost__hostid": name,
            "TRACE": str(self._trace),
            "WORK_QUEUE": self.work,
            "BLOCKING_QUEUE": self.blocking,
            "SCANNED": self.scanned,
            "EVENTED": self.evented,
            "REFERENCED": self.referenced,
            "TICK": "0 0 3 1 1 *",
            "HOST_MASTER_KEY": MASTER,
            "HOST_FUNCTION_KEY": FUNCTION,
            "HOST_BLOBS_KEY": BLOBS,
            **settings,
        }
        self._process: asyncio.subprocess.Process | None = None

    def traces(self, event: str) -> list[dict[str, Any]]:
        """What the app's functions wrote so far, one entry per call."""
        records = [json.loads(line) for line in self._trace.read_text().splitlines()]
        return [record for record in records if record["event"] == event]

    async def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "sandbox.functions_host", str(APP), *self._flags),
                cwd=ROOT,
                env={**os.environ, **self.settings},
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        assert self._process.stdout is not None
        line = (await self._process.stdout.readline()).decode()
        assert line.startswith("listening http://127.0.0.1:"), self.log.read_text()
        self.url = line.split()[1]

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Signal the process and wait for its exit code."""
        process, self._process = self._process, None
        assert process is not None
        process.send_signal(number)
        async with asyncio.timeout(20):
            await process.communicate()
        assert process.returncode is not None
        return process.returncode

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            await self.stop(signal.SIGKILL if kind else signal.SIGTERM)
