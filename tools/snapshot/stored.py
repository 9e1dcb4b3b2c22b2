"""A snapshot as values, and its form on disk: one JSON file per table and queue, blobs as files.

Entities keep their Edm types: strings and booleans stand as they are, every other property has its type beside it, as
`total` and `total@odata.type`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

type Json = dict[str, Any]

TYPE = "@odata.type"


@dataclass(frozen=True, slots=True)
class StoredBlob:
    """`properties` are name, etag, lastModified, contentType and metadata."""

    properties: Json
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`about` names runs and settings, `tenant` is a seed of the Graph stand-in, the rest is by name of the store."""

    about: Json
    tenant: Json
    tables: Mapping[str, Sequence[Json]]
    queues: Mapping[str, Sequence[Json]]
    containers: Mapping[str, Sequence[StoredBlob]]

    @property
    def settings(self) -> dict[str, str]:
        return dict(self.about["settings"])

    def run(self, label: str) -> str:
        """The id of the run with this name in the snapshot."""
        return str(self.about["runs"][label]["id"])


def write(snapshot: Snapshot, folder: Path) -> None:
    """Write into a folder that is new or empty."""
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty")
    _write_json(folder / "about.json", snapshot.about)
    _write_json(folder / "tenant.json", snapshot.tenant)
    for name, entities in snapshot.tables.items():
        _write_json(folder / "tables" / f"{name}.json", entities)
    for name, messages in snapshot.queues.items():
        _write_json(folder / "queues" / f"{name}.json", messages)
    for name, blobs in snapshot.containers.items():
        _write_json(folder / "blobs" / f"{name}.json", [blob.properties for blob in blobs])
        for blob in blobs:
            path = folder / "blobs" / name / str(blob.properties["name"])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(blob.data)


def read(folder: Path) -> Snapshot:
    return Snapshot(
        about=_read_json(folder / "about.json"),
        tenant=_read_json(folder / "tenant.json"),
        tables=_read_all(folder / "tables"),
        queues=_read_all(folder / "queues"),
        containers={
            name: [StoredBlob(one, (folder / "blobs" / name / one["name"]).read_bytes()) for one in properties]
            for name, properties in _read_all(folder / "blobs").items()
        },
    )


def _write_json(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")


def _read_json(path: Path) -> Any:  # noqa: ANN401 - whatever the file holds
    return json.loads(path.read_text(encoding="utf-8"))


def _read_all(folder: Path) -> dict[str, list[Json]]:
    return {path.stem: _read_json(path) for path in sorted(folder.glob("*.json"))}
