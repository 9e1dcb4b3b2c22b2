"""The app's own files agree with the host, with each other and with the docs; no service, no function is run.

The binding metadata are what Microsoft's runtime makes of `function_app.py`; there is no usable official schema for
them, so the checks here are ours: what the runtime accepts at indexing and only fails in Azure is refused.
"""

from __future__ import annotations

import copy
import fnmatch
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from shared.settings import Settings, read_settings

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
        assert [error.message for error in host_schema.iter_errors(HOST_JSON)] == []

    @pytest.mark.parametrize("path", [path for path, _ in objects(HOST_JSON) if path not in FREE_KEYS])
    def test_a_misspelt_key_is_refused_everywhere(self, host_schema: jsonschema.Draft7Validator, path: str) -> None:
        """An unknown key in any object of host.json is a complaint; the host would ignore it without a word."""
        broken = copy.deepcopy(HOST_JSON)
        dict(objects(broken))[path]["batchSise"] = 1
        assert ["batchSise" in error.message for error in host_schema.iter_errors(broken)] == [True]

    @pytest.mark.parametrize(("batch_size", "complaints"), [(0, 1), (1, 0), (32, 0), (33, 1)])
    def test_the_range_of_the_batch_size(
        self, host_schema: jsonschema.Draft7Validator, batch_size: int, complaints: int
    ) -> None:
        """A batch of 1 to 32 messages is accepted, one less or more is not."""
        changed = copy.deepcopy(HOST_JSON)
        changed["extensions"]["queues"]["batchSize"] = batch_size
        assert len(list(host_schema.iter_errors(changed))) == complaints

    def test_256_people_are_in_flight(self) -> None:
        """The queue settings are the design's: 32 + 224 messages per queue and process, 10 attempts, 30 s apart."""
        queues = HOST_JSON["extensions"]["queues"]
        assert queues["batchSize"] + queues["newBatchThreshold"] == DEFAULTS.max_concurrency
        assert queues["maxDequeueCount"] > DEFAULTS.max_attempts
        assert queues == {
            "batchSize": 32,
            "newBatchThreshold": 224,
            "maxPollingInterval": "00:00:02",
            "visibilityTimeout": "00:00:30",
            "maxDequeueCount": 10,
            "messageEncoding": "base64",
        }

    def test_every_value_is_explained(self) -> None:
        """docs/host-json.md has exactly the keys and values of host.json, each with a reason."""
        rows = re.findall(
            r"^\| `([^`]+)` \| `([^`]+)` \| (.+) \|$", (ROOT / "docs/host-json.md").read_text(), re.MULTILINE
        )
        assert {key: value for key, value, _ in rows} == dict(leaves(HOST_JSON))


class TestSampleSettings:
    READ_AT_IMPORT = frozenset({"BLOB_SOURCE", "AUTH_MODE", "RECONCILE_SCHEDULE", "SWEEP_SCHEDULE"})
    READ_BY_OTHERS = frozenset(
        {"FUNCTIONS_WORKER_RUNTIME", "AzureWebJobsStorage", "IDENTITY_ENDPOINT", "IDENTITY_HEADER"}
    )
    LOCAL_ONLY = frozenset({"GRAPH_BASE_URL", "DEFAULT_REGION"})
    """Settings whose sample differs from the default: the stand-in's address, and a region for the made-up staff."""

    def test_every_name_is_known(self) -> None:
        """No sample setting is misspelt: each is a typed setting, or read at import, by the host or by the identity."""
        typed = {name.upper() for name in Settings.model_fields}
        assert set(SAMPLE) - typed == self.READ_AT_IMPORT | self.READ_BY_OTHERS

    def test_the_values_are_the_defaults(self) -> None:
        """Reading the sample gives the settings of a safe first day, but for what is local by nature."""
        local = {name: value for name, value in SAMPLE.items() if name in self.LOCAL_ONLY}
        assert read_settings(SAMPLE) == read_settings(local)
        assert set(local) == self.LOCAL_ONLY


class TestDeployment:
    DEPLOYED = ("function_app.py", "host.json", "requirements.txt", "constraints.txt", ".python-version", "shared")
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
        assert [path for path in needed if self.ignored(path)] == []

    def test_nothing_else_is_deployed(self) -> None:
        """Every other folder here, and every file that could hold a secret, stays at home."""
        folders = [Path(path.name) for path in ROOT.iterdir() if path.is_dir() and path.name not in self.DEPLOYED]
        secrets = [Path("local.settings.json"), Path(".env")]
        assert [path for path in folders + secrets if not self.ignored(path)] == []
