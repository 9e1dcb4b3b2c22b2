"""Starts a part of the sandbox as a separate process, waits until it listens, and stops it.

Used by `system` for the stand-in and the host.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

START_SECONDS, STOP_SECONDS = 60, 45
_LISTENING = re.compile(rb"listening (http://\S+)")


class PartError(Exception):
    """A part of the sandbox did not start or stop correctly, or a command cannot do what it was told."""


class ChildProcess:
    """`python -m MODULE …` that prints `listening URL`; its standard error goes to a log file."""

    def __init__(self, name: str, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.url = ""
        self.log = log
        self._arguments = arguments
        self._environment = {**os.environ, **environment}
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        return self._started().pid

    async def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                *self._arguments,
                env=self._environment,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                start_new_session=True,  # Ctrl+C reaches this process only, which stops the parts in the right order
            )
        try:
            async with asyncio.timeout(START_SECONDS):
                self.url = await self._read_url()
        except TimeoutError:
            await self.kill()
            raise PartError(f"{self.name} did not listen within {START_SECONDS} s; see {self.log}.") from None

    async def stop(self) -> None:
        """Stop by SIGTERM; raises PartError when it has to be killed or ends with another code than 0."""
        process = self._started()
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                code = await process.wait()
        except TimeoutError:
            await self.kill()
            raise PartError(f"{self.name} did not stop within {STOP_SECONDS} s; see {self.log}.") from None
        if code:
            raise PartError(f"{self.name} ended with code {code}; see {self.log}.")

    async def kill(self) -> None:
        """Send SIGKILL to the part and to what it started; for the part this is the same as a crash."""
        process = self._started()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()

    def _started(self) -> asyncio.subprocess.Process:
        if self._process is None:
            raise PartError(f"{self.name} was not started.")
        return self._process

    async def _read_url(self) -> str:
        process = self._started()
        if process.stdout is None:
            raise PartError(f"{self.name} has no standard output.")
        async for line in process.stdout:
            if match := _LISTENING.match(line):
                return match[1].decode()
        raise PartError(f"{self.name} ended before it listened; see {self.log}.")
