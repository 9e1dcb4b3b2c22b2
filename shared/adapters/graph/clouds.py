"""Microsoft's clouds: for each one the address of Graph, the scope of the tokens, and the features that Graph offers.

Read when the gateway is opened and when exports and calls are read, which refuses what the cloud lacks.
Source: "Microsoft Graph national cloud deployments" and each cloud's published v1.0 metadata.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.core.values.capabilities import EVERYTHING, Capabilities


@dataclass(frozen=True, slots=True)
class Cloud:
    """`root` has no version and no trailing slash; the managed identity asks for a token for `scope`."""

    root: str
    scope: str
    offers: Capabilities = EVERYTHING
    narrow_permissions: bool = True
    """Whether the UserAuthMethod-* roles are known to exist; without them the broad permission is needed."""


CLOUDS: dict[str, Cloud] = {
    "global": Cloud("https://graph.microsoft.com", "https://graph.microsoft.com/.default"),
    "usgov": Cloud("https://graph.microsoft.us", "https://graph.microsoft.us/.default", narrow_permissions=False),
    "usgov-dod": Cloud(
        "https://dod-graph.microsoft.us", "https://dod-graph.microsoft.us/.default", narrow_permissions=False
    ),
    "china": Cloud(
        "https://microsoftgraph.chinacloudapi.cn",
        "https://microsoftgraph.chinacloudapi.cn/.default",
        offers=Capabilities(sms_sign_in=False, email_methods=False),
        narrow_permissions=False,
    ),
}
"""The clouds by value of GRAPH_CLOUD."""
