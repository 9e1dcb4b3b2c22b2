"""Checks what tests and the Graph stand-in said to each other by Graph's published metadata.

Requests of the app must fit the metadata whatever the answer was; answers of the stand-in must fit when they are a
success, and be an error envelope otherwise. Requests that the stand-in's own tests make to be refused do not count.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema

from shared.adapters.graph.clouds import PATHS
from shared.core.values.capabilities import OFFERED
from tests.conformance.checker import CSDL, traffic_faults

ERROR_ENVELOPE = jsonschema.Draft202012Validator(
    {
        "type": "object",
        "required": ["error"],
        "properties": {
            "error": {
                "type": "object",
                "required": ["code", "message"],
                "properties": {
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                    "details": {"type": "array"},
                    "innerError": {"type": "object"},
                },
                "additionalProperties": False,
            }
        },
        "additionalProperties": False,
    }
)
"""Source: "Microsoft Graph error responses and resource types"."""

METADATA_OF = {name: name for name in CSDL} | {"usgov-dod": "usgov"}

BETA = ("/beta/roleManagement/directory/roleDefinitions",)
"""What the app asks of `/beta`, of which there is no metadata here: which roles are privileged."""

_OF_SOME_OBJECTS = re.compile(r"(/groups/[^/]+/(?:transitiveMembers|owners)\?\$select=id),visibility")
"""Members and owners are directory objects. Graph selects what only some of them have, here the visibility of groups;
the metadata declares it of groups alone."""

_OF_DELTA = re.compile(r"/users/delta(\(\))?(\?|$)")

_NOT_DECLARED = re.compile(r'"telecomProviderSettings": \{[^}]*\}(?:, )?')
"""A property of SMS and voice configurations that Graph's reference has and its metadata of August 2026 has not."""

FAULTY_ANSWERS = ({"value": "odd"},)
"""Answers with which a test asks what the app does when Graph breaks its own rules."""


def recorded(folder: Path) -> list[dict[str, Any]]:
    files = (file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.jsonl")))
    return [json.loads(line) for text in files for line in text.splitlines()]


def faults(exchanges: Iterable[Mapping[str, Any]]) -> list[str]:
    """One sentence for each exchange that the metadata of its cloud refuses."""
    given = list(exchanges)
    found = list(_wrong_errors(given))
    for cloud, metadata in METADATA_OF.items():
        of_cloud = [_judged(one) for one in given if one["cloud"] == cloud and _counts(one)]
        found += [f"{cloud}: {fault}" for fault in traffic_faults(metadata, of_cloud)] if of_cloud else []
    return found


def _counts(exchange: Mapping[str, Any]) -> bool:
    if exchange["url"].partition("?")[0] in BETA:
        return False
    return exchange["status"] < 300 or (exchange["byApp"] and not _is_absent(exchange))


def _is_absent(exchange: Mapping[str, Any]) -> bool:
    """Whether the cloud lacks what was asked for. The flows never ask for it there; tests of the adapter do."""
    offered = OFFERED[exchange["cloud"]]
    lacking = (path for feature, paths in PATHS.items() if not getattr(offered, feature) for path in paths)
    return any(f"/{path.rpartition('/')[2]}" in exchange["url"] for path in lacking)


def _judged(exchange: Mapping[str, Any]) -> dict[str, Any]:
    """What the checker is given. It cannot read sets of `/users/delta`, which has no entity set in the metadata."""
    readable = exchange["status"] < 300 and not _OF_DELTA.search(exchange["url"])
    url = _OF_SOME_OBJECTS.sub(r"\1", exchange["url"])
    answer = json.loads(_NOT_DECLARED.sub("", json.dumps(exchange["answer"])))
    judged = {"method": exchange["method"], "url": url, "body": exchange["body"]}
    return judged | ({"answer": answer} if readable and answer not in FAULTY_ANSWERS else {})


def _wrong_errors(exchanges: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for one in exchanges:
        if one["status"] >= 400 and isinstance(one["answer"], dict) and not ERROR_ENVELOPE.is_valid(one["answer"]):
            yield f"{one['method']} {one['url']}: {one['status']} without an error envelope"
