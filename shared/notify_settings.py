"""The settings of notifications: who receives them, how they are signed, and what they hold."""

from __future__ import annotations

import base64
import hashlib
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, Field, SecretStr, model_validator

from shared.setting_types import Positive

_REFERENCE = "@Microsoft.KeyVault("
"""The beginning of what App Service leaves in place of a secret that Key Vault does not give to the app."""
_SHORTEST_KEY = 32
_ENCODED, _ENCODED_BYTES = "whsec_", range(24, 65)
"""The prefix of a secret of Standard Webhooks, and how many bytes follow it in base64.

Source: its specification, "Signature scheme".
"""
_RETIRED_HOSTS = ("outlook.office.com", ".webhook.office.com")
"""Connectors of Office 365, which Microsoft switched off in May 2026."""
_TEAMS = "teams="


class ReceiverKind(StrEnum):
    TEAMS = "teams"
    """The webhook of a Teams workflow, which gets an Adaptive Card."""
    JSON = "json"
    """Any other receiver, which gets signed JSON."""
    UNRESOLVED = "unresolved"
    """A reference that Key Vault does not resolve. The app works without it; the doctor reports it."""


@dataclass(frozen=True, slots=True)
class ReceiverSetting:
    """One entry of NOTIFY_URLS; `number`, from 1, names it for people, because the URL is a secret."""

    number: int
    kind: ReceiverKind
    url: SecretStr

    @property
    def key(self) -> str:
        """A hash of the URL, which names the receiver in the ledger, also after its number has changed."""
        return hashlib.sha256(self.url.get_secret_value().encode()).hexdigest()[:16]


def _receivers(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value.startswith(_REFERENCE):
        return (ReceiverSetting(1, ReceiverKind.UNRESOLVED, SecretStr("")),)
    texts = filter(None, map(str.strip, value.split(";")))
    receivers = tuple(_receiver(number, text) for number, text in enumerate(texts, start=1))
    first = dict[SecretStr, int]()
    for one in receivers:
        if first.setdefault(one.url, one.number) != one.number:
            raise ValueError(f"entry {one.number} is the URL of entry {first[one.url]}")
    return receivers


def _receiver(number: int, text: str) -> ReceiverSetting:
    kind = ReceiverKind.TEAMS if text.startswith(_TEAMS) else ReceiverKind.JSON
    url = text.removeprefix(_TEAMS)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _fault(number) from None
    if parts.scheme not in {"https", "http"} or not host or port == 0 or "@" in parts.netloc or not url.isascii():
        raise _fault(number)
    if host == _RETIRED_HOSTS[0] or host.endswith(_RETIRED_HOSTS[1]):
        raise ValueError(f"entry {number} is a connector of Office 365, which Microsoft has switched off")
    return ReceiverSetting(number, kind, SecretStr(url))


def _fault(number: int) -> ValueError:
    return ValueError(f"entry {number} should be a URL that begins with https://; entries are separated by `;`")


class NotifySettings(BaseModel):
    """To whom and how notifications are sent."""

    notify_urls: Annotated[tuple[ReceiverSetting, ...], BeforeValidator(_receivers)] = Field(
        (),
        description="Secret from Key Vault: the URLs to which notifications are sent, separated by `;`. "
        "`teams=https://…` is the webhook of a Teams workflow and gets a card; `https://…` gets JSON that is signed "
        "with `NOTIFY_KEY`. See [operations.md](operations.md#notifications).",
        repr=False,
    )
    notify_key: SecretStr = Field(
        SecretStr(""),
        description="Secret from Key Vault with which JSON to `NOTIFY_URLS` is signed. After `whsec_` it is the base64 "
        "of a key of 24 to 64 bytes, as libraries for Standard Webhooks take it. Any other text of 32 or more "
        "characters is itself the key.",
    )
    notify_uploader: bool = Field(
        default=False,
        description="Whether signed JSON names the object id of the person who uploaded the file over HTTP.",
    )
    notify_drift: Positive = Field(
        10,
        description="Number of people with drift in one reconcile from which a notification is sent; people whom "
        "the drift report lists for their account alone do not count.",
    )
    notify_local: bool = Field(
        default=False,
        description="For tests on one machine: allows `http` and this machine's own IP addresses in `NOTIFY_URLS`. "
        "In Azure it counts as an invalid setting.",
    )
    website_hostname: str = Field("", description="Set by Azure: the host in the links of notifications.")
    website_site_name: str = Field(
        "", description="Set by Azure: tells the app that it runs there. Do not set it by hand."
    )

    @model_validator(mode="after")
    def _can_be_sent(self) -> Self:
        if self.notify_local and self.website_site_name:
            raise ValueError("NOTIFY_LOCAL is for tests on one machine and should not be set in Azure")
        if any(one.kind is ReceiverKind.JSON and self.is_resolved(one) for one in self.notify_urls):
            self.signing_key()
        for one in () if self.notify_local else self.notify_urls:
            if urlsplit(one.url.get_secret_value()).scheme == "http":
                raise ValueError(f"NOTIFY_URLS: {_fault(one.number)}")
        return self

    def signing_key(self) -> bytes:
        """The key that signs JSON, made from NOTIFY_KEY as libraries of receivers make it. Raises ValueError."""
        secret = self.notify_key.get_secret_value()
        if not secret.startswith(_ENCODED):
            if len(secret) < _SHORTEST_KEY:
                raise ValueError(f"NOTIFY_KEY should have at least {_SHORTEST_KEY} characters, to sign what is sent")
            return secret.encode()
        with suppress(ValueError):
            key = base64.b64decode(secret.removeprefix(_ENCODED), validate=True)
            if len(key) in _ENCODED_BYTES:
                return key
        raise ValueError(
            f"NOTIFY_KEY should have the base64 of {_ENCODED_BYTES[0]} to {_ENCODED_BYTES[-1]} bytes after {_ENCODED}"
        )

    def is_resolved(self, receiver: ReceiverSetting) -> bool:
        """Whether Key Vault gives the app what it needs to send to this receiver."""
        is_key_resolved = not self.notify_key.get_secret_value().startswith(_REFERENCE)
        return receiver.kind is ReceiverKind.TEAMS or (receiver.kind is ReceiverKind.JSON and is_key_resolved)

    def link_of(self, run: str) -> str:
        """The URL of a run's page in the console, or of the doctor's page if `run` is ""; "" = no host is known."""
        if not self.website_hostname:
            return ""
        scheme = "http" if self.notify_local else "https"
        return f"{scheme}://{self.website_hostname}/console/{f'runs/{run}' if run else 'health'}"
