"""The style sheet, the script and the icon, at URLs with a hash of their content, so that browsers keep them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from fastapi import Response

from shared.api.errors import RequestRefusedError
from shared.console.access import page_router

router = page_router("/static")

_FOLDER = Path(__file__).with_name("static")
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    content: bytes = field(repr=False)
    media_type: str
    digest: str


@cache
def all_assets() -> dict[str, Asset]:
    """By file name; read once in a process."""
    return {
        path.name: Asset(data := path.read_bytes(), _TYPES[path.suffix], hashlib.sha256(data).hexdigest()[:12])
        for path in _FOLDER.iterdir()
        if path.suffix in _TYPES
    }


def url_of(name: str) -> str:
    """The URL below the console's root."""
    return f"/static/{all_assets()[name].digest}/{name}"


@router.get("/{digest}/{name}", name="asset")
async def asset(digest: str, name: str) -> Response:
    found = all_assets().get(name)
    if found is None or found.digest != digest:
        raise RequestRefusedError("pathNotFound")
    return Response(
        found.content, media_type=found.media_type, headers={"Cache-Control": "public, max-age=31536000, immutable"}
    )
