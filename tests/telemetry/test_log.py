"""The log while telemetry is on: no line is lost, none holds more than it may, and events have fields."""

from __future__ import annotations

import ast
import json
import logging
import re
from pathlib import Path

import azure.functions as func
import pytest

from shared.api.app import ROOT as API
from shared.api.app import build
from shared.asgi import answer
from shared.core.values.errors import PermanentError
from shared.telemetry.events import EVENTS, EventName
from shared.telemetry.fields import FIELDS
from shared.telemetry.sdk import start
from shared.telemetry.signals import span
from shared.telemetry.table import METRICS, ON_FAILURE, SPANS, SpanName
from testing.telemetry import collected
from tests.flows.small_tenant import csv, number, person, tenant_of
from trials.made_up import made_up

ROOT = Path(__file__).parents[2]
EXPORT = csv("employeeId,mobile", ("E1", number(51)))
NAME = "person1@contoso.example"
CANARIES = ("jo.canary@unseen.invalid", "jo_private%40unseen.invalid", "0199 00 765 4321")
"""Not of the kinds for which the suite searches every log."""


async def lines_of_a_run(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Every line of a run that reaches the root logger, where the worker listens."""
    caplog.clear()
    async with tenant_of([person(1)]) as world:
        await world.run_to_end("staff.csv", EXPORT)
        logging.getLogger("httpx").warning("a library tells something")
    return [record.getMessage() for record in caplog.records]


async def test_no_line_is_lost_in_either_mode(caplog: pytest.LogCaptureFixture) -> None:
    """The worker gets the same lines whether telemetry is on or off; on, each of them is exported too."""
    caplog.set_level("INFO")
    off = await lines_of_a_run(caplog)
    with collected() as telemetry:
        on = await lines_of_a_run(caplog)

    assert off
    assert [line.split()[0] for line in off] == [line.split()[0] for line in on]
    assert on == [str(one.log_record.body) for one in telemetry.logs()]


async def test_an_event_is_told_in_fields(caplog: pytest.LogCaptureFixture) -> None:
    """The fields of the table, as JSON in the line, and as properties of the record in the run's trace."""
    caplog.set_level("INFO")
    with collected() as telemetry:
        await lines_of_a_run(caplog)

    records = [one.log_record for one in telemetry.logs() if one.log_record.event_name]
    assert {EventName.NOTIFICATION, EventName.RUN_MOVED, EventName.JOURNAL_HEAD} == {one.event_name for one in records}
    for record in records:
        name, _, line = str(record.body).partition(" ")
        assert name == record.event_name
        fields = json.loads(line)
        assert {FIELDS[field].key: FIELDS[field].type for field in EVENTS[EventName(name)].fields} == {
            key: type(value) for key, value in fields.items()
        }
        assert {key for key, value in fields.items() if not isinstance(value, dict)} <= set(record.attributes or {})
    moves = [dict(one.attributes or {}) for one in records if one.event_name == "RunMoved"]
    assert [
        ("reading", "rows read", "planning"),
        ("planning", "within limits", "applying"),
        ("applying", "rows complete", "finished"),
    ] == [(one["from"], one["cause"], one["to"]) for one in moves[1:]]
    assert {one.log_record.trace_id for one in telemetry.logs() if one.log_record.event_name} == {
        telemetry.spans()[0].context.trace_id
    }


def test_everything_that_the_app_logs_is_an_event_of_the_table() -> None:
    """No sentence that a query would have to parse; each call gives the fields of the table, all of them."""
    logged = set[EventName]()
    for path in (ROOT / "shared").rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        sentence = re.search(r"\blog(ger|ging)?\.(debug|info|warn|err|exc|crit|log)", source)
        assert sentence is None or path.name == "signals.py"
        calls = (one for one in ast.walk(ast.parse(source)) if isinstance(one, ast.Call)) if "event(" in source else ()
        for call in calls:
            if call.args and ast.unparse(call.args[0]).startswith("EventName."):
                name, given = EventName[ast.unparse(call.args[0]).split(".")[1]], {one.arg for one in call.keywords}
                assert given in ({None}, set(EVENTS[name].fields)), path
                logged.add(name)
    assert set(EVENTS) == logged
    of_tables = (about.fields for table in (SPANS, METRICS, EVENTS) for about in table.values())
    assert set(FIELDS) == {field for fields in of_tables for field in fields} | set(ON_FAILURE)


def test_what_others_log_is_redacted(caplog: pytest.LogCaptureFixture) -> None:
    """Texts, arguments, exceptions and what they are chained to; ids stay, and the run and row are added."""
    caplog.set_level("INFO")
    run = "20261121T231400Z-0123456789"
    name, address, number_ = CANARIES
    with collected() as telemetry, span(SpanName.APPLY, run=run, row=7):
        logging.getLogger("azure").warning("GET https://graph.example/users/%s/x?to=%s %s", name, address, run)
        try:
            _fail(f"{address} and {name}", ValueError(number_))
        except PermanentError:
            logging.getLogger("somewhere").exception("failed for %s", number_)

    assert not [one for one in CANARIES if one in telemetry.text()]
    first, second = (one.log_record for one in telemetry.logs())
    assert run in str(first.body)
    assert (run, 7) == ((first.attributes or {})["run"], (first.attributes or {})["row"])
    assert "PermanentError" == (second.attributes or {})["exception.type"]
    assert Path(__file__).name in str((second.attributes or {})["exception.stacktrace"])


@pytest.mark.parametrize(
    "spelling",
    [
        "https://graph.example/v1.0/users/JO.CANARY%2540UNSEEN.INVALID/authentication",
        "https://graph.example/v1.0/users?$filter=mail%20eq%20%27Jo.Canary%40Unseen.Invalid%27",
        "https://data.example/People(PartitionKey='j',RowKey='Jo.Canary%40unseen.invalid')",
        '{"error": {"message": "User \\\\u0027jo.canary\\u0040unseen.invalid\\\\u0027 is unknown"}}',
        "jo.canary\uff20unseen.invalid, jo.canary&#64;unseen.invalid",
    ],
)
def test_no_spelling_of_a_name_is_exported(spelling: str) -> None:
    """In a line, an argument, an exception and what it is chained to."""
    with collected() as telemetry, span(SpanName.APPLY, run="20261121T231400Z-0123456789", row=7):
        logging.getLogger("azure").warning("GET %s", spelling)
        try:
            _fail(spelling, ValueError(spelling))
        except PermanentError:
            logging.getLogger("somewhere").exception(spelling)
    assert 2 == len(telemetry.logs())
    assert "canary" not in telemetry.text().casefold().replace(Path(__file__).name, "")


def _fail(text: str, cause: Exception) -> None:
    raise PermanentError("internal", text) from cause


async def test_a_call_is_traced_without_whom_it_is_about() -> None:
    """From the call to the write in Graph; the path is that of the route."""
    request = func.HttpRequest(
        method="PUT",
        url=f"https://app.example/api/v1/users/{NAME.replace('@', '%40')}/phoneMethods/mobile",
        headers={"X-Requested-With": "tests", "Content-Type": "application/json"},
        body=json.dumps({"phoneNumber": number(52)}).encode(),
    )
    with collected() as telemetry:
        async with tenant_of([person(1)], AUTH_MODE="key") as world:
            told_back = await answer(build(world.app), request, "invocation", root_path=API)

    assert 200 == told_back.status_code, told_back.get_body()
    (call,) = telemetry.spans("http call")
    assert {"http.request.method": "PUT", "http.response.status_code": 200} == {
        key: value for key, value in (call.attributes or {}).items() if key != "path"
    }
    assert "{id}" in str((call.attributes or {})["path"])
    assert {call.context.trace_id} == {one.context.trace_id for one in telemetry.spans("graph call")}
    assert not made_up().found(telemetry.text())


def test_a_failure_leaves_its_type_and_code() -> None:
    with (
        collected() as telemetry,
        pytest.raises(PermanentError),
        span(SpanName.STEP, run="20261121T231400Z-0123456789"),
    ):
        raise PermanentError("runUnknown", CANARIES[0])

    (failed,) = telemetry.spans()
    assert "PermanentError" == (failed.attributes or {})["error"]
    assert "runUnknown" == (failed.attributes or {})["code"]
    assert CANARIES[0] not in telemetry.text()
    assert not failed.events


def test_without_an_exporter_the_log_goes_to_the_console(capsys: pytest.CaptureFixture[str]) -> None:
    """The host still reads that; a wrong setting loses no line either."""
    root = logging.getLogger()
    before = list(root.handlers)
    try:
        start({})
        logging.getLogger("somewhere").warning("still logged")
    finally:
        for handler in [one for one in root.handlers if one not in before]:
            root.removeHandler(handler)
    printed = capsys.readouterr().err
    assert "APPLICATIONINSIGHTS_CONNECTION_STRING" in printed
    assert "still logged" in printed
