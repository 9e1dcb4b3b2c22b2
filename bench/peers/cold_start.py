"""Cold start: importing and indexing the app, against an empty app with the same triggers and the usual libraries.

Microsoft's runtime indexes the two in turns, each time in a new process. Both are copies without bytecode of their
own, whereas the deployed package has that of the modules which are imported at the start; the libraries keep theirs.
The figure is CPU seconds, because they decide how long a slow instance takes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.peers.bars import Bar
from sandbox.functions_host.config import read_local_settings
from sandbox.system import ROOT, SAMPLE_SETTINGS

EMPTY = ROOT / "bench/empty_app"
REPEATS, MOST = 5, 1.3
_INDEX = (
    "import pathlib, sys, time; from sandbox.functions_host.runtime import index; start = time.process_time(); "
    "index(pathlib.Path(sys.argv[1])); print(time.process_time() - start)"
)


def cold_start(*, quick: bool) -> list[Bar]:
    with TemporaryDirectory() as folder:
        ours, empty = Path(folder, "ours"), Path(folder, "empty")
        shutil.copytree(ROOT / "shared", ours / "shared", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "function_app.py", ours)
        shutil.copytree(EMPTY, empty, ignore=shutil.ignore_patterns("__pycache__"))
        times = _in_turns((ours, empty), 1 if quick else REPEATS)
    mine, least = median(times[ours]), median(times[empty])
    said = f"{mine / least:.2f} x ({mine:.2f} s against {least:.2f} s of CPU)"
    return [Bar(f"cold start: at most {MOST} x an empty app", said, mine <= MOST * least)]


def _in_turns(apps: tuple[Path, ...], repeats: int) -> Mapping[Path, list[float]]:
    times: dict[Path, list[float]] = {app: [] for app in apps}
    for _ in range(repeats):
        for app, found in times.items():
            found.append(_seconds(app))
    return times


def _seconds(app: Path) -> float:
    environment = {
        **os.environ,
        **read_local_settings(SAMPLE_SETTINGS),
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [sys.executable, "-c", _INDEX, str(app)]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)  # noqa: S603 # ours
    return float(done.stdout.splitlines()[-1])
