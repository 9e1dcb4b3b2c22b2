"""The one address to which the app's token for Graph is sent.

The gateway makes it from the settings; the client refuses every other address.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from shared.adapters.graph.clouds import Cloud

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class PinnedRoot:
    """The one address to which the token is sent; `url` is the versioned root without a trailing slash."""

    url: str
    host: str

    def holds(self, address: str) -> bool:
        """Whether `address`, such as a nextLink, has the same scheme, host and port."""
        try:
            ours, theirs = urlsplit(self.url), urlsplit(address)
            same_port = (ours.port or _port(ours.scheme)) == (theirs.port or _port(theirs.scheme))
        except ValueError:
            return False
        no_userinfo = theirs.username is None and theirs.password is None
        return same_port and no_userinfo and (ours.scheme, ours.hostname) == (theirs.scheme, theirs.hostname)


def pinned_root(cloud: Cloud, base_url: str | None) -> PinnedRoot:
    """The root of all requests: `base_url` (GRAPH_BASE_URL, with its version) if given, else the cloud's v1.0.

    Raises ValueError when the address is not https; loopback may be http.
    """
    url = (base_url or f"{cloud.root}/v1.0").rstrip("/")
    parts = urlsplit(url)
    host = parts.hostname or ""
    secure = parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK_HOSTS)
    if not host or not secure or parts.query or parts.fragment or parts.username is not None:
        raise ValueError(
            "GRAPH_BASE_URL must look like https://graph.microsoft.com/v1.0; http is accepted for loopback only."
        )
    return PinnedRoot(url, host)


def _port(scheme: str) -> int:
    return {"https": 443, "http": 80}.get(scheme, 0)
