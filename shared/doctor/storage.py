"""The doctor's checks of storage: every table, queue and container, the last reconcile, the oldest open run."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from shared.core.run.run import Run
from shared.core.values.states import RunState
from shared.doctor.findings import DoctorCheck, Finding, Status, in_time

CHECKS_OF_STORAGE = (
    DoctorCheck.TABLES,
    DoctorCheck.QUEUES,
    DoctorCheck.CONTAINERS,
    DoctorCheck.RECONCILE,
    DoctorCheck.OPEN_RUN,
    DoctorCheck.OLDER_FILES,
    DoctorCheck.UPKEEP,
    DoctorCheck.NOTIFICATIONS,
)
LATE_RECONCILE = timedelta(days=8)
"""Longer than a week, so that a weekly reconcile is never reported as late."""
STANDSTILL = timedelta(minutes=30)
"""The sweep restarts a stopped run within minutes. A run that has not advanced for longer needs a person."""
_FILES_SHOWN = 10

type Reach = Callable[[], Awaitable[None]]
"""Raises ExplainedError when the table, queue or container cannot be reached."""


class RunsToExamine(Protocol):
    async def last_reconcile(self, since: datetime) -> Run | None: ...

    async def oldest_open(self) -> Run | None: ...

    async def files_before_installation(self) -> Sequence[str]: ...

    async def upkeep_failures(self) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class StorageSide:
    """`unused` are names of settings that describe a storage account which the app does not use.

    `unknown_to_host` are names in the triggers for which the Functions host finds no setting.
    `notify_faults` has a sentence for each address of NOTIFY_URLS that fails; None = there are no addresses.
    """

    tables: Sequence[Reach]
    queues: Sequence[Reach]
    containers: Sequence[Reach]
    runs: RunsToExamine
    notify_faults: Callable[[], Awaitable[Sequence[str]]] | None = None
    unused: Sequence[str] = ()
    unknown_to_host: Sequence[str] = ()


async def storage_findings(side: StorageSide, now: datetime, seconds: float) -> Sequence[Finding]:
    """One finding for each of CHECKS_OF_STORAGE; each check may take `seconds`."""
    return await asyncio.gather(
        _reach_all(DoctorCheck.TABLES, side.tables, seconds),
        _reach_all(DoctorCheck.QUEUES, side.queues, seconds),
        _reach_all(DoctorCheck.CONTAINERS, side.containers, seconds),
        in_time(seconds, DoctorCheck.RECONCILE, _last_reconcile(side.runs, now)),
        in_time(seconds, DoctorCheck.OPEN_RUN, _oldest_open(side.runs, now)),
        in_time(seconds, DoctorCheck.OLDER_FILES, _older_files(side.runs)),
        in_time(seconds, DoctorCheck.UPKEEP, _upkeep(side.runs)),
        in_time(seconds, DoctorCheck.NOTIFICATIONS, _notifications(side)),
    )


async def _reach_all(kind: DoctorCheck, stores: Sequence[Reach], seconds: float) -> Finding:
    """One finding for all stores of a kind, which names each that fails."""
    found = await asyncio.gather(*(in_time(seconds, kind, _reach(kind, reach)) for reach in stores))
    failures = [finding for finding in found if finding.status is Status.FAILED]
    if not failures:
        return Finding(kind, Status.OK, f"All {len(stores)} {kind} can be reached.")
    sentences = " ".join(dict.fromkeys(finding.sentence for finding in failures))
    remedies = " ".join(dict.fromkeys(finding.remedy for finding in failures))
    return Finding(kind, Status.FAILED, sentences, remedies)


async def _reach(kind: DoctorCheck, reach: Reach) -> Finding:
    await reach()
    return Finding(kind, Status.OK, "It can be reached.")


async def _last_reconcile(runs: RunsToExamine, now: datetime) -> Finding:
    check = DoctorCheck.RECONCILE
    run = await runs.last_reconcile(now - LATE_RECONCILE)
    if run is None:
        sentence = f"No reconcile ran in the last {LATE_RECONCILE.days} days."
        return Finding(check, Status.WARNING, sentence, "Check RECONCILE_SCHEDULE; a new app has had none yet.")
    return Finding(check, Status.OK, f"{_age(now - run.created_at)} ago: {run.message or run.state}")


async def _oldest_open(runs: RunsToExamine, now: datetime) -> Finding:
    check = DoctorCheck.OPEN_RUN
    run = await runs.oldest_open()
    if run is None:
        return Finding(check, Status.OK, "No run is open.")
    sentence = f"{run.id} is {run.state} and started {_age(now - run.created_at)} ago."
    if run.state is RunState.HELD:
        return Finding(check, Status.WARNING, sentence, f"Approve or reject it: {run.message}")
    if now - run.updated_at >= STANDSTILL:
        sentence += f" It has not advanced for {_age(now - run.updated_at)}."
        return Finding(check, Status.WARNING, sentence, "Check that the sweep timer runs, and the app's log.")
    return Finding(check, Status.OK, sentence)


async def _older_files(runs: RunsToExamine) -> Finding:
    check = DoctorCheck.OLDER_FILES
    names = await runs.files_before_installation()
    if not names:
        return Finding(check, Status.OK, "No file in the container of exports is older than the app.")
    sentence = f"Files from before the app first ran, which are not read ({len(names)}): {_shown(names)}."
    return Finding(check, Status.WARNING, sentence, "Upload the file that is in force again, and delete the others.")


async def _upkeep(runs: RunsToExamine) -> Finding:
    check = DoctorCheck.UPKEEP
    failures = await runs.upkeep_failures()
    if not failures:
        return Finding(check, Status.OK, "The sweep and retention could do all their work.")
    sentence = f"The sweep or retention could not handle ({len(failures)}): {_shown(failures)}."
    remedy = "Remove what stands in the way (lease, legal hold, archive tier, missing role), or the damaged item."
    return Finding(check, Status.WARNING, sentence, remedy)


async def _notifications(side: StorageSide) -> Finding:
    check = DoctorCheck.NOTIFICATIONS
    if side.notify_faults is None:
        return Finding(check, Status.OK, "Nobody is told by the app itself: NOTIFY_URLS is not set.")
    faults = await side.notify_faults()
    if not faults:
        return Finding(check, Status.OK, "Every address of NOTIFY_URLS has confirmed what was sent to it last.")
    remedy = "Correct the secret or the receiver; what was not confirmed is sent again for seven days."
    return Finding(check, Status.WARNING, " ".join(faults), remedy)


def _shown(names: Sequence[str]) -> str:
    more = f" and {len(names) - _FILES_SHOWN} more" if len(names) > _FILES_SHOWN else ""
    return f"{', '.join(names[:_FILES_SHOWN])}{more}"


def _age(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 2 * 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 2 * 24 * 60 else f"{minutes // (24 * 60)} days"
