"""host.json, app settings, connections and routes are read as the real host reads them, or refused by name."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from sandbox.environment import environment
from sandbox.functions_host.app import LoadedApp
from sandbox.functions_host.blobs import BlobPath
from sandbox.functions_host.clock import SystemHostClock
from sandbox.functions_host.config import (
    ConfigurationError,
    HostConfig,
    QueuePolicy,
    read_local_settings,
    resolve,
    seconds,
)
from sandbox.functions_host.routes import HttpRoute, parse_routes
from sandbox.functions_host.runtime import Function
from sandbox.functions_host.storage import Storage


def host_json(folder: Path, document: object) -> HostConfig:
    (folder / "host.json").write_text(json.dumps(document))
    return HostConfig.read(folder)


def http(name: str, route: str | None, *methods: str) -> Function:
    trigger = {
        "type": "httpTrigger",
        "name": "req",
        "route": route,
        "methods": methods or None,
        "authLevel": "FUNCTION",
    }
    return Function(name, name, (trigger,), has_retry_policy=False)


def find(routes: list[HttpRoute], method: str, path: str) -> tuple[str, dict[str, str]] | None:
    for route in routes:
        params = route.match(method, path)
        if params is not None:
            return route.function.name, dict(params)
    return None


def test_host_json_has_the_real_hosts_defaults(tmp_path: Path) -> None:
    """What host.json leaves out is what Azure would take."""
    cpus = os.cpu_count() or 1
    config = host_json(tmp_path, {"version": "2.0"})
    assert "api" == config.route_prefix
    assert 1800 == config.function_timeout
    assert config.queues == QueuePolicy(16, 8 * cpus, 5, 0.0, 60.0, base64=True)
    assert config.blobs.batch_size + config.blobs.new_batch_threshold == 8 * cpus


def test_host_json_is_followed(tmp_path: Path) -> None:
    """What it says is taken, with its time spans in seconds."""
    queues = {
        "batchSize": 32,
        "newBatchThreshold": 224,
        "maxPollingInterval": "00:00:02",
        "visibilityTimeout": "00:00:30",
        "maxDequeueCount": 10,
        "messageEncoding": "none",
    }
    extensions = {"queues": queues, "http": {"routePrefix": ""}, "blobs": {"maxDegreeOfParallelism": 100}}
    config = host_json(tmp_path, {"functionTimeout": "-1", "extensions": extensions})
    assert config.queues == QueuePolicy(32, 224, 10, 30.0, 2.0, base64=False)
    assert ("", None) == (config.route_prefix, config.function_timeout)
    assert (32, 68) == (config.blobs.batch_size, config.blobs.new_batch_threshold)


@pytest.mark.parametrize("size", [0, 33])
def test_a_batch_outside_1_to_32_is_refused(tmp_path: Path, size: int) -> None:
    """Azure's limits hold here too."""
    with pytest.raises(ConfigurationError, match=f"batchSize is {size}; it must be 1 to 32"):
        host_json(tmp_path, {"extensions": {"queues": {"batchSize": size}}})


def test_a_missing_or_broken_host_json_is_named(tmp_path: Path) -> None:
    """An app without one, or with one that is not JSON, is refused with its path."""
    path = tmp_path / "host.json"
    with pytest.raises(ConfigurationError, match=re.escape(f"{path} is missing")):
        HostConfig.read(tmp_path)
    path.write_text("{")
    with pytest.raises(ConfigurationError, match=re.escape(f"{path} is not JSON")):
        HostConfig.read(tmp_path)


@pytest.mark.parametrize(
    ("span", "expected"), [("00:00:02", 2), ("00:00:00.500", 0.5), ("1.02:03:04", 93784), ("23:59:59", 86399)]
)
def test_time_spans(span: str, expected: float) -> None:
    """A .NET time span is read in seconds."""
    assert expected == seconds(span)


@pytest.mark.parametrize("span", ["5", "00:00", "a:b:c", ""])
def test_what_is_no_time_span_is_refused(span: str) -> None:
    """Anything else is refused rather than guessed."""
    with pytest.raises(ConfigurationError, match="not a time span"):
        seconds(span)


def test_settings_fill_binding_values() -> None:
    """Every %SETTING% is replaced; one that is not set is named."""
    assert "in/x-2" == resolve("%A%/x-%B%", {"A": "in", "B": "2"})
    with pytest.raises(ConfigurationError, match="needs the setting MISSING"):
        resolve("%MISSING%", {})


def test_local_settings(tmp_path: Path) -> None:
    """The Values of a local.settings.json are taken, an encrypted file is refused."""
    path = tmp_path / "local.settings.json"
    path.write_text(json.dumps({"IsEncrypted": False, "Values": {"A": "1"}}))
    assert {"A": "1"} == read_local_settings(path)
    path.write_text(json.dumps({"IsEncrypted": True, "Values": {"A": "x"}}))
    with pytest.raises(ConfigurationError, match="is encrypted"):
        read_local_settings(path)


async def test_connections_are_by_string_or_by_identity() -> None:
    """Addresses are taken as they are or made of the account's name, for each service by itself."""
    settings = {
        "PhoneData__queueServiceUri": "https://x.queue.example",
        "PhoneData__credential": "managedidentity",
        "PhoneExports__accountName": "exports",
        "AzureWebJobsStorage": "AccountName=y;AccountKey=eQ==;EndpointSuffix=core.windows.net",
    }
    with environment({"IDENTITY_ENDPOINT": "http://127.0.0.1:1/msi/token", "IDENTITY_HEADER": "x"}):
        async with Storage(settings) as storage:
            assert "https://x.queue.example" == storage.queues("PhoneData").url.rstrip("/")
            assert "https://exports.blob.core.windows.net" == storage.blobs("PhoneExports").url.rstrip("/")
            assert "y" == storage.blobs().account_name


@pytest.mark.parametrize(
    ("settings", "connection", "words"),
    [
        ({"PhoneData__queuServiceUri": "https://x.queue.example"}, "PhoneData", "PhoneData__queueServiceUri"),
        ({"PhoneData__blobServiceUri": "https://x.blob.example"}, "PhoneData", "PhoneData__queueServiceUri"),
        ({"PhoneDat__queueServiceUri": "https://x.queue.example"}, "PhoneData", "PhoneData__queueServiceUri"),
        (
            {"PhoneData__queueServiceUri": "https://x.queue.example", "PhoneData__credential": "password"},
            "PhoneData",
            "PhoneData__credential is 'password'",
        ),
        ({}, "AzureWebJobsStorage", "set AzureWebJobsStorage to a connection string"),
    ],
)
async def test_a_connection_that_leads_nowhere_is_refused(
    settings: dict[str, str], connection: str, words: str
) -> None:
    """By the name of what is missing, with the way out."""
    async with Storage(settings) as storage:
        with pytest.raises(ConfigurationError, match=words):
            storage.queues(connection)


def test_an_unknown_binding_is_refused(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Half an app is not run; a retry policy, which changes no result, is only warned about."""
    config = host_json(tmp_path, {})

    def app(*kinds: str) -> LoadedApp:
        function = Function("work", "1", tuple({"type": kind} for kind in kinds), has_retry_policy=True)
        return LoadedApp({"work": function}, {}, config, Storage({}), SystemHostClock(), lease=1, poll=1)

    app("httpTrigger", "http").check()
    assert "work has a retry policy, which this host ignores" in caplog.text
    with pytest.raises(ConfigurationError, match="work has bindings this host does not know: serviceBusTrigger"):
        app("serviceBusTrigger").check()
    with pytest.raises(ConfigurationError, match="work has bindings this host does not know: blob"):
        app("queueTrigger", "blob").check()


@pytest.mark.parametrize(
    ("path", "container", "blob", "expected"),
    [
        ("in/{name}", "in", "a/b.xlsx", {"name": "a/b.xlsx"}),
        ("in/{name}.xlsx", "in", "a.b.xlsx", {"name": "a.b"}),
        ("in/{name}.xlsx", "in", "a.csv", None),
        ("in/full/{stem}.{ext}", "in", "full/a.csv", {"stem": "a", "ext": "csv"}),
        ("in", "in", "any/thing", {"name": "any/thing"}),
    ],
)
def test_blob_paths(path: str, container: str, blob: str, expected: dict[str, str] | None) -> None:
    """A path names a container and a pattern whose parts become trigger metadata."""
    parsed = BlobPath.parse(path)
    match = parsed.pattern.fullmatch(blob)
    assert parsed.container == container
    assert expected == (match.groupdict() if match else None)


ROUTES = parse_routes(
    [
        http("rest", "v1/{*rest}"),
        http("user", "v1/users/{id}", "GET"),
        http("user_by_number", "v1/users/{id:int}", "GET"),
        http("me", "v1/users/me", "GET"),
        http("change", "v1/users/{id}", "PUT", "PATCH"),
        http("slot", "v1/users/{id:guid}/phones/{slot:regex(^(mobile|office)$)?}"),
        http("code", "v1/codes/{code:length(2,4):alpha}"),
        http("unnamed", None),
    ],
    "api",
)
GUID = "8558d34a-d3c6-5881-a6e3-bf8f3e6110ea"


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/api/v1/users/ada", ("user", {"id": "ada"})),
        ("GET", "/api/v1/users/12", ("user_by_number", {"id": "12"})),
        ("GET", "/API/V1/Users/me", ("me", {})),
        ("PATCH", "/api/v1/users/12", ("change", {"id": "12"})),
        ("DELETE", "/api/v1/users/12", ("rest", {"rest": "users/12"})),
        ("GET", f"/api/v1/users/{GUID}/phones/office", ("slot", {"id": GUID, "slot": "office"})),
        ("GET", f"/api/v1/users/{GUID}/phones", ("slot", {"id": GUID})),
        ("GET", f"/api/v1/users/{GUID}/phones/fax", ("rest", {"rest": f"users/{GUID}/phones/fax"})),
        ("GET", "/api/v1/users/12/phones/office", ("rest", {"rest": "users/12/phones/office"})),
        ("GET", "/api/v1/codes/abc", ("code", {"code": "abc"})),
        ("GET", "/api/v1/codes/abcde", ("rest", {"rest": "codes/abcde"})),
        ("GET", "/api/v1/codes/a1", ("rest", {"rest": "codes/a1"})),
        ("GET", "/api/v1", ("rest", {})),
        ("POST", "/api/unnamed", ("unnamed", {})),
        ("GET", "/api/unnamed/more", None),
        ("GET", "/v1/users/ada", None),
    ],
)
def test_routes(method: str, path: str, expected: tuple[str, dict[str, str]] | None) -> None:
    """The most specific route of the method answers; constraints decide what matches, case does not."""
    assert expected == find(ROUTES, method, path)


@pytest.mark.parametrize("route", ["a/{x:range(1,2)}", "a/{b}.{c}", "a/{x=1}"])
def test_a_route_this_host_cannot_read_is_refused(route: str) -> None:
    """Rather than matching something else, the host says which route it does not understand."""
    with pytest.raises(ConfigurationError, match="of odd"):
        parse_routes([http("odd", route)], "api")
