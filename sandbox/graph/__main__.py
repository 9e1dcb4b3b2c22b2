"""`python -m sandbox.graph`: runs the stand-in as a separate process.

Started by hand and by `python -m sandbox`; prints `listening http://127.0.0.1:N` and stops on SIGTERM or Ctrl+C.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import signal
from pathlib import Path
from random import Random
from typing import Any

from sandbox.graph.control import dumped, population
from sandbox.graph.options import Options
from sandbox.graph.server import serve
from sandbox.graph.stand_in import StandIn


def main() -> None:
    arguments = _arguments()
    try:
        stand_in = _stand_in(arguments)
    except (ValueError, OSError) as error:
        raise SystemExit(f"The stand-in cannot start: {error}") from error
    gc.freeze()  # a large tenant stays in memory until the end, and its garbage collection would add latency
    asyncio.run(_run(stand_in, arguments.host, arguments.port))
    if arguments.dump_file:
        arguments.dump_file.write_text(json.dumps(dumped(stand_in)), encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.graph", description="A stand-in for Microsoft Graph.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--seed-file", type=Path, help='JSON: a list of people, or {"people", "groups", "options"}')
    parser.add_argument("--dump-file", type=Path, help="where to leave people and groups when it stops")
    parser.add_argument("--random-seed", type=int, default=0, help="the same seed gives the same run")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="SWITCH=VALUE",
        help="change a switch of options.py, the value in JSON or plain text; may be repeated",
    )
    return parser.parse_args()


def _stand_in(arguments: argparse.Namespace) -> StandIn:
    content = json.loads(arguments.seed_file.read_text(encoding="utf-8")) if arguments.seed_file else []
    people, groups, options = population(content)
    switches = dict(_switch(text) for text in arguments.set)
    return StandIn(
        people,
        groups=groups,
        options=Options().changed({**options, **switches}),
        random=Random(arguments.random_seed),
    )


def _switch(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


async def _run(stand_in: StandIn, host: str, port: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with serve(stand_in, port, host) as url:
        print(f"listening {url}", flush=True)
        await stop.wait()


if __name__ == "__main__":
    main()
