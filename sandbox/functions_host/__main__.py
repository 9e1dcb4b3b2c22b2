"""`python -m sandbox.functions_host APP_DIR`: run a function app until SIGTERM or SIGINT.

Called by the sandbox, the tests and people; calls `host`.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Never

from azure.core.exceptions import AzureError

from sandbox.functions_host.config import ConfigurationError, read_local_settings
from sandbox.functions_host.host import FunctionsHost, Listeners
from sandbox.functions_host.microsoft import ListenersError
from sandbox.functions_host.runtime import IndexingError


class OneLine(logging.Formatter):
    """Time in UTC, level, logger, message; a record never spans two lines, so that lines can be counted."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatTime(self, record: logging.LogRecord, _: str | None = None) -> str:  # noqa: N802 # the base's spelling
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")

    def format(self, record: logging.LogRecord) -> str:
        return super().format(record).replace("\n", "\\n")


def main() -> Never:
    """Ends the process."""
    arguments = _parser().parse_args()
    handler = logging.StreamHandler()
    handler.setFormatter(OneLine())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("azure").setLevel(logging.WARNING)  # the SDK and the runtime log every call at INFO
    try:
        asyncio.run(_run(arguments))
    except (ConfigurationError, IndexingError, ListenersError, AzureError, OSError) as error:
        sys.exit(f"functions host: {error}")


async def _run(arguments: argparse.Namespace) -> Never:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    values = read_local_settings(arguments.settings) if arguments.settings else {}
    host = FunctionsHost(
        arguments.app_dir,
        {**values, **os.environ},
        lease=arguments.lease,
        poll=arguments.poll,
        grace=arguments.grace,
        port=arguments.port,
        listeners=arguments.listeners,
    )
    async with host:
        print(f"listening {host.url}", flush=True)
        await host.run_until(stopped)
    logging.shutdown()
    # At once, as Azure ends a worker: the app's clients live as long as the process, and so may a busy thread.
    os._exit(0 if host.drained else 1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox.functions_host", description=__doc__.splitlines()[0])
    parser.add_argument("app_dir", type=Path, help="folder of function_app.py and host.json")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (default: a free one)")
    parser.add_argument("--lease", type=float, default=600, help="seconds a message is hidden while worked on")
    parser.add_argument("--poll", type=float, default=10, help="seconds between two scans of a blob container")
    parser.add_argument("--grace", type=float, default=30, help="seconds running invocations get on SIGTERM")
    parser.add_argument(
        "--listeners",
        type=Listeners,
        choices=list(Listeners),
        default=Listeners.SANDBOX,
        help="whose code listens to queues, blobs and timers; Microsoft's takes neither --lease nor --poll",
    )
    parser.add_argument(
        "--settings", type=Path, help="file like local.settings.json; environment variables take precedence"
    )
    return parser


if __name__ == "__main__":
    main()
