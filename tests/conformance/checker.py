"""Finds `microsoft-referee` and Graph's metadata, and runs the program's commands.

`REFEREE` names the program, else it is looked for on the PATH; `GRAPH_CSDL` names the folder of Graph's metadata.
The README says where everybody gets both. Tests are skipped, with the reason, where one is missing.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from sandbox.functions_host.microsoft import NAME, program

CSDL = {"global": "v1.0-Prod.csdl", "usgov": "v1.0-Fairfax.csdl", "china": "v1.0-Mooncake.csdl"}
"""The metadata of each cloud, by the value of GRAPH_CLOUD."""
_VERDICTS = (0, 1)
"""The program's exit statuses when it has judged; any other means that it ended before."""


def _missing() -> str:
    if platform.machine() != "x86_64":
        return f"{NAME} is built for x86-64; this machine is {platform.machine()}"
    return (
        ""
        if program(os.environ)
        else f"{NAME} is neither named by REFEREE nor on the PATH; see tests/conformance/README.md"
    )


def missing_metadata() -> str:
    """Why Graph's traffic cannot be checked here; "" = it can."""
    if reason := _missing():
        return reason
    folder = os.environ.get("GRAPH_CSDL", "")
    if folder and all((Path(folder) / name).is_file() for name in CSDL.values()):
        return ""
    return "GRAPH_CSDL names no folder with Graph's metadata; see tests/conformance/README.md"


needs_checker = pytest.mark.skipif(bool(_missing()), reason=_missing())
needs_metadata = pytest.mark.skipif(bool(missing_metadata()), reason=missing_metadata())


def run_checker(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    found = program(os.environ)
    assert found is not None
    return subprocess.run(  # noqa: S603 - the program that the developer named
        [str(found), *arguments], input=given, capture_output=True, text=True, check=False, timeout=300
    )


def occurrences(expression: str, after: datetime, count: int) -> list[str] | None:
    """The times of a schedule as Azure's timer trigger takes them; None = Azure refuses it.

    NCrontab fails at a number that is too large, which ends the program there and the function app in Azure.
    """
    run = run_checker("schedule", expression, after.isoformat(), str(count))
    assert run.returncode in _VERDICTS or "OverflowException" in run.stderr, run.stderr
    return run.stdout.split() if run.returncode == 0 else None


def workbook_faults(paths: Sequence[Path]) -> list[str]:
    """What the Open XML SDK's validator says, one line per fault; a file that it cannot open is one fault."""
    run = run_checker("xlsx", *map(str, paths))
    if run.returncode in _VERDICTS:
        return run.stdout.splitlines()
    if len(paths) == 1:
        return [f"{paths[0]}: {run.stderr.strip().splitlines()[0]}"]
    middle = len(paths) // 2
    return workbook_faults(paths[:middle]) + workbook_faults(paths[middle:])


def traffic_faults(cloud: str, exchanges: Iterable[Mapping[str, Any]]) -> list[str]:
    """What Graph's metadata says against exchanges, one sentence per exchange that it refuses."""
    given = list(exchanges)
    metadata = Path(os.environ["GRAPH_CSDL"]) / CSDL[cloud]
    run = run_checker("graph", str(metadata), given="\n".join(map(json.dumps, given)))
    verdicts = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(given) == len(verdicts), run.stderr
    return [
        f"{one.get('method', 'GET')} {one['url']}: {verdict['error']}"
        for one, verdict in zip(given, verdicts, strict=True)
        if not verdict["ok"]
    ]
