"""Event Grid's POSTs to the blob webhook: the validation handshake, and events of created blobs.

Called by `web`, which has looked at the key; calls `blobs`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from aiohttp import web

from sandbox.functions_host.blobs import BlobTrigger

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EventGrid:
    triggers: Mapping[str, BlobTrigger]
    """By the function's host id."""

    async def take_events(self, request: web.Request) -> web.Response:
        """As the real host, it accepts every event, whether its function and its blob's container are known or not."""
        kind = request.headers.get("aeg-event-type")
        if kind not in ("SubscriptionValidation", "Notification", "Unsubscribe"):
            return web.Response(status=400)
        events = await request.json()
        if kind == "SubscriptionValidation":
            return web.json_response({"validationResponse": events[0]["data"]["validationCode"]})
        trigger = self.triggers.get(request.query.get("functionName", ""))
        for event in [events] if isinstance(events, dict) else events:
            await _created(trigger, event["data"])
        return web.Response(status=202)


async def _created(trigger: BlobTrigger | None, data: Mapping[str, Any]) -> None:
    container, _, blob = unquote(urlsplit(data["url"]).path.removeprefix("/")).partition("/")
    if trigger is None:
        log.warning("an event for an unknown function was dropped")
    elif not blob.endswith("/"):  # Microsoft's listeners run nothing for a folder's marker
        await trigger.notify(container, blob, f'"{data["eTag"]}"')
