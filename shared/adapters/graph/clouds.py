"""Microsoft's clouds: for each one the URL of Graph, the scope of the tokens, and whether narrow permissions exist.

`core/values/capabilities.py` says which features each cloud offers.
Source: "Microsoft Graph national cloud deployments".
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.core.values.capabilities import CloudName


@dataclass(frozen=True, slots=True)
class Cloud:
    """`root` has no version and no trailing slash; tokens are requested for `scope`."""

    root: str
    scope: str
    narrow_permissions: bool = True
    """Whether the UserAuthMethod-* permissions are known to exist; without them the broad permission is needed."""


CLOUDS: dict[CloudName, Cloud] = {
    "global": Cloud("https://graph.microsoft.com", "https://graph.microsoft.com/.default"),
    "usgov": Cloud("https://graph.microsoft.us", "https://graph.microsoft.us/.default", narrow_permissions=False),
    "usgov-dod": Cloud(
        "https://dod-graph.microsoft.us", "https://dod-graph.microsoft.us/.default", narrow_permissions=False
    ),
    "china": Cloud(
        "https://microsoftgraph.chinacloudapi.cn",
        "https://microsoftgraph.chinacloudapi.cn/.default",
        narrow_permissions=False,
    ),
}
"""The clouds by value of GRAPH_CLOUD."""

PATHS = {
    "sms_sign_in": (
        "/users/{user}/authentication/phoneMethods/{method}/enableSmsSignIn",
        "/users/{user}/authentication/phoneMethods/{method}/disableSmsSignIn",
    ),
    "email_methods": ("/users/{user}/authentication/emailMethods",),
    "methods_policy": ("/policies/authenticationMethodsPolicy",),
    "method_lists": ("/users/{user}/authentication/methods",),
}
"""The paths in Graph that each feature of `Capabilities` needs."""
