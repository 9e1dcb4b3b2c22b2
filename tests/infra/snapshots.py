"""The committed snapshots: every resource of a variant with its final properties."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from tools.infra import variants

Resource = Mapping[str, Any]

DEPLOYMENTS = tuple(path.stem for path in variants() if path.stem != "events")
"""The variants of main.bicep."""


@cache
def _evaluated(variant: str) -> Mapping[str, Any]:
    path = next(path for path in variants() if path.stem == variant)
    return dict(json.loads(path.with_suffix(".snapshot.json").read_text(encoding="utf-8")))


def resources(variant: str) -> tuple[Resource, ...]:
    return tuple(_evaluated(variant)["predictedResources"])


def outputs(variant: str) -> Mapping[str, str]:
    """What the deployment gives back; mostly expressions that only Azure can evaluate."""
    return dict(_evaluated(variant)["outputs"])


def of_type(variant: str, kind: str) -> list[Resource]:
    return [one for one in resources(variant) if one["type"] == kind]


def site_settings(variant: str) -> dict[str, str]:
    """The application settings of the site; an expression that only Azure can evaluate begins with `[`."""
    (found,) = (one for one in of_type(variant, "Microsoft.Web/sites/config") if one["name"].endswith("/appsettings"))
    return dict(found["properties"])


def texts(value: object) -> Iterator[str]:
    """Every text in a resource."""
    match value:
        case str():
            yield value
        case Mapping():
            for item in value.values():
                yield from texts(item)
        case list() | tuple():
            for item in value:
                yield from texts(item)


def resolved(value: str) -> str:
    """The value as App Service gives it to the app: what may be a secret or an address for a reference."""
    return f"https://receiver.example/{'x' * 40}" if value.startswith("@Microsoft.KeyVault(") else value
