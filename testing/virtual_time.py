"""Virtual time: an event loop that skips waits, and the app's clock.

An hour of waits takes seconds. `run` is `asyncio.run` on such a loop.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from typing import Any

_QUIET_SECONDS = 0.001
"""Seconds of real time within which data from the other end of a loopback connection arrives."""
type Now = Callable[[], datetime]
START = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


class _VirtualSelector(selectors.DefaultSelector):
    """Time passes only in waits; a wait ends at once when no socket and no thread has anything to deliver."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.threads_at_work = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(self._real_wait(timeout))
        if not ready and timeout is not None:
            self.now += max(0.0, timeout)
        return ready

    def _real_wait(self, timeout: float | None) -> float | None:
        has_sockets = len(self.get_map()) > 1  # the loop's own pipe is always there
        if self.threads_at_work or (has_sockets and timeout is None):
            return timeout
        if timeout is None:
            raise RuntimeError("Every task waits for an event that can no longer happen.")
        return _QUIET_SECONDS if has_sockets and timeout > 0 else 0.0


class VirtualLoop(asyncio.SelectorEventLoop):
    """Its `time` begins at 0 and counts the seconds that tasks have waited; sockets within this process work."""

    def __init__(self) -> None:
        self._virtual = _VirtualSelector()
        super().__init__(self._virtual)

    def time(self) -> float:
        return self._virtual.now

    def run_in_executor[**P, T](
        self, executor: Executor | None, func: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> asyncio.Future[T]:
        future: asyncio.Future[T] = super().run_in_executor(executor, func, *args, **kwargs)
        self._virtual.threads_at_work += 1
        future.add_done_callback(self._thread_done)
        return future

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - the base's
        """Waits for threads, whose work takes real time."""
        self._virtual.threads_at_work += 1
        await super().shutdown_default_executor(timeout)

    def _thread_done(self, _: asyncio.Future[Any]) -> None:
        self._virtual.threads_at_work -= 1


class VirtualClock:
    """The app's clock.

    With a `loop` it shows the loop's time, and other tasks run during a sleep. Without one, only a sleep or `leap_to`
    moves the clock, and a sleep returns at once, so that a test decides each step while sockets keep real time.
    """

    def __init__(self, start: datetime = START, loop: VirtualLoop | None = None) -> None:
        self._loop = loop
        self._zero = start - timedelta(seconds=loop.time() if loop else 0)

    def now(self) -> datetime:
        return self._zero + timedelta(seconds=self._loop.time()) if self._loop else self._zero

    def timestamp(self) -> float:
        """Seconds since 1970."""
        return self.now().timestamp()

    async def sleep(self, seconds: float) -> None:
        if not self._loop:
            self.leap_to(self._zero + timedelta(seconds=seconds))
        await asyncio.sleep(seconds if self._loop else 0)

    def leap_to(self, time: datetime) -> None:
        """Move the clock forward to this time; a time in the past changes nothing."""
        self._zero += max(timedelta(), time - self.now())


def run[T](main: Coroutine[Any, Any, T]) -> T:
    """As asyncio.run, in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)


def running_loop() -> VirtualLoop:
    """The running loop; TypeError when its time is real."""
    loop = asyncio.get_running_loop()
    if not isinstance(loop, VirtualLoop):
        raise TypeError("This needs virtual time: start it by testing.virtual_time.run.")
    return loop
