"""Timers: each stores the time at which it ran; the other triggers report a late timer, and run a late sweep.

Timers of Flex Consumption apps were reported to stop for good while other triggers ran, so every other trigger looks
after the timers too: messages, exports and calls over HTTP.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from shared.adapters.ledger.times import TimeStore
from shared.core.run.notifications import missed_schedule
from shared.core.values.clock import Clock
from shared.core.values.ncrontab import Schedule
from shared.flows.best_effort import BestEffort
from shared.flows.notifier import Notifier
from shared.shared_reads import Cache
from shared.telemetry.events import EventName
from shared.telemetry.signals import event, span
from shared.telemetry.table import SpanName

SWEEP = "sweep"
LATE_AFTER = timedelta(minutes=15)
EVERY = timedelta(minutes=5)
SWEEP_INSTEAD = "sweep-stand-in"
"""The name under which `TimeStore` has the time of the last sweep that ran in place of the timer's."""


class Timers:
    """`work` is by the name of the timer's function; a timer without one of the `schedules` is not looked after."""

    def __init__(
        self,
        times: TimeStore,
        notifier: Callable[[], Notifier],
        clock: Clock,
        work: Mapping[str, Callable[[], Awaitable[object]]],
        schedules: Mapping[str, Schedule],
    ) -> None:
        self._times = times
        self._notifier = notifier
        self._clock = clock
        self._work = work
        self._schedules = schedules
        self._looks = Cache[None, None](self._look_at_all, lambda: clock.now().timestamp(), EVERY.total_seconds())

    async def run(self, name: str) -> None:
        """Store that a timer fired, do its work, and look after all timers before and after it.

        Before, too, because the work may end the process.
        """
        with span(SpanName.TIMER, timer=name):
            await self._times.note(name, self._clock.now())
            self.look_after_meanwhile()
            try:
                await self._work[name]()
            finally:
                await self.look_after()

    async def look_after(self) -> None:
        """Notify once of each late timer, until it runs again, and sweep if the sweep is late.

        Each process looks every five minutes at most. Raises nothing, because the caller has done its own work.
        """
        await self._looks.get(None)

    def look_after_meanwhile(self) -> None:
        """The same without waiting for it: calls over HTTP and messages of rows must not wait for a sweep."""
        self._looks.begin(None)

    async def _look_at_all(self, _: None) -> None:
        best_effort = BestEffort()
        for name in self._schedules:
            with best_effort.each("timer", name):
                if await self._is_late(name) and name == SWEEP:
                    await self._sweep_instead()

    async def _is_late(self, name: str) -> bool:
        now, ran_at = self._clock.now(), await self._times.at(name)
        if ran_at is None:
            await self._times.note(name, now)  # a new app: it counts from now on
            return False
        is_late = now - self._schedules[name].next(ran_at) >= LATE_AFTER
        if is_late:
            await self._notifier().notify(missed_schedule(name, ran_at, now))
        return is_late

    async def _sweep_instead(self) -> None:
        if await self._times.take_job(SWEEP_INSTEAD, self._clock.now(), EVERY):
            event(EventName.SWEEP_LATE)
            await self._work[SWEEP]()
