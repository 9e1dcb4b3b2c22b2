"""Stops work that hostile input makes endless; it does not measure speed."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn


@contextmanager
def must_end(*, cpu_seconds: float) -> Iterator[None]:
    """Raises AssertionError inside the block once it has used so much CPU time, user and system.

    Choose a limit that no busy machine reaches, twenty times the usual and more: what this finds grows with the square
    of its input, or worse. For the main thread alone, where Python handles signals.
    """
    before = signal.signal(signal.SIGPROF, _stop)
    signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise AssertionError("the work does not end")
