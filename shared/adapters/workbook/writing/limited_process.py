"""Writes an annotated workbook in a process of its own, with limits of memory, time and size.

openpyxl holds a whole workbook in memory, and how much it needs cannot be foreseen. The process is a new interpreter
without the app's settings; when it fails, the app goes on. It costs about 0.5 s of CPU, most of it for imports.
"""

from __future__ import annotations

import json
import os
import pickle
import resource
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from shared.adapters.workbook.reading.limits import MIB
from shared.adapters.workbook.reading.xlsx import XlsxSource
from shared.adapters.workbook.writing.annotated import CannotRewriteError, write_annotated
from shared.adapters.workbook.writing.our_columns import ResultContent
from shared.core.values.said import Said, made_of, said_of

_HANDED_ON = ("PATH", "LD_LIBRARY_PATH", "TMPDIR")
"""The process gets only these of the app's variables, because others contain URLs and secrets."""
_CLOCK = 3
_CANNOT = 64
"""The exit status if the answer is the reason why the workbook cannot be written."""


_TOO_MUCH = Said("it takes too much memory or time")


@dataclass(frozen=True, slots=True)
class ProcessLimits:
    """`memory_bytes` is address space, `seconds` is CPU; by the clock the process has three times as long."""

    memory_bytes: int = 448 * MIB
    seconds: int = 50
    answer_bytes: int = 64 * MIB


def write_in_process(source: XlsxSource, content: ResultContent, limits: ProcessLimits | None = None) -> bytes:
    """As `write_annotated`; raises CannotRewriteError also when the process fails. Waits, so it belongs in a thread."""
    limits = limits or ProcessLimits()
    with TemporaryDirectory() as folder:
        answer = Path(folder, "answer")
        try:
            done = subprocess.run(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-P", "-c", f"from {__name__} import main; main()", str(answer)],
                input=pickle.dumps(limits) + pickle.dumps((source, content)),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # a traceback may quote cells
                timeout=_CLOCK * limits.seconds,
                env=_environment(),
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            raise CannotRewriteError(_TOO_MUCH) from None
        if done.returncode == 0:
            return answer.read_bytes()
        raise CannotRewriteError(said_of(*json.loads(answer.read_text())) if done.returncode == _CANNOT else _TOO_MUCH)


def _environment() -> dict[str, str]:
    paths = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
    return {"PYTHONPATH": paths} | {name: os.environ[name] for name in _HANDED_ON if name in os.environ}


def main() -> None:
    """The process's main function: reads limits and content from standard input, writes the answer to the named file.

    The limits are set first, because reading the content opens the workbook.
    """
    _limit(pickle.load(sys.stdin.buffer))  # noqa: S301 - our own limits
    source, content = pickle.load(sys.stdin.buffer)  # noqa: S301 - our own content
    answer = Path(sys.argv[1])
    try:
        answer.write_bytes(write_annotated(source, content))
    except CannotRewriteError as error:
        answer.write_text(json.dumps([error.why, made_of(error.why)]))
        sys.exit(_CANNOT)


def _limit(limits: ProcessLimits) -> None:
    """Limit this process from now on. If the machine runs out of memory, the kernel ends this process first."""
    for kind, most in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.seconds),
        (resource.RLIMIT_FSIZE, limits.answer_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
