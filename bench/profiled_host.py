"""The Functions host with a sampler of its CPU: `python -m bench.profiled_host SAMPLES`, and the host's arguments.

`bench.profile` starts it. Every few milliseconds of CPU the kernel sends SIGPROF, and the sample goes to the layer of
the innermost frame that has one. SIGUSR1 writes the samples so far to the file SAMPLES, as JSON by layer.
"""

from __future__ import annotations

import json
import signal
import sys
from collections import Counter
from pathlib import Path
from types import FrameType

from sandbox.functions_host.__main__ import main
from sandbox.system import ROOT

SECONDS_PER_SAMPLE = 0.004
"""The tick of most kernels; a shorter interval is rounded up to it."""
LOOP = "event loop and sockets"
"""The layer of samples without a frame of the app or the host: answers that arrive, timers, the loop itself."""
_TABLE_OPERATIONS = {"_pages": "query", "_read_alone": "get", "_write_alone": "write", "transact": "transaction"}
_LAYERS = (
    ("shared/adapters/storage/queues.py", "queue: the app sends"),
    ("shared/adapters/storage/blobs.py", "blob"),
    ("shared/adapters/storage/", "sharing requests"),
    ("shared/shared_reads.py", "sharing requests"),
    ("shared/adapters/graph/", "Graph"),
    ("shared/adapters/workbook/", "workbook"),
    ("shared/", "own code"),
    ("function_app.py", "own code"),
    ("sandbox/functions_host/queues.py", "queue: the host receives and deletes"),
    ("sandbox/functions_host/__main__.py", LOOP),
    ("bench/profiled_host.py", LOOP),
    ("sandbox/functions_host/", "runtime and host"),
    ("azure_functions_runtime/", "runtime and host"),
)
_TABLES = "shared/adapters/storage/tables.py"


class Sampler:
    def __init__(self, samples: Path) -> None:
        self._samples = samples
        self._counts: Counter[str] = Counter()
        self._layers: dict[tuple[str, str], str] = {}

    def start(self) -> None:
        signal.signal(signal.SIGPROF, self._sample)
        signal.signal(signal.SIGUSR1, self._write)
        signal.setitimer(signal.ITIMER_PROF, SECONDS_PER_SAMPLE, SECONDS_PER_SAMPLE)

    def _sample(self, _: int, frame: FrameType | None) -> None:
        while frame is not None:
            code = (frame.f_code.co_filename, frame.f_code.co_name)
            if code not in self._layers:
                self._layers[code] = layer(*code)
            if found := self._layers[code]:
                self._counts[found] += 1
                return
            frame = frame.f_back
        self._counts[LOOP] += 1

    def _write(self, _: int, __: FrameType | None) -> None:
        unfinished = self._samples.with_suffix(".new")
        unfinished.write_text(json.dumps(self._counts), encoding="utf-8")
        unfinished.replace(self._samples)


def layer(file: str, function: str) -> str:
    """The layer of a frame; "" = the sample belongs to the layer of its caller."""
    path = file.removeprefix(f"{ROOT}/")
    if path == _TABLES:
        return f"table: {_TABLE_OPERATIONS[function]}" if function in _TABLE_OPERATIONS else ""
    return next((name for start, name in _LAYERS if path.startswith(start) or f"/site-packages/{start}" in path), "")


if __name__ == "__main__":
    Sampler(Path(sys.argv.pop(1))).start()
    main()
