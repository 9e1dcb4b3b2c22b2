"""Every query is run over events that the app's own code logged, with rows that must show and rows that must not."""

from __future__ import annotations

import ast
import asyncio
import json
import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sandbox.graph.control import change_person
from sandbox.graph.faults import Fault
from shared.core.call import SetPhone, SingleCall
from shared.core.run.notifications import Notification, NotificationKind, Severity
from shared.core.run.run import Run
from shared.core.values.slot import PhoneType
from shared.core.values.states import OPEN_ROWS, RowState, RunState
from shared.telemetry.events import EventName
from shared.telemetry.signals import event
from shared.telemetry.table import SPANS, SpanName
from testing.in_memory import InMemory
from testing.telemetry import collected
from tests.flows.small_tenant import csv, number, person, tenant_of
from tests.infra.log_tables import QUERIES
from tests.infra.workspace import IDENTITY, Workspace, alerts, text_of

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
AT_ONCE = timedelta(seconds=1)
PEOPLE = [person(index) for index in range(1, 5)]
ANOTHER = "00000000-0000-4000-8000-0000000000b2"
"""An application of somebody else."""
type Line = tuple[datetime, str]


@dataclass
class Played:
    """What the app logged and measured in a world of virtual time, and what the world knows from elsewhere."""

    lines: list[Line] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    drifted: int = 0
    metrics: dict[str, Any] = field(default_factory=dict)

    def told(self, name: EventName, **wanted: object) -> list[Line]:
        """The lines of an event whose fields have these values."""
        found = [(time, line) for time, line in self.lines if line.startswith(f"{name} {{")]
        return [(time, line) for time, line in found if wanted.items() <= fields_of(line).items()]

    def line(self, name: EventName, **wanted: object) -> str:
        return self.told(name, **wanted)[-1][1]


def fields_of(line: str) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(line.partition(" ")[2])
    return fields


class Listener(logging.Handler):
    """Keeps the lines of the app's log, by the world's clock."""

    def __init__(self, world: InMemory, lines: list[Line]) -> None:
        super().__init__(logging.INFO)
        self.world, self.lines = world, lines

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append((self.world.clock.now(), record.getMessage()))


async def play() -> Played:
    """Runs that finish, are redriven, held and refused; a call, drift, and sweeps until 36 days after the last export.

    Each kind of row is there that the queries tell apart.
    """
    played = Played()
    log = logging.getLogger("shared")
    level = log.level
    log.setLevel(logging.INFO)
    try:
        with collected() as telemetry:
            async with tenant_of(PEOPLE, MAX_WRITES_UNAPPROVED="2") as world:
                listener = Listener(world, played.lines)
                log.addHandler(listener)
                await _play_runs(world)
                played.drifted = await _play_drift(world)
                played.runs = [run async for run in world.app.runs.all()]
                last = max(run.created_at for run in played.runs if run.source.value == "blob")
                for days in (1, 34, 35, 36):
                    world.clock.leap_to(last + days * DAY + HOUR)
                    await world.app.sweep()
                log.removeHandler(listener)
            played.metrics = telemetry.points()
    finally:
        log.setLevel(level)
    return played


async def _play_runs(world: InMemory) -> None:
    newcomer = person(9)
    rows = [(PEOPLE[0].userPrincipalName, number(51)), (PEOPLE[1].userPrincipalName, number(2))]
    run = await world.run_to_end("staff.csv", csv("userPrincipalName,mobile", *rows, ("nobody", number(53))))
    assert RunState.FINISHED is run.state
    first = await world.run_to_end("late.csv", csv("userPrincipalName,mobile", (newcomer.userPrincipalName, number(9))))
    assert {RowState.REFUSED: 1} == {state: count for state, count in first.counts.items() if count}
    world.stand_in.tenant.put(newcomer)
    world.clock.leap_to(world.clock.now() + DAY)
    await world.app.redrive(first.id, "a test")
    await world.pump()
    many = [(one.userPrincipalName, number(60 + index)) for index, one in enumerate(PEOPLE)]
    held = await world.run_to_end("many.csv", csv("userPrincipalName,mobile", *many))
    assert RunState.HELD is held.state
    assert RunState.FAILED is (await world.run_to_end("broken.xlsx", b"no workbook")).state
    world.stand_in.faults.add(Fault(kind="throttle", on="phoneMethods.list", seconds=1, count=1))
    await world.app.single_calls.do(SingleCall(PEOPLE[2].id, SetPhone(PhoneType.MOBILE, number(70)), "a test"))


async def _play_drift(world: InMemory) -> int:
    world.clock.leap_to(world.clock.now() + DAY)
    change_person(world.stand_in.tenant, PEOPLE[0].id, {"phones": {"mobile": number(90)}})
    await world.app.reconcile()
    await world.pump()
    report = await world.app.newest_drift()
    assert report
    return len(report["drifted"])


@pytest.fixture(scope="module")
def played() -> Played:
    return asyncio.run(play())


@pytest.fixture
def workspace(played: Played) -> Workspace:
    """Everything that was played, as it was logged."""
    filled = Workspace()
    for time, line in played.lines:
        filled.add("AppTraces", time, Message=line)
    return filled


def answered(workspace: Workspace, query: str, *columns: str) -> list[tuple[Any, ...]]:
    rows = workspace.ask(text_of(query), datetime(2027, 6, 1, tzinfo=UTC))
    return sorted(tuple(row[column] for column in columns) for row in rows)


def day_of(time: datetime) -> datetime:
    return datetime(time.year, time.month, time.day)  # noqa: DTZ001 - the engine answers in UTC, without saying so


# Pictures


def test_a_picture_of_outcomes_agrees_with_the_ledger(played: Played, workspace: Workspace) -> None:
    """A redriven run finished twice, and its rows are counted once."""
    finished = [run for run in played.runs if run.state is RunState.FINISHED and run.source.value != "call"]
    assert len(finished) < len({line for _, line in played.told(EventName.NOTIFICATION, event="finished")})
    expected = Counter[tuple[datetime, str]]()
    for run in finished:
        (*_, (_, at)) = run.state_history
        expected.update({(day_of(at), state.value): count for state, count in run.counts.items() if count})
    rows = answered(workspace, "outcomes-over-time", "TimeGenerated", "outcome", "rows")
    assert expected == {(day, outcome): count for day, outcome, count in rows}
    assert 2 <= len({outcome for _, outcome, _ in rows})


def at_times(line: str, *given: tuple[datetime, Mapping[str, object]]) -> Workspace:
    """A line of the log several times, each with some of its fields changed."""
    workspace, name = Workspace(), line.partition(" ")[0]
    for time, changes in given:
        workspace.add("AppTraces", time, Message=event_line(name, **{**fields_of(line), **changes}))
    return workspace


MORNING, EVENING, NEXT = NOW - 11 * HOUR, NOW + 9 * HOUR, NOW + 15 * HOUR
TODAY, TOMORROW = datetime(2026, 11, 29), datetime(2026, 11, 30)  # noqa: DTZ001 - as the engine answers


def test_pictures_are_by_day(played: Played) -> None:
    """Rows of a day's runs are added up, its notifications counted, and the most people with drift are taken."""
    finished = played.line(EventName.NOTIFICATION, event="finished", source="blob")
    times = [
        (time, {"run": run, "counts": {"updated": 2}})
        for run, time in zip("abc", (MORNING, EVENING, NEXT), strict=True)
    ]
    workspace = at_times(finished, *times, (NEXT, {"run": "", "event": "missedSchedule"}))
    assert [(TODAY, 4), (TOMORROW, 2)] == answered(workspace, "outcomes-over-time", "TimeGenerated", "rows")
    assert [(TODAY, 2), (TOMORROW, 1)] == answered(workspace, "runs-over-time", "TimeGenerated", "notifications")
    drift = played.line(EventName.RUN_MOVED, source="reconcile", to="finished")
    counts = [(MORNING, 1), (EVENING, 3), (EVENING + MINUTE, 2), (NEXT, 2)]
    workspace = at_times(drift, *((time, {"figures": {"drifted": count}}) for time, count in counts))
    assert [(TODAY, 3), (TOMORROW, 2)] == answered(workspace, "drift-over-time", "TimeGenerated", "drifted")


def test_a_picture_of_runs_counts_notifications_about_runs(played: Played, workspace: Workspace) -> None:
    told = [(day_of(time), fields_of(line)) for time, line in played.told(EventName.NOTIFICATION)]
    expected = Counter((day, fields["event"]) for day, fields in told if fields["run"])
    assert {"finished", "held", "failed"} <= {name for _, name in expected}
    rows = answered(workspace, "runs-over-time", "TimeGenerated", "event", "notifications")
    assert expected == {(day, name): count for day, name, count in rows}


def test_the_table_of_notifications_has_all_of_them(played: Played, workspace: Workspace) -> None:
    told = [fields_of(line) for _, line in played.told(EventName.NOTIFICATION)]
    columns = ("event", "severity", "run", "source", "meaning", "remedy")
    rows = answered(workspace, "notifications", *columns, "counts")
    assert sorted(tuple(fields[name] for name in columns) for fields in told) == [row[:-1] for row in rows]
    assert [one["counts"] for one in sorted(told, key=lambda one: [one[name] for name in columns])] == [
        json.loads(row[-1]) for row in rows
    ]


def test_a_picture_of_drift_has_the_people_of_the_report(played: Played, workspace: Workspace) -> None:
    assert [(played.drifted,)] == answered(workspace, "drift-over-time", "drifted")
    assert 1 == played.drifted


def test_a_picture_of_the_rate_counts_final_rows_by_minute(played: Played) -> None:
    """Of five minutes each; rows that only moved on are not counted."""
    workspace = Workspace()
    assert {RowState.PLANNED.value} < {attributes["state"] for attributes, _ in played.metrics["rows"]}
    for attributes, value in played.metrics["rows"]:
        workspace.add("AppMetrics", NOW, Name="rows", Sum=value, Properties=dict(attributes))
        workspace.add("AppMetrics", NOW + 5 * MINUTE, Name="rows", Sum=2 * value, Properties=dict(attributes))
        workspace.add("AppMetrics", NOW, Name="rows.again", Sum=value, Properties=dict(attributes))
    for state in OPEN_ROWS:
        workspace.add("AppMetrics", NOW, Name="rows", Sum=1, Properties={"state": state.value, "code": ""})
    final = Counter[str]()
    for attributes, value in played.metrics["rows"]:
        if RowState(attributes["state"]) not in OPEN_ROWS:
            final[attributes["state"]] += value
    noon = NOW.replace(tzinfo=None)
    expected = [(noon, state, value / 5) for state, value in final.items()]
    expected += [(noon + 5 * MINUTE, state, 2 * value / 5) for state, value in final.items()]
    assert sorted(expected) == answered(workspace, "rate-over-time", "TimeGenerated", "outcome", "rows")


def test_a_picture_of_throttling_is_a_percentage(played: Played) -> None:
    workspace = Workspace()
    sums = Counter[str]()
    for name in ("graph.requests", "graph.throttled", "rows"):
        for attributes, value in played.metrics[name]:
            sums[name] += value
            workspace.add("AppMetrics", NOW, Name=name, Sum=value, Properties=dict(attributes))
    workspace.add("AppMetrics", NOW + 5 * MINUTE, Name="graph.throttled", Sum=1, Properties={})
    workspace.add("AppMetrics", NOW + 10 * MINUTE, Name="graph.requests", Sum=4, Properties={})
    ((_, share), (at, none)) = answered(workspace, "throttle-over-time", "TimeGenerated", "throttled")
    assert 0 < share == pytest.approx(100 * sums["graph.throttled"] / sums["graph.requests"])
    assert (NOW.replace(tzinfo=None) + 10 * MINUTE, 0) == (at, none)


# Alerts


def filled(*rows: tuple[str, datetime, dict[str, object]]) -> Workspace:
    workspace = Workspace()
    for table, time, columns in rows:
        workspace.add(table, time, **columns)
    return workspace


def fires(name: str, *rows: tuple[str, datetime, dict[str, object]]) -> set[str]:
    return alerts()[name].fires(filled(*rows), NOW)


def traced(time: datetime, line: str) -> tuple[str, datetime, dict[str, object]]:
    return "AppTraces", time, {"Message": line}


@pytest.fixture
def each_notification(caplog: pytest.LogCaptureFixture) -> Sequence[str]:
    """A line for every kind of notification."""
    caplog.set_level("INFO")
    for kind in NotificationKind:
        event(EventName.NOTIFICATION, **Notification(f"a-{kind}", kind, NOW, run="a").to_json())
    return [record.getMessage() for record in caplog.records if record.getMessage().startswith("Notification {")]


@pytest.mark.parametrize("severity", [Severity.ERROR, Severity.WARNING])
def test_an_alert_follows_each_notification_of_its_severity(
    severity: Severity, each_notification: Sequence[str], played: Played
) -> None:
    """One for each event; none for another severity, another event of the log, or one of an earlier window."""
    name = f"{severity}-notifications"
    decoys = [line for _, line in played.lines if not line.startswith("Notification {")]
    assert {line.partition(" ")[0] for line in decoys} >= {"RunMoved", "SweepDone", "JournalHead", "RetentionDone"}
    given = event_line("NotificationGivenUp", id="a"), event_line("DoctorFound", check="token", severity=severity.value)
    told = [traced(NOW - MINUTE, line) for line in (*each_notification, *decoys, *given)]
    expected = {fields["event"] for fields in map(fields_of, each_notification) if fields["severity"] == severity.value}
    assert expected
    assert expected == fires(name, *told)
    assert set() == fires(name, *(traced(NOW - 15 * MINUTE, line) for line in each_notification))
    first = [traced(NOW - 15 * MINUTE + AT_ONCE, line) for line in each_notification]
    assert expected == fires(name, *first)
    assert {"a"} == {row["run"] for row in filled(*first).ask(text_of(name), NOW)}


def event_line(name: str, **fields: object) -> str:
    return f"{name} {json.dumps(fields)}"


def test_an_alert_follows_an_hour_without_a_sweep(played: Played) -> None:
    """Whatever else is logged meanwhile."""
    done = played.line(EventName.SWEEP_DONE)
    other = [traced(NOW - MINUTE, line) for _, line in played.lines if not line.startswith("SweepDone {")]
    other += [traced(NOW - MINUTE, line) for line in (event_line("SweepLate"), f"a library tells: {done}")]
    assert {""} == fires("no-sweep")
    assert {""} == fires("no-sweep", traced(NOW - HOUR, done), *other)
    assert set() == fires("no-sweep", traced(NOW - HOUR + AT_ONCE, done))


@pytest.mark.parametrize(("days", "expected"), [(1, set()), (34, set()), (35, {""}), (36, {""})])
def test_an_alert_follows_days_without_an_export(played: Played, days: int, expected: set[str]) -> None:
    """As many as the parameter says, at the limit and one below."""
    assert expected == fires("no-export", traced(NOW - HOUR, retention_after(played, days)))


def retention_after(played: Played, days: int) -> str:
    return played.line(EventName.RETENTION_DONE, daysSinceExport=days)


def test_the_alert_ends_with_the_first_retention_after_an_export(played: Played) -> None:
    """The one before is still in the window. Without any export or any retention there is no number to judge."""
    before, after = retention_after(played, 36), retention_after(played, 1)
    assert set() == fires("no-export", traced(NOW - DAY - HOUR, before), traced(NOW - HOUR, after))
    assert {""} == fires("no-export", traced(NOW - DAY - HOUR, after), traced(NOW - HOUR, before))
    assert set() == fires("no-export")
    assert set() == fires("no-export", traced(NOW - HOUR, event_line("RetentionDone", files=0, runs=0, failures=0)))


def written(time: datetime, **changes: object) -> tuple[str, datetime, dict[str, object]]:
    """Entra's record of a write of the app's identity; it comes an hour later."""
    columns: dict[str, object] = {
        "ActivityDateTime": time,
        "LoggedByService": "Authentication Methods",
        "OperationName": "Admin updated phone method for user",
        "InitiatedBy": {"app": {"servicePrincipalId": IDENTITY, "displayName": "id-app"}, "user": None},
        "CorrelationId": "c",
    }
    return "AuditLogs", min(NOW, time + HOUR), columns | changes


def by(**who: object) -> dict[str, object]:
    return {"InitiatedBy": {"app": None, "user": None} | who}


def request(time: datetime, name: str) -> tuple[str, datetime, dict[str, object]]:
    return "AppRequests", time, {"Name": name}


WRITE = NOW - 5 * HOUR + 7 * MINUTE
"""Seven minutes after a quarter of an hour."""
OUTSIDE = {
    "the app did nothing": (),
    "it worked half an hour before": (request(WRITE - 23 * MINUTE, "apply_user"),),
    "it worked half an hour later": (request(WRITE + 23 * MINUTE, "apply_user"),),
    "it was only asked for its health": (request(WRITE, "health"),),
}


@pytest.mark.parametrize("rows", OUTSIDE.values(), ids=OUTSIDE)
def test_an_alert_follows_a_write_outside_runs(rows: Any) -> None:
    assert {""} == fires("writes-outside-runs", written(WRITE), *rows)


def test_a_run_that_moved_is_no_work_of_the_app(played: Played) -> None:
    """A call is: its source says so, and it has no other request of a known name when the console made it."""
    call = played.line(EventName.RUN_MOVED, source="call", to="finished")
    run = played.line(EventName.RUN_MOVED, source="blob", to="held")
    assert set() == fires("writes-outside-runs", written(WRITE), traced(WRITE + 21 * MINUTE, call))
    assert {""} == fires("writes-outside-runs", written(WRITE), traced(WRITE, run))


INSIDE = {
    "the app worked": (written(WRITE), request(WRITE, "apply_user")),
    "it worked before": (written(WRITE), request(WRITE - 21 * MINUTE, "run_steps")),
    "it worked later": (written(WRITE), request(WRITE + 22 * MINUTE, "users")),
    "another application wrote": (written(WRITE, **by(app={"servicePrincipalId": ANOTHER})),),
    "a person wrote": (written(WRITE, **by(user={"id": IDENTITY})),),
    "another service": (written(WRITE, LoggedByService="Core Directory"),),
    "it is no write of an administrator": (written(WRITE, OperationName="User registered security info"),),
}


@pytest.mark.parametrize("rows", INSIDE.values(), ids=INSIDE)
def test_no_alert_follows_a_write_inside_runs_or_of_others(rows: Any) -> None:
    assert set() == fires("writes-outside-runs", *rows)


def test_work_of_the_app_is_known_by_names_that_exist() -> None:
    """Those of its functions and, where telemetry is on, of its spans; each of them is enough."""
    source = (Path(__file__).parents[2] / "function_app.py").read_text(encoding="utf-8")
    functions = {one.name for one in ast.walk(ast.parse(source)) if isinstance(one, ast.AsyncFunctionDef)}
    given = QUERIES["writes-outside-runs"].partition("Name in ")[2].partition("\n")[0]
    names = ast.literal_eval(given)
    assert set(names) <= functions | {name.value for name in SpanName if name is SpanName.APPLY or SPANS[name].is_entry}
    for name in names:
        assert set() == fires("writes-outside-runs", written(WRITE), request(WRITE, name))


def finished_lines(played: Played, *, wrote: bool) -> Iterator[str]:
    for _, line in played.told(EventName.NOTIFICATION, event="finished"):
        counts = fields_of(line)["counts"]
        if wrote == any(counts.get(state) for state in ("created", "updated", "removed", "partial")):
            yield line


def test_an_alert_follows_a_run_whose_writes_entra_does_not_have(played: Played) -> None:
    """Once the record can be expected to be complete: half a day later, and for half a day."""
    (run, *_) = finished_lines(played, wrote=True)
    idle = [traced(NOW - 13 * HOUR, line) for line in finished_lines(played, wrote=False)]
    assert idle
    name, end = "runs-without-writes", NOW - 13 * HOUR
    held = event_line("Notification", **fields_of(run) | {"event": "held"})
    assert set() == fires(name, *idle, traced(end, held))
    (row,) = filled(traced(end, run)).ask(text_of(name), NOW)
    assert fields_of(run)["run"] == row["run"]
    assert [set(), {""}, {""}, set()] == [
        fires(name, traced(NOW - age, run)) for age in (12 * HOUR - AT_ONCE, 12 * HOUR, DAY - AT_ONCE, DAY)
    ]
    assert {""} == fires(name, traced(end, run), written(end, **by(app={"servicePrincipalId": ANOTHER})))
    assert {""} == fires(name, traced(end, run), written(end, LoggedByService="Core Directory"))


@pytest.mark.parametrize("hours", [12, 16, 20])
def test_a_write_of_the_last_twelve_hours_is_found(played: Played, hours: int) -> None:
    """At whatever hour of the day the run ended; one of the day before is none of its writes, nor is a later one."""
    (run, *_) = finished_lines(played, wrote=True)
    end = NOW - hours * HOUR
    for age in (0, 6, 12):
        assert set() == fires("runs-without-writes", traced(end, run), written(end - age * HOUR))
    for age in (-6, 18):
        assert {""} == fires("runs-without-writes", traced(end, run), written(end - age * HOUR))


@pytest.mark.parametrize("state", ["created", "updated", "removed", "partial"])
def test_each_state_of_a_written_row_counts(played: Played, state: str) -> None:
    (run, *_) = finished_lines(played, wrote=True)
    fields = fields_of(run) | {"counts": {state: 1, "unchanged": 3}}
    assert {""} == fires("runs-without-writes", traced(NOW - 13 * HOUR, event_line("Notification", **fields)))


def activity(operation: str, status: str = "Success", age: timedelta = MINUTE) -> tuple[str, datetime, Any]:
    columns = {"OperationNameValue": operation, "ActivityStatusValue": status, "Caller": ANOTHER}
    return "AzureActivity", NOW - age, columns


IDENTITY_ASSIGNED = (
    "MICROSOFT.MANAGEDIDENTITY/USERASSIGNEDIDENTITIES/ASSIGN/ACTION",
    "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write",
)
CHANGED = (
    "MICROSOFT.WEB/SITES/CONFIG/WRITE",
    "Microsoft.Web/sites/write",
    "Microsoft.Web/sites/publish/Action",
    "Microsoft.Authorization/roleAssignments/write",
    "Microsoft.Authorization/locks/delete",
)
HARMLESS = (
    "Microsoft.Web/sites/config/list/action",
    "Microsoft.Storage/storageAccounts/write",
    "Microsoft.ManagedIdentity/userAssignedIdentities/read",
)


@pytest.mark.parametrize(
    ("name", "operations", "others"),
    [
        ("identity-assigned", IDENTITY_ASSIGNED, (*CHANGED, *HARMLESS)),
        ("settings-or-code-changed", CHANGED, (*IDENTITY_ASSIGNED, *HARMLESS)),
    ],
)
def test_an_alert_follows_each_change_of_its_kind(name: str, operations: Sequence[str], others: Sequence[str]) -> None:
    """When it succeeded, however the record spells that; begun and failed ones do not count."""
    for operation in operations:
        assert [{""}, {""}] == [fires(name, activity(operation, status)) for status in ("Success", "Succeeded")]
    rows = [activity(operation, status) for operation in operations for status in ("Start", "Started", "Failure")]
    old = [activity(operation, age=15 * MINUTE) for operation in operations]
    assert set() == fires(name, *rows, *old, *(activity(operation) for operation in others))


def test_every_query_is_run_here() -> None:
    """By its name."""
    source = Path(__file__).read_text(encoding="utf-8")
    assert [] == [name for name in QUERIES if name.removeprefix("error").removeprefix("warning") not in source]
