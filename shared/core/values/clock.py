"""The interface of a clock. Code that needs the time gets one as an argument, so that tests can set it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The present time, with time zone UTC."""
        ...

    async def sleep(self, seconds: float) -> None: ...
