"""Cold start: importing and indexing the app, against an empty app with the same libraries.

Each is indexed by Microsoft's runtime in a process of its own, in turns; CPU seconds, because they are what a slow
instance is slow at.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from statistics import median

from bench.peers.bars import Bar
from sandbox.functions_host.config import read_local_settings
from sandbox.system import ROOT, SAMPLE_SETTINGS

EMPTY = Path(__file__).parents[1] / "empty_app"
REPEATS, MOST = 5, 1.3
_INDEX = (
    "import pathlib, sys, time; from sandbox.functions_host.runtime import index; start = time.process_time(); "
    "index(pathlib.Path(sys.argv[1])); print(time.process_time() - start)"
)


def cold_start(*, quick: bool) -> list[Bar]:
    times: dict[Path, list[float]] = {ROOT: [], EMPTY: []}
    for _ in range(1 if quick else REPEATS):
        for folder, found in times.items():
            found.append(_seconds(folder))
    ours, empty = median(times[ROOT]), median(times[EMPTY])
    said = f"{ours / empty:.2f} x ({ours:.2f} s against {empty:.2f} s of CPU)"
    return [Bar(f"cold start: at most {MOST} x an empty app", said, ours <= MOST * empty)]


def _seconds(folder: Path) -> float:
    environment = {**os.environ, **read_local_settings(SAMPLE_SETTINGS), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", _INDEX, str(folder)]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)  # noqa: S603 # ours
    return float(done.stdout.splitlines()[-1])
