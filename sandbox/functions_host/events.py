"""Event Grid's POSTs to the blob webhook: the validation handshake, and events of created blobs.

Called by `web`, which has looked at the key; calls `blobs`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sandbox.functions_host.blobs import BlobTrigger

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EventGrid:
    triggers: Mapping[str, BlobTrigger]
    """By the function's host id."""

    async def take_events(self, request: web.Request) -> web.Response:
        trigger = self.triggers.get(request.query.get("functionName", ""))
        if trigger is None:
            return web.Response(status=404)
        events = await request.json()
        if request.headers.get("aeg-event-type") == "SubscriptionValidation":
            return web.json_response({"validationResponse": events[0]["data"]["validationCode"]})
        for event in events:
            await _created(trigger, event)
        return web.Response(status=202)


async def _created(trigger: BlobTrigger, event: Mapping[str, Any]) -> None:
    container, _, blob = event["subject"].removeprefix("/blobServices/default/containers/").partition("/blobs/")
    if container == trigger.path.container and trigger.path.pattern.fullmatch(blob):
        await trigger.notify(blob, event["data"]["eTag"])
    else:
        log.warning("an event for a blob outside %s was dropped", trigger.function.trigger["path"])
