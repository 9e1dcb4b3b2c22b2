"""The app's own files agree with the host, with each other and with the docs; no service, no function is run.

The functions' metadata are what Microsoft's runtime makes of `function_app.py`. It accepts a good deal that only fails
in Azure, and there is no usable official schema, so `complaints` refuses what is known to go wrong there.
"""

from __future__ import annotations

import copy
import fnmatch
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from sandbox.functions_host.runtime import Function
from shared.core.values.ncrontab import Schedule
from shared.read_settings import read_settings
from shared.settings import Settings

ROOT = Path(__file__).parent.parent
HOST_JSON: dict[str, Any] = json.loads((ROOT / "host.json").read_text())
DEFAULTS = read_settings({})
SAMPLE: dict[str, str] = json.loads((ROOT / "local.settings.sample.json").read_text())["Values"]
FREE_KEYS = ("logging.logLevel",)
"""Objects of host.json whose keys are names of our choice."""


def closed(schema: object) -> Any:
    """The schema with every object refusing unknown keys, also where SchemaStore leaves it open (`logging`)."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    tight = {key: closed(value) for key, value in schema.items()}
    if "properties" in tight and isinstance(tight["properties"], dict):
        tight.setdefault("additionalProperties", False)
    return tight


@pytest.fixture(scope="session")
def host_schema() -> jsonschema.Draft7Validator:
    """Version 2 of the schema by itself: at the top its `oneOf` would report both versions' complaints as one."""
    document = json.loads((ROOT / "tests/schemas/functions-host.schema.json").read_text())
    definitions = closed(document["definitions"])
    return jsonschema.Draft7Validator({"$ref": "#/definitions/version-2", "definitions": definitions})


def objects(value: object, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object in a JSON document with its dotted path."""
    if isinstance(value, dict):
        yield path, value
        for key, item in value.items():
            yield from objects(item, f"{path}.{key}".lstrip("."))


def leaves(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Every value in a JSON document with its dotted path, spelled as in the file."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}".lstrip("."))
    else:
        yield path, value if isinstance(value, str) else json.dumps(value)


class TestHostJson:
    def test_it_obeys_the_hosts_schema(self, host_schema: jsonschema.Draft7Validator) -> None:
        """host.json holds only keys and values that the host knows."""
        assert [] == [error.message for error in host_schema.iter_errors(HOST_JSON)]

    @pytest.mark.parametrize("path", [path for path, _ in objects(HOST_JSON) if path not in FREE_KEYS])
    def test_a_misspelt_key_is_refused_everywhere(self, host_schema: jsonschema.Draft7Validator, path: str) -> None:
        """An unknown key in any object of host.json is a complaint; the host would ignore it without a word."""
        broken = copy.deepcopy(HOST_JSON)
        dict(objects(broken))[path]["batchSise"] = 1
        assert [True] == ["batchSise" in error.message for error in host_schema.iter_errors(broken)]

    @pytest.mark.parametrize(("batch_size", "complaints"), [(0, 1), (1, 0), (32, 0), (33, 1)])
    def test_the_range_of_the_batch_size(
        self, host_schema: jsonschema.Draft7Validator, batch_size: int, complaints: int
    ) -> None:
        """A batch of 1 to 32 messages is accepted, one less or more is not."""
        changed = copy.deepcopy(HOST_JSON)
        changed["extensions"]["queues"]["batchSize"] = batch_size
        assert len(list(host_schema.iter_errors(changed))) == complaints

    def test_512_people_are_in_flight(self) -> None:
        """32 + 480 messages per queue and process, twice as many as calls of Graph; 10 attempts, 30 s apart."""
        queues = HOST_JSON["extensions"]["queues"]
        assert queues["batchSize"] + queues["newBatchThreshold"] == 2 * DEFAULTS.max_concurrency
        assert queues["maxDequeueCount"] > DEFAULTS.max_failures
        assert {
            "batchSize": 32,
            "newBatchThreshold": 480,
            "maxPollingInterval": "00:00:00.500",
            "visibilityTimeout": "00:00:30",
            "maxDequeueCount": 10,
            "messageEncoding": "base64",
        } == queues

    def test_every_value_is_explained(self) -> None:
        """docs/host-json.md has exactly the keys and values of host.json, each with a reason."""
        rows = re.findall(
            r"^\| `([^`]+)` \| (?:`([^`]+)`|\(empty\)) \| (.+) \|$",
            (ROOT / "docs/host-json.md").read_text(),
            re.MULTILINE,
        )
        assert {key: value for key, value, _ in rows} == dict(leaves(HOST_JSON))


class TestSampleSettings:
    READ_AT_IMPORT = frozenset({"BLOB_SOURCE"})
    WITHOUT_DEFAULT = frozenset({"RECONCILE_SCHEDULE", "DIRECTORY_SCHEDULE", "READINESS_SCHEDULE", "SWEEP_SCHEDULE"})
    """The Functions host reads them from the app settings, which a default of ours would not reach."""
    READ_BY_OTHERS = frozenset(
        {"FUNCTIONS_WORKER_RUNTIME", "AzureWebJobsStorage", "IDENTITY_ENDPOINT", "IDENTITY_HEADER"}
    )
    LOCAL_ONLY = frozenset({"GRAPH_BASE_URL", "DEFAULT_REGION", "AUTH_MODE"})
    """Settings whose sample differs from the default: the stand-in's address, a region for the made-up staff, and
    keys, because nobody signs in here."""

    def test_every_name_is_known(self) -> None:
        """No sample setting is misspelt: each is a typed setting, or read at import, by the host or by the identity."""
        typed = {name.upper() for name in Settings.model_fields}
        assert set(SAMPLE) - typed == self.READ_AT_IMPORT | self.READ_BY_OTHERS

    def test_the_values_are_the_defaults(self) -> None:
        """Reading the sample gives the settings of a safe first day, but for what is local by nature."""
        local = {name: value for name, value in SAMPLE.items() if name in self.LOCAL_ONLY | self.WITHOUT_DEFAULT}
        assert read_settings(SAMPLE) == read_settings(local)
        assert set(local) == self.LOCAL_ONLY | self.WITHOUT_DEFAULT


class TestDeployment:
    DEPLOYED = ("function_app.py", "host.json", "requirements.txt", ".python-version", "shared")
    PATTERNS = tuple(
        line for line in (ROOT / ".funcignore").read_text().splitlines() if line and not line.startswith("#")
    )

    def ignored(self, relative: Path) -> bool:
        return any(fnmatch.fnmatch(part, pattern) for part in relative.parts for pattern in self.PATTERNS)

    def test_what_the_app_needs_is_deployed(self) -> None:
        """No pattern of .funcignore touches the app's own files, at any depth."""
        needed = [Path(name) for name in self.DEPLOYED] + [
            path.relative_to(ROOT) for path in (ROOT / "shared").rglob("*.py")
        ]
        assert [] == [path for path in needed if self.ignored(path)]

    def test_nothing_else_is_deployed(self) -> None:
        """Every other folder here, and every file that could hold a secret, stays at home."""
        folders = [Path(path.name) for path in ROOT.iterdir() if path.is_dir() and path.name not in self.DEPLOYED]
        secrets = [Path("local.settings.json"), Path(".env")]
        assert [] == [path for path in folders + secrets if not self.ignored(path)]


FUNCTIONS: dict[str, dict[str, Any]] = {
    "split_export": {"type": "blobTrigger", "path": "%EXPORTS_CONTAINER%/{name}"},
    "plan_user": {"type": "queueTrigger", "queueName": "%PLAN_QUEUE%"},
    "apply_user": {"type": "queueTrigger", "queueName": "%APPLY_QUEUE%"},
    "run_steps": {"type": "queueTrigger", "queueName": "%STEPS_QUEUE%"},
    "reconcile": {"type": "timerTrigger", "schedule": "%RECONCILE_SCHEDULE%"},
    "directory": {"type": "timerTrigger", "schedule": "%DIRECTORY_SCHEDULE%"},
    "readiness": {"type": "timerTrigger", "schedule": "%READINESS_SCHEDULE%"},
    "sweep": {"type": "timerTrigger", "schedule": "%SWEEP_SCHEDULE%"},
    **{
        name: {"type": "httpTrigger", "methods": ["GET", "POST", "PUT", "PATCH", "DELETE"], "route": f"api/v1/{route}"}
        for name, route in {
            "users": "users/{id}/{*path}",
            "runs": "runs/{*path}",
            "layouts": "layouts/{*path}",
            "protected_accounts": "protected-accounts/{*path}",
            "drift": "drift",
            "readiness_report": "readiness",
            "start_sweep": "sweep",
            "template": "template.xlsx",
            "openapi": "openapi.json",
            "health": "health",
        }.items()
    },
    "console": {"type": "httpTrigger", "methods": ["GET", "POST"], "route": "console/{*path}"},
}
"""Every function and what starts it, as the runtime registers it; the storage connection and the names of parameters
are left out."""

IN_AZURE = {name: value for name, value in SAMPLE.items() if name not in {"BLOB_SOURCE", "AUTH_MODE"}} | {
    "PhoneData__blobServiceUri": "https://numbers.blob.core.windows.net",
    "PhoneData__queueServiceUri": "https://numbers.queue.core.windows.net",
    "PhoneData__tableServiceUri": "https://numbers.table.core.windows.net",
    "PhoneData__credential": "managedidentity",
}
"""HR data in an account of their own, reached with an identity."""

WITH_SFTP = IN_AZURE | {
    "PhoneExports__blobServiceUri": "https://uploads.blob.core.windows.net",
    "PhoneExports__queueServiceUri": "https://uploads.queue.core.windows.net",
    "PhoneExports__credential": "managedidentity",
}
"""Exports in an account of their own too."""

INDEX = """
import dataclasses, json, pathlib, sys
from sandbox.functions_host.runtime import index
print(json.dumps([dataclasses.asdict(function) for function in index(pathlib.Path(sys.argv[1]))]))
"""


def indexed(app_dir: Path, settings: Mapping[str, str]) -> list[Function]:
    """What the runtime makes of an app under these settings alone."""
    return [Function(**found) for found in json.loads(printed(INDEX, app_dir, settings))]


def printed(script: str, app_dir: Path, settings: Mapping[str, str]) -> str:
    """The last line of a script that indexes an app, in a process of its own: the runtime indexes only once."""
    run = subprocess.run(  # noqa: S603 - our own interpreter and script
        [sys.executable, "-c", script, str(app_dir)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == run.returncode, run.stderr
    return run.stdout.splitlines()[-1]


def complaints(functions: Iterable[Function], settings: Mapping[str, str]) -> list[str]:
    """What the runtime accepts and Azure does not, or only much later; one sentence for each fault found."""
    found: list[str] = []
    routes: Counter[tuple[str, str]] = Counter()
    for function in functions:
        trigger = function.trigger
        if function.has_retry_policy and trigger["type"] != "timerTrigger":
            found.append(
                f"{function.name} has a retry policy, which multiplies the attempts that {trigger['type']} counts"
            )
        for binding in function.bindings:
            found += [f"{function.name} needs the setting {name}" for name in missing_settings(binding, settings)]
        if "schedule" in trigger and not is_ncrontab(resolved(trigger["schedule"], settings)):
            found.append(f"{function.name} has a schedule that is no six-field cron expression")
        for method in trigger.get("methods", []):
            routes[method, re.sub(r"\{[^}]*\}", "{}", trigger["route"]).lower()] += 1
    return found + [
        f"{method} {route} is served {count} times" for (method, route), count in routes.items() if count > 1
    ]


def missing_settings(binding: Mapping[str, Any], settings: Mapping[str, str]) -> list[str]:
    """Names in percent signs that are not set, and the connection when nothing is set for it."""
    texts = [value for value in binding.values() if isinstance(value, str)]
    names = [name for text in texts for name in re.findall(r"%([^%]+)%", text) if name not in settings]
    connection = binding.get("connection")
    if connection is not None and not any(name.split("__")[0] == connection for name in settings):
        names.append(connection)
    return names


def resolved(text: str, settings: Mapping[str, str]) -> str:
    return re.sub(r"%([^%]+)%", lambda match: settings.get(match[1], match[0]), text)


def is_ncrontab(expression: str) -> bool:
    """Six fields with the seconds first, which Azure reads."""
    try:
        Schedule.parse(expression)
    except ValueError:
        return False
    return len(expression.split()) == 6


@pytest.fixture(scope="module", params=[SAMPLE, IN_AZURE, WITH_SFTP], ids=["sample", "azure", "sftp"])
def settings(request: pytest.FixtureRequest) -> dict[str, str]:
    chosen: dict[str, str] = request.param
    return chosen


@pytest.fixture(scope="module")
def functions(settings: dict[str, str]) -> list[Function]:
    return indexed(ROOT, settings)


class TestFunctions:
    def test_exactly_the_expected_functions_are_registered(self, functions: list[Function]) -> None:
        """No function is missing, none is there unseen, and each is started by what the design says."""
        registered = {
            function.name: {key: function.trigger[key] for key in FUNCTIONS.get(function.name, function.trigger)}
            for function in functions
        }
        assert FUNCTIONS == registered

    def test_nothing_is_left_to_fail_in_azure(self, functions: list[Function], settings: dict[str, str]) -> None:
        """Settings and connections resolve, schedules parse, routes are unique, and nothing multiplies attempts."""
        assert [] == complaints(functions, settings)

    def test_one_account_holds_all_hr_data(self, functions: list[Function], settings: dict[str, str]) -> None:
        """Every queue is in the data account where there is one, else in the host's; exports may be apart."""
        connections = {one.name: one.trigger["connection"] for one in functions if "connection" in one.trigger}
        exports = connections.pop("split_export")
        data = "PhoneData" if "PhoneData__credential" in settings else "AzureWebJobsStorage"
        assert {data} == set(connections.values())
        assert exports == ("PhoneExports" if "PhoneExports__credential" in settings else data)

    def test_the_blob_source(self, functions: list[Function], settings: dict[str, str]) -> None:
        """Exports are noticed by Event Grid, the only way that Flex Consumption allows, unless a setting says scan."""
        sources = [function.trigger["source"] for function in functions if function.name == "split_export"]
        assert sources == ["LogsAndContainerScan" if "BLOB_SOURCE" in settings else "EventGrid"]

    def test_no_content_passes_through_the_host(self, functions: list[Function]) -> None:
        """The host is asked for a reference to the export: it would read a blob of any size into memory."""
        assert [True] == [f.takes_reference for f in functions if f.trigger["type"] == "blobTrigger"]

    def test_who_guards_the_routes(self, functions: list[Function], settings: dict[str, str]) -> None:
        """The platform asks for a key with AUTH_MODE=key; else the app's own check is all there is.

        Not of health, which tells nothing, nor of the console, which is off in that mode.
        """
        levels = {f.name: f.trigger["authLevel"] for f in functions if f.trigger["type"] == "httpTrigger"}
        guarded = "FUNCTION" if settings.get("AUTH_MODE") == "key" else "ANONYMOUS"
        assert levels == dict.fromkeys(levels, guarded) | {"health": "ANONYMOUS", "console": "ANONYMOUS"}


def test_a_misspelt_mode_asks_for_a_key() -> None:
    """Whoever meant one mode and wrote neither has opened nothing."""
    functions = indexed(ROOT, {**SAMPLE, "AUTH_MODE": "Entra"})
    assert {"FUNCTION"} == {f.trigger["authLevel"] for f in functions if f.name in {"users", "runs"}}


IMPORTED = """
import json, pathlib, sys
from sandbox.functions_host.runtime import index
before = set(sys.modules)
index(pathlib.Path(sys.argv[1]))
found = {name for name in set(sys.modules) - before if name.partition(".")[0] not in sys.stdlib_module_names}
print(json.dumps(sorted(found)))
"""

INDEXING_NEEDS = {"function_app", "azure.functions", "azurefunctions", "werkzeug", "markupsafe"} | {
    f"shared.{room}" for room in ("adapters", "core")
}
"""The triggers, the two libraries they are declared with and what those import, and of the app what decodes messages
and names the storage."""


def test_indexing_imports_neither_verbs_nor_clients() -> None:
    """Every cold start pays for what indexing imports, so all else waits for its first use: no flow, no API, no
    settings, no library but the triggers' own, and few of the app's own modules."""
    imported = json.loads(printed(IMPORTED, ROOT, SAMPLE))
    ours = [name for name in imported if name.startswith("shared.")]
    rooms = {".".join(name.split(".")[: 2 if name.startswith(("azure.", "shared.")) else 1]) for name in imported}
    assert INDEXING_NEEDS == rooms - {"azure", "shared"}
    assert len(ours) <= 15


def test_the_cold_start_is_compared_with_the_same_triggers() -> None:
    """The empty app of the benchmark is spared no function: the runtime makes the same of both under the sample."""
    ours, empty = (
        {(function.name, json.dumps(function.bindings)) for function in indexed(folder, SAMPLE)}
        for folder in (ROOT, ROOT / "bench/empty_app")
    )
    assert ours == empty


BROKEN_APP = """
import azure.functions as func
app = func.FunctionApp()

@app.queue_trigger(arg_name="message", queue_name="%NOWHERE%", connection="Elsewhere")
@app.retry(strategy="fixed_delay", max_retry_count="3", delay_interval="00:00:01")
def eager(message: func.QueueMessage) -> None: ...

@app.timer_trigger(arg_name="timer", schedule="%SOME_DAY%")
def late(timer: func.TimerRequest) -> None: ...

@app.route("people/{id}", methods=["GET"])
def one(req: func.HttpRequest) -> func.HttpResponse: ...

@app.route("People/{name}", methods=["GET", "PUT"])
def other(req: func.HttpRequest) -> func.HttpResponse: ...
"""


class TestComplaints:
    def test_every_fault_is_named(self, tmp_path: Path) -> None:
        """The runtime accepts an app with all these faults; the checks find each of them."""
        (tmp_path / "function_app.py").write_text(BROKEN_APP)
        settings = {"SOME_DAY": "every other Friday"}
        assert [
            "eager has a retry policy, which multiplies the attempts that queueTrigger counts",
            "eager needs the setting NOWHERE",
            "eager needs the setting Elsewhere",
            "late has a schedule that is no six-field cron expression",
            "GET people/{} is served 2 times",
        ] == complaints(indexed(tmp_path, settings), settings)

    @pytest.mark.parametrize(
        ("expression", "valid"),
        [
            ("0 */5 * * * *", True),
            ("0 0 2 * * 1-5", True),
            ("*/5 * * * *", False),
            ("0 0 25 * * *", False),
            ("61 0 2 * * *", False),
            ("%RECONCILE_SCHEDULE%", False),
        ],
    )
    def test_cron_expressions(self, expression: str, *, valid: bool) -> None:
        """Six fields within their ranges are a schedule; five, which mean something else elsewhere, are not."""
        assert is_ncrontab(expression) is valid
