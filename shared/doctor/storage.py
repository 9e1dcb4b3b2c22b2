"""The doctor's checks of storage, and of what is stored about timers, runs, files, upkeep and notifications."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.core.run.pause import WAITING
from shared.core.values.said import visible
from shared.core.values.states import RunState
from shared.doctor.findings import DoctorCheck, Finding, Status, in_time
from shared.doctor.runs_overview import RunsOverview

CHECKS_OF_STORAGE = (
    DoctorCheck.TABLES,
    DoctorCheck.QUEUES,
    DoctorCheck.CONTAINERS,
    DoctorCheck.RECONCILE,
    DoctorCheck.SWEEP,
    DoctorCheck.OPEN_RUN,
    DoctorCheck.UNREAD_FILES,
    DoctorCheck.UPKEEP,
    DoctorCheck.NOTIFICATIONS,
)
LATE_RECONCILE = timedelta(days=8)
"""Longer than a week, so that a weekly reconcile is never reported as late."""
LATE_SWEEP = timedelta(minutes=15)
"""Three times its usual interval. Once its timer is that late, other triggers do its work."""
UNREAD_AFTER = timedelta(minutes=10)
"""A dropped or uploaded file is read within a minute or two."""
STANDSTILL = timedelta(minutes=30)
"""The sweep restarts a stopped run within minutes. A run that has not advanced for longer needs a person."""
_FILES_SHOWN = 10

type Reach = Callable[[], Awaitable[None]]
"""Raises ExplainedError when the table, queue or container cannot be reached."""


@dataclass(frozen=True, slots=True)
class StorageInputs:
    """`unused` are names of settings that describe a storage account which the app does not use.

    `unknown_to_host` are names in the triggers for which the Functions host finds no setting.
    `notify_faults` has a sentence for each receiver in NOTIFY_URLS that fails; None = there are no receivers.
    """

    tables: Sequence[Reach]
    queues: Sequence[Reach]
    containers: Sequence[Reach]
    runs: RunsOverview
    notify_faults: Callable[[], Awaitable[Sequence[str]]] | None = None
    unused: Sequence[str] = ()
    unknown_to_host: Sequence[str] = ()


async def storage_findings(inputs: StorageInputs, now: datetime, seconds: float) -> Sequence[Finding]:
    """One finding for each of CHECKS_OF_STORAGE; each check may take `seconds`."""
    return await asyncio.gather(
        _reach_all(DoctorCheck.TABLES, inputs.tables, seconds),
        _reach_all(DoctorCheck.QUEUES, inputs.queues, seconds),
        _reach_all(DoctorCheck.CONTAINERS, inputs.containers, seconds),
        in_time(seconds, DoctorCheck.RECONCILE, _last_reconcile(inputs.runs, now)),
        in_time(seconds, DoctorCheck.SWEEP, _last_sweep(inputs.runs, now)),
        in_time(seconds, DoctorCheck.OPEN_RUN, _longest_standing(inputs.runs, now)),
        in_time(seconds, DoctorCheck.UNREAD_FILES, _unread_files(inputs.runs, now)),
        in_time(seconds, DoctorCheck.UPKEEP, _upkeep(inputs.runs)),
        in_time(seconds, DoctorCheck.NOTIFICATIONS, _notifications(inputs)),
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


async def _last_reconcile(runs: RunsOverview, now: datetime) -> Finding:
    check = DoctorCheck.RECONCILE
    run = await runs.last_reconcile(now - LATE_RECONCILE)
    if run is None:
        sentence = f"No reconcile ran in the last {LATE_RECONCILE.days} days."
        return Finding(check, Status.WARNING, sentence, "Check RECONCILE_SCHEDULE; a new app has had none yet.")
    return Finding(check, Status.OK, f"{_age(now - run.created_at)} ago: {run.message or run.state}")


async def _last_sweep(runs: RunsOverview, now: datetime) -> Finding:
    check = DoctorCheck.SWEEP
    at = await runs.last_sweep()
    if at is None or now - at >= LATE_SWEEP:
        sentence = "The sweep has not run yet." if at is None else f"The sweep ran last {_age(now - at)} ago."
        return Finding(check, Status.WARNING, sentence, "Check SWEEP_SCHEDULE, and restart the app.")
    return Finding(check, Status.OK, f"The sweep ran {_age(now - at)} ago.")


async def _longest_standing(runs: RunsOverview, now: datetime) -> Finding:
    check = DoctorCheck.OPEN_RUN
    found = [one for one in await runs.open_runs() if one.state is not RunState.CHECKED]  # those expire soon
    run = min(found, key=lambda one: one.updated_at, default=None)
    if run is None:
        return Finding(check, Status.OK, "No run is open, apart from checked files.")
    waiting = [f"{one.id}: {one.message}" for one in found if one.message.startswith(WAITING)]
    sentence = f"{run.id} is {run.state} and started {_age(now - run.created_at)} ago."
    said = f" Runs that wait, but not for a person ({len(waiting)}): {_shown(waiting)}" if waiting else ""
    if run.state is RunState.HELD:
        return Finding(check, Status.WARNING, sentence + said, f"Approve or reject it: {run.message}")
    if now - run.updated_at >= STANDSTILL:
        sentence += f" It has not advanced for {_age(now - run.updated_at)}."
        return Finding(check, Status.WARNING, sentence + said, "Check that the sweep timer runs, and the app's log.")
    return Finding(check, Status.OK, sentence + said)


async def _unread_files(runs: RunsOverview, now: datetime) -> Finding:
    check = DoctorCheck.UNREAD_FILES
    older, waiting = await runs.unread_files(now - UNREAD_AFTER)
    faults = {
        "Files from before the app first ran, which are not read": (
            older, "Of these files, upload again the one that still counts, and delete the others."
        ),
        "Files that are not read after ten minutes": (
            waiting, "Check Event Grid, the last sweep, and the app's log."
        ),
    }  # fmt: skip
    met = {f"{what} ({len(names)}): {_shown(names)}.": remedy for what, (names, remedy) in faults.items() if names}
    if not met:
        return Finding(check, Status.OK, "No file has waited to be read for more than ten minutes.")
    return Finding(check, Status.WARNING, " ".join(met), " ".join(met.values()))


async def _upkeep(runs: RunsOverview) -> Finding:
    check = DoctorCheck.UPKEEP
    failures = await runs.upkeep_failures()
    if not failures:
        return Finding(check, Status.OK, "The sweep and retention could do all their work.")
    sentence = f"The sweep or retention could not handle ({len(failures)}): {_shown(failures)}."
    remedy = "Remove the obstacle (lease, legal hold, archive tier, missing role), or the damaged item."
    return Finding(check, Status.WARNING, sentence, remedy)


async def _notifications(inputs: StorageInputs) -> Finding:
    check = DoctorCheck.NOTIFICATIONS
    if inputs.notify_faults is None:
        return Finding(check, Status.OK, "No receiver gets notifications, because NOTIFY_URLS is not set.")
    faults = await inputs.notify_faults()
    if not faults:
        return Finding(check, Status.OK, "No receiver in NOTIFY_URLS fails.")
    remedy = "Correct the secret or the receiver; what was not confirmed is sent again for seven days."
    return Finding(check, Status.WARNING, " ".join(faults), remedy)


def _shown(names: Sequence[str]) -> str:
    more = f" and {len(names) - _FILES_SHOWN} more" if len(names) > _FILES_SHOWN else ""
    return f"{', '.join(map(visible, names[:_FILES_SHOWN]))}{more}"


def _age(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 2 * 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 2 * 24 * 60 else f"{minutes // (24 * 60)} days"
