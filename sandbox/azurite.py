"""Starts and stops Azurite, Microsoft's storage emulator, on free ports with its data on disk.

Called by the sandbox, the benchmarks and the tests; calls `node` with the Azurite that package-lock.json pins.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

from sandbox.certificate import Certificate

ROOT = Path(__file__).parents[1]
SCRIPT = "node_modules/azurite/dist/src/azurite.js"
ACCOUNT = "devstoreaccount1"
ACCOUNT_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""Azurite's published account key; it is the same everywhere and no secret."""
SERVICES = ("blob", "queue", "table")
START_SECONDS = 30
STOP_SECONDS = 30

_END_WITH_PARENT = "data:text/javascript,process.stdin.on('end',()=>process.kill(process.pid)).resume().unref()"
"""Node loads this before Azurite. It ends Azurite when standard input ends, as when the starting process dies."""

_LISTENING = re.compile(r"Azurite (Blob|Queue|Table) service is successfully listening at (https?://[\d.]+:\d+)")


class AzuriteError(Exception):
    """Azurite could not be started or stopped."""


class Azurite:
    """`async with Azurite() as azurite:` runs the three services; `stop` and `start` again keep ports and data.

    Without a `folder` the data is deleted at the end of the `async with`. `root` holds node_modules. `log` is
    the output of Azurite since its last start; with `log_requests` it also has a line for each request.
    With a `certificate` it speaks HTTPS and takes tokens beside the key. `accounts` are the names that it serves.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        root: Path = ROOT,
        log_requests: bool = False,
        certificate: Certificate | None = None,
        accounts: Sequence[str] = (ACCOUNT,),
    ) -> None:
        self.folder = folder
        self._root = root
        self._log_requests = log_requests
        self._certificate = certificate
        self._accounts = accounts
        self._origins = dict.fromkeys(SERVICES, "")
        self._ports = dict.fromkeys(SERVICES, 0)
        self._process: subprocess.Popen[bytes] | None = None
        self._undo = ExitStack()

    @property
    def pid(self) -> int:
        return self._running().pid

    @property
    def log(self) -> Path:
        if self.folder is None:
            raise AzuriteError("A temporary Azurite has a log only while it runs.")
        return self.folder / "azurite.log"

    @property
    def connection_string(self) -> str:
        """The connection string of the first account, with its key."""
        return self.connection_string_of(self._accounts[0])

    def connection_string_of(self, account: str) -> str:
        protocol = "https" if self._certificate else "http"
        endpoints = "".join(f"{name.title()}Endpoint={self.address(name, account)};" for name in SERVICES)
        return f"DefaultEndpointsProtocol={protocol};AccountName={account};AccountKey={ACCOUNT_KEY};{endpoints}"

    def address(self, service: str, account: str = ACCOUNT) -> str:
        """The URL of one of the SERVICES of an account."""
        return f"{self._origins[service]}/{account}"

    async def start(self) -> None:
        """Start and wait until all three services listen. Raises AzuriteError."""
        if self.folder is None:
            raise AzuriteError("A temporary folder belongs to `async with Azurite()`; name a folder for start().")
        self.folder.mkdir(parents=True, exist_ok=True)
        log = self.log
        self._process = self._spawn(log)
        with ExitStack() as undo:
            undo.callback(self._kill)
            await self._until_listening(log)
            undo.pop_all()

    async def stop(self) -> None:
        """Stop by SIGTERM. Raises AzuriteError when it had to be killed."""
        process = self._running()
        process.send_signal(signal.SIGTERM)
        try:
            await asyncio.to_thread(process.wait, STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._kill()
            raise AzuriteError(f"Azurite did not stop within {STOP_SECONDS} s and was killed.") from None
        process.communicate()  # closes its input; a running Azurite would take that as a second SIGTERM and lose data
        self._process = None

    async def __aenter__(self) -> Self:
        with ExitStack() as undo:
            if self.folder is None:
                self.folder = Path(undo.enter_context(TemporaryDirectory(prefix="azurite-")))
            await self.start()
            self._undo = undo.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._undo:
            if self._process is not None:
                await self.stop()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise AzuriteError("Azurite is not running; start() it first.")
        return self._process

    def _command(self) -> list[str]:
        node = shutil.which("node")
        if node is None:
            raise AzuriteError("node is not on the PATH; install Node.js 20 or later.")
        script = self._root / SCRIPT
        if not script.is_file():
            raise AzuriteError(f"{script} is missing; run `npm ci` in {self._root}.")
        ports = [part for name, port in self._ports.items() for part in (f"--{name}Port", str(port))]
        # --skipApiVersionCheck: the storage SDKs are ahead of the API versions Azurite knows (Azurite #2623).
        flags = ["--disableTelemetry", "--skipApiVersionCheck", "--location", str(self.folder)]
        quiet = [] if self._log_requests else ["--silent"]
        return [node, "--import", _END_WITH_PARENT, str(script), *flags, *quiet, *self._tls(), *ports]

    def _tls(self) -> list[str]:
        if self._certificate is None:
            return []
        return ["--oauth", "basic", "--cert", str(self._certificate.file), "--key", str(self._certificate.key)]

    def _spawn(self, log: Path) -> subprocess.Popen[bytes]:
        with log.open("wb") as output:
            return subprocess.Popen(  # noqa: S603 # our own node script
                self._command(),
                env={**os.environ, "AZURITE_ACCOUNTS": ";".join(f"{name}:{ACCOUNT_KEY}" for name in self._accounts)},
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,  # Ctrl+C in a terminal reaches the caller only, which stops the parts in order
            )

    def _kill(self) -> None:
        process, self._process = self._running(), None
        process.kill()
        process.communicate()

    async def _until_listening(self, log: Path) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._read_addresses(log):
            if self._running().poll() is not None or time.monotonic() > deadline:
                raise _not_started(log)
            await asyncio.sleep(0.02)

    def _read_addresses(self, log: Path) -> bool:
        """Take the ports from the output; ports are never probed, because another program could answer."""
        found = dict(_LISTENING.findall(log.read_text()))
        if len(found) < len(self._ports):
            return False
        self._ports = {name.lower(): int(url.rpartition(":")[2]) for name, url in found.items()}
        self._origins = {name.lower(): url for name, url in found.items()}
        return True


def _not_started(log: Path) -> AzuriteError:
    return AzuriteError(f"Azurite did not start within {START_SECONDS} s; it said: {log.read_text()}")
