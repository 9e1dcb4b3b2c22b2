"""One receiver in NOTIFY_URLS: sends it a notification as a card or as signed JSON, without redirects and retries.

The outbox decides when to send again. No error here names the URL, which is a secret.
Signatures follow Standard Webhooks (standardwebhooks.com, version 1), for which receivers find libraries.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import aiohttp

from shared.adapters.webhooks.public_addresses import public_socket
from shared.core.run.adaptive_card import message_with_card
from shared.core.run.notifications import Notification
from shared.core.run.outbox import NotDeliveredError
from shared.core.values.clock import Clock

_TIME_LIMIT = aiohttp.ClientTimeout(total=10)
_SUCCESSES = range(200, 300)


@dataclass(frozen=True, slots=True)
class Webhook:
    """`key` names the receiver in the ledger; `signing_key` None = a Teams workflow, which gets a card."""

    key: str
    number: int
    url: str = field(repr=False)
    signing_key: bytes | None = field(repr=False)
    clock: Clock
    is_local: bool = False
    """Whether the receiver may be on this machine, as in the sandbox and in tests."""

    async def send(self, notification: Notification, link: str, uploader: str) -> None:
        """Raises NotDeliveredError unless the answer is 2xx. `uploader` is in signed JSON only; "" = not named."""
        body, headers = self._request(notification, link, uploader)
        connector = aiohttp.TCPConnector(socket_factory=None if self.is_local else public_socket, limit=1)
        try:
            async with (
                aiohttp.ClientSession(connector=connector, timeout=_TIME_LIMIT) as session,
                session.post(self.url, data=body, headers=headers, allow_redirects=False) as answer,
            ):
                status = answer.status
        except TimeoutError:
            raise NotDeliveredError("there was no answer in time") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:  # their texts may quote the URL
            raise NotDeliveredError(_reason(error)) from None
        if status not in _SUCCESSES:
            raise NotDeliveredError(f"the answer was {status}")

    def _request(self, notification: Notification, link: str, uploader: str) -> tuple[bytes, dict[str, str]]:
        headers = {"Content-Type": "application/json", "webhook-id": notification.id}
        if self.signing_key is None:
            return _encoded(message_with_card(notification, link)), headers
        who = {"uploader": uploader} if uploader else {}
        body = _encoded({**notification.to_json(), "link": link, **who})
        return body, headers | signature(self.signing_key, notification.id, self.clock.now(), body)


@dataclass(frozen=True, slots=True)
class UnresolvedReceiver:
    """Stands for a receiver while Key Vault does not give its URL or key to the app: its notifications wait."""

    number: int

    @property
    def key(self) -> str:
        return f"unresolved-{self.number}"

    async def send(self, _notification: Notification, _link: str, _uploader: str) -> None:
        raise NotDeliveredError("Key Vault does not give NOTIFY_URLS or NOTIFY_KEY to the app")


def signature(key: bytes, notification_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers that sign id, time and body."""
    timestamp = str(int(at.timestamp()))
    signed = b".".join((notification_id.encode(), timestamp.encode(), body))
    digest = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    return {"webhook-timestamp": timestamp, "webhook-signature": f"v1,{digest}"}


def _encoded(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


def _reason(error: Exception) -> str:
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(cause, PermissionError):
        return "it leads to an IP address that is not public"
    return f"the connection failed ({type(error).__name__})"
