"""Wrong settings: the app runs with a mistake for some minutes, before or during a run; then the mistake is corrected.

The scenarios run in virtual time. The log, or what administrators read of the rows, must name the setting or the
permission, and the remedy. No file and no row may be lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from sandbox.exports import write_export
from sandbox.graph.options import Options
from sandbox.graph.permissions import APP_ROLES, PHONE_WRITE, ROLES_READ
from sandbox.graph.tokens import Identity
from sandbox.people import Staff, make_staff
from shared.app import App
from shared.core.run.documents import report_row
from shared.core.values.states import RunState
from testing.host_in_memory import HostInMemory
from testing.in_memory import InMemory, hosted
from trials.checks import TrialResult, left_at_last, wrong_with
from trials.hostile import PATIENCE_SECONDS, POLL_SECONDS, come_to
from trials.log import logged

SETTINGS = {
    "MAX_WRITES_UNAPPROVED": "100000",
    "MAX_CREATE_SHARE": "1",
    "MAX_UPDATE_SHARE": "1",
    "MAX_REFUSED_SHARE": "1",
    "LOOK_UP_RETRY_SECONDS": "5",
}
OPTIONS = Options(latency_ms=250)
NO_GROUP = "0a0a0a0a-0000-4000-8000-0000000000ff"
WRONG_MINUTES = 12
"""Long enough for ten deliveries of a message, and for the app to stop waiting for the list of protected accounts."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """Each of `expected` must be in the log, or in the rows' reasons and texts for administrators.

    `roles` are the permissions that the identity is granted. With `finds_storage`, the app gets the storage in memory
    whatever its connection settings say.
    """

    name: str
    expected: tuple[str, ...]
    settings: Mapping[str, str] = field(default_factory=dict)
    roles: tuple[str, ...] = APP_ROLES
    finds_storage: bool = True

    def __str__(self) -> str:
        return self.name


MISTAKES = (
    Mistake("a cloud that does not exist", ("GRAPH_CLOUD", "'usgov'", "Correct them"), {"GRAPH_CLOUD": "europe"}),
    Mistake("another cloud", ("GRAPH_CLOUD",), {"GRAPH_CLOUD": "usgov"}),
    Mistake("a URL without TLS", ("GRAPH_BASE_URL", "https"), {"GRAPH_BASE_URL": "http://graph.example/v1.0"}),
    Mistake("invalid values", ("SMALL_SET", "ALLOW_REMOVALS"), {"SMALL_SET": "few", "ALLOW_REMOVALS": "perhaps"}),
    Mistake("days that contradict each other", ("KEEP_RUNS_DAYS", "KEEP_ROWS_DAYS"), {"KEEP_RUNS_DAYS": "40"}),
    Mistake(
        "one container for two things", ("RESULTS_CONTAINER", "EXPORTS_CONTAINER"), {"RESULTS_CONTAINER": "hr-exports"}
    ),
    Mistake("one queue for two things", ("APPLY_QUEUE", "PLAN_QUEUE"), {"APPLY_QUEUE": "plan-user"}),
    Mistake("an invalid queue name", ("PLAN_QUEUE", "lower-case letters"), {"PLAN_QUEUE": "Plan_User"}),
    Mistake("an invalid table name", ("ROWS_TABLE", "letters"), {"ROWS_TABLE": "hr-rows"}),
    Mistake("no connection", ("Set AzureWebJobsStorage to",), finds_storage=False),
    Mistake(
        "an incomplete connection",
        ("PhoneData__queueServiceUri", "PhoneData__tableServiceUri"),
        {"PhoneData__blobServiceUri": "https://storage.example"},
        finds_storage=False,
    ),
    Mistake("a protected group that does not exist", ("PROTECTED_GROUP_ID",), {"PROTECTED_GROUP_ID": NO_GROUP}),
    Mistake("a pilot group that does not exist", ("PILOT_GROUP_ID",), {"PILOT_GROUP_ID": NO_GROUP}),
    Mistake(
        "numbers may not be read",
        (f"needs the permission {PHONE_WRITE}", "Grant the permission that the reason names"),
        roles=tuple(set(APP_ROLES) - {PHONE_WRITE}),
    ),
    Mistake(
        "administrators may not be read",
        (f"needs the permission {ROLES_READ}", "Correct what the reason names", "a permission that is not granted"),
        roles=tuple(set(APP_ROLES) - {ROLES_READ}),
    ),
)


class Stage(StrEnum):
    """When the mistake is made."""

    DROPPED = "a file is dropped"
    PLANNING = "a run is planned"


async def wrong_settings(mistake: Mistake, stage: Stage, people: int) -> TrialResult:
    staff = make_staff(people)
    async with hosted(staff, SETTINGS, OPTIONS, poll=POLL_SECONDS) as world:
        if stage is Stage.PLANNING:
            world.host.start()
            await world.host.drop("staff.xlsx", write_export(staff))
            await come_to(world, RunState.PLANNING)
            await world.host.crash()
        reported = await _with_mistake(world, mistake, write_export(staff) if stage is Stage.DROPPED else None)
        lost = (
            [] if "staff.xlsx" in world.storage.container("hr-exports").blobs else ["the dropped file no longer exists"]
        )
        world.host.start()
        wrong, redriven = await _corrected(world, staff)
        wrong += await left_at_last(world)
    silent = [
        f"neither the log nor a row's texts say {words}"
        for words in mistake.expected
        if not any(words in line for line in reported)
    ]
    return TrialResult(f"{people} people, {'' if redriven else 'not '}redriven", (*lost, *wrong, *silent))


async def _with_mistake(world: InMemory, mistake: Mistake, dropped: bytes | None) -> list[str]:
    """The log, and what administrators read of the rows, while the mistake lasted."""
    world.stand_in.identity = Identity(OPTIONS.changed({"roles": list(mistake.roles)}))
    bad = App(
        {**world.settings, **mistake.settings},
        clock=world.clock,
        storage=world.storage if mistake.finds_storage else None,
    )
    with logged() as log:
        async with HostInMemory(bad, world.storage, world.clock, poll=POLL_SECONDS, names=world.app.settings) as host:
            if dropped is not None:
                await world.app.exports.write("staff.xlsx", dropped)
                host.blob_event("staff.xlsx")
            await world.clock.sleep(timedelta(minutes=WRONG_MINUTES).total_seconds())
        await bad.close()
    world.stand_in.identity = Identity(OPTIONS)
    reports = [report_row(row) async for run in world.app.runs.all() async for row in world.app.rows.in_order(run)]
    return [*log, *(f"{report.reason} {report.for_admins}" for report in reports)]


async def _corrected(world: InMemory, staff: Staff) -> tuple[list[str], bool]:
    """Every broken promise of the ended run, and whether its rows had to be redriven."""
    (run,) = await world.host.runs_over(1, within=PATIENCE_SECONDS)
    wrong = await wrong_with(world.app, run, staff, world.directory())
    if not wrong:
        return [], False
    await world.app.redrive(run.id, "chaos")
    (run,) = await world.host.runs_over(1, within=PATIENCE_SECONDS)
    return await wrong_with(world.app, run, staff, world.directory()), True
