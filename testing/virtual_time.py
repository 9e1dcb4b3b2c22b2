"""An event loop whose time leaps over waiting, so that an hour of bad weather takes seconds.

Used by `run` for everything that waits through asyncio: flows, pacing, made-up latencies, time-outs. Sockets to this
very process work; a wait is leapt over only when they are silent and no thread is at work.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from typing import Any

_QUIET_SECONDS = 0.001
"""What one end of a loopback connection has sent, the other can read much sooner."""
START = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


class _LeapingSelector(selectors.DefaultSelector):
    """Waits no longer than it takes to see that nothing is going on; `leapt` is the time so saved."""

    def __init__(self) -> None:
        super().__init__()
        self.leapt = 0.0
        self.threads_at_work = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= _QUIET_SECONDS or self.threads_at_work:
            return super().select(timeout)
        ready = super().select(_QUIET_SECONDS)
        if not ready:
            self.leapt += timeout - _QUIET_SECONDS
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """Its `time` is real time and the waits that were leapt over."""

    def __init__(self) -> None:
        self._leaping = _LeapingSelector()
        super().__init__(self._leaping)

    def time(self) -> float:
        return time.monotonic() + self._leaping.leapt

    def run_in_executor[**P, T](
        self, executor: Executor | None, func: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> asyncio.Future[T]:
        future: asyncio.Future[T] = super().run_in_executor(executor, func, *args, **kwargs)
        self._leaping.threads_at_work += 1
        future.add_done_callback(self._thread_done)
        return future

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - the base's
        """Waits for threads, which know nothing of this loop's time."""
        self._leaping.threads_at_work += 1
        await super().shutdown_default_executor(timeout)

    def _thread_done(self, _: asyncio.Future[Any]) -> None:
        self._leaping.threads_at_work -= 1


class LoopClock:
    """The app's clock on any loop: `start` when it is made, and then as fast as the loop's time goes."""

    def __init__(self, start: datetime = START) -> None:
        self._loop = asyncio.get_running_loop()
        self._start = start - timedelta(seconds=self._loop.time())

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._loop.time())

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def run[T](main: Coroutine[Any, Any, T]) -> T:
    """As asyncio.run, in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
