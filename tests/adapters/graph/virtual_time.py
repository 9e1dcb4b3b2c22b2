"""An event loop whose clock jumps to the next thing to do, so that an hour of pacing takes no time to test.

Used by the tests of the governor through `run`; the loop's own `time` is the clock to hand in.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any


class _JumpingSelector(selectors.DefaultSelector):
    """Never waits: the time that the loop wanted to wait has passed."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("everybody waits for something that nobody will do")
        self.now += max(0.0, timeout)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """asyncio.sleep on this loop takes virtual seconds only."""

    def __init__(self) -> None:
        self._virtual = _JumpingSelector()
        super().__init__(self._virtual)

    def time(self) -> float:
        return self._virtual.now


def run[T](story: Callable[[Callable[[], float]], Coroutine[Any, Any, T]]) -> T:
    """Run `story(clock)` in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(story(runner.get_loop().time))
