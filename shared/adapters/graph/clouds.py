"""Microsoft's clouds: where each one's Graph is, for whom its tokens are, and what it can do.

Read when the gateway is opened and when wishes are read: what a cloud lacks is refused there, before any call.
Source: "Microsoft Graph national cloud deployments" and each cloud's published v1.0 metadata.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from shared.core.values.capabilities import EVERYTHING, Capabilities

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Cloud:
    """`root` has no version and no trailing slash; `scope` is what a managed identity asks a token for."""

    root: str
    offers: Capabilities = EVERYTHING
    narrow_permissions: bool = True
    """The UserAuthMethod-* roles are known to exist; elsewhere the broad permission has to do."""

    @property
    def scope(self) -> str:
        return f"{self.root}/.default"


CLOUDS: dict[str, Cloud] = {
    "global": Cloud("https://graph.microsoft.com"),
    "usgov": Cloud("https://graph.microsoft.us", narrow_permissions=False),
    "usgov-dod": Cloud("https://dod-graph.microsoft.us", narrow_permissions=False),
    "china": Cloud(
        "https://microsoftgraph.chinacloudapi.cn",
        offers=Capabilities(sms_sign_in=False, email_methods=False),
        narrow_permissions=False,
    ),
}
"""By the value of GRAPH_CLOUD."""


@dataclass(frozen=True, slots=True)
class PinnedRoot:
    """The one address that may see our token: `url` is the versioned root without a trailing slash."""

    url: str
    host: str

    def holds(self, address: str) -> bool:
        """Whether `address` (a nextLink, say) is on the same scheme, host and port."""
        try:
            ours, theirs = urlsplit(self.url), urlsplit(address)
            same_port = (ours.port or _port(ours.scheme)) == (theirs.port or _port(theirs.scheme))
        except ValueError:
            return False
        no_userinfo = theirs.username is None and theirs.password is None
        return same_port and no_userinfo and (ours.scheme, ours.hostname) == (theirs.scheme, theirs.hostname)


def pinned_root(cloud: Cloud, base_url: str | None) -> PinnedRoot:
    """The root to talk to: `base_url` (GRAPH_BASE_URL, with its version) if given, else the cloud's v1.0.

    Raises ValueError when the address is not https, except on this machine.
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
