"""The timer trigger: NCRONTAB schedules, a status blob that outlives the host, and runs that are past due.

Called by `host`; calls the storage SDK for the status. Follows `TimerListener.cs` and `ScheduleMonitor.cs` of
Azure/azure-webjobs-sdk-extensions.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.storage.blob.aio import BlobClient

from sandbox.functions_host.app import HOST_CONTAINER, LoadedApp
from sandbox.functions_host.clock import HostClock
from sandbox.functions_host.config import ConfigurationError
from sandbox.functions_host.runtime import Function, FunctionFailedError
from shared.core.values.ncrontab import Schedule

log = logging.getLogger(__name__)

NEVER = "0001-01-01T00:00:00"
"""The real host's `Last` of a timer that has not run yet."""

Run = Callable[[Mapping[str, Any]], Awaitable[None]]
"""Runs the function with a timer's JSON body; raises FunctionFailedError."""


def read_schedule(expression: str) -> Schedule:
    """Raises ConfigurationError when the expression is no schedule."""
    try:
        return Schedule.parse(expression)
    except ValueError as error:
        raise ConfigurationError(f"{expression!r} is no NCRONTAB expression: it {error}.") from error


def is_frequent(schedule: Schedule, now: datetime) -> bool:
    """Whether it can fire more than once a minute; then no status is kept."""
    times = [schedule.next(now)]
    for _ in range(5):
        times.append(schedule.next(times[-1]))
    return any(later - earlier < timedelta(minutes=1) for earlier, later in pairwise(times))


class TimerListener:
    """One timer function: one run at a time; the next time of the schedule is looked up after a run."""

    def __init__(
        self, schedule: Schedule, blob: BlobClient, run: Run, clock: HostClock, *, monitor: bool, run_on_startup: bool
    ) -> None:
        self._schedule = schedule
        self._blob = blob
        self._run = run
        self._clock = clock
        self._monitor = monitor and not is_frequent(schedule, clock.now())
        self._run_on_startup = run_on_startup
        self._status = self._status_after(NEVER)

    async def listen(self, stop: asyncio.Event) -> None:
        await self._recall()
        # A changed schedule starts anew: its times before now are not past due.
        expected = self._schedule.next(datetime.fromisoformat(self._status["LastUpdated"]))
        past_due = expected < self._clock.now() and expected == datetime.fromisoformat(self._status["Next"])
        if past_due or self._run_on_startup:
            await self._fire(past_due=past_due)
        while not stop.is_set():
            due = self._schedule.next(self._clock.now())
            await self._clock.wait_until(due, stop)
            if not stop.is_set():
                await self._fire(past_due=False)

    async def run_by_hand(self, *, past_due: bool) -> None:
        """Run the function now with the status that is stored, which stays as it is. Raises FunctionFailedError."""
        await self._run(_body(await self._stored(), past_due=past_due))

    async def _fire(self, *, past_due: bool) -> None:
        last = self._clock.now().isoformat()
        with suppress(FunctionFailedError):  # already logged at the invocation; the timer runs again at its next time
            await self._run(_body(self._status, past_due=past_due))
        self._status = self._status_after(last)
        await self._record()

    def _status_after(self, last: str) -> dict[str, str]:
        now = self._clock.now()
        return {"Last": last, "Next": self._schedule.next(now).isoformat(), "LastUpdated": now.isoformat()}

    async def _recall(self) -> None:
        """Take the status that an earlier host stored, or store one: a new timer counts from its first start."""
        stored = await self._stored()
        if stored is None:
            await self._record()
        else:
            self._status = stored

    async def _stored(self) -> dict[str, str] | None:
        if not self._monitor:
            return None
        try:
            status: dict[str, str] = json.loads(await (await self._blob.download_blob()).readall())
        except ResourceNotFoundError:
            return None
        return status

    async def _record(self) -> None:
        if not self._monitor:
            return
        try:
            await self._blob.upload_blob(json.dumps(self._status), overwrite=True)
        except AzureError as error:  # the run still counts; at worst it is repeated as past due
            log.warning("timer status not stored: %s", type(error).__name__)


def _body(status: Mapping[str, str] | None, *, past_due: bool) -> dict[str, Any]:
    return {"IsPastDue": past_due, "Schedule": {"AdjustForDST": True}, "ScheduleStatus": status}


def timer_listeners(app: LoadedApp) -> dict[str, TimerListener]:
    """One listener per timer function, by its name; raises ConfigurationError."""
    return {function.name: _listener(app, function) for function in app.triggered_by("timerTrigger")}


def _listener(app: LoadedApp, function: Function) -> TimerListener:
    async def run(body: Mapping[str, Any]) -> None:
        fired = f"{app.clock.now():%m/%d/%Y %H:%M:%S}"
        await app.invoke_triggered(function, body, {"TimerTrigger": fired})

    return TimerListener(
        read_schedule(app.setting(function, "schedule")),
        app.storage.blobs().get_blob_client(HOST_CONTAINER, f"timers/{app.host_id}/{function.host_id}/status"),
        run,
        app.clock,
        monitor=function.trigger.get("useMonitor", True),
        run_on_startup=function.trigger.get("runOnStartup", False),
    )
