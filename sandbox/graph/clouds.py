"""The clouds that have a Microsoft Graph: the tokens that each accepts, and what it does not have.

Read by the identity and by the stand-in. Sources: "National cloud deployments"; what is missing follows Graph's v1.0
metadata of 2026-08, in which China has phone methods without SMS actions, no e-mail methods, no lists of all methods
and no methods policy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from shared.core.values.capabilities import CloudName


@dataclass(frozen=True, slots=True)
class ServedCloud:
    """`resource` is the audience of tokens; `missing` are kinds of requests, `*` for any part."""

    resource: str
    missing: tuple[str, ...] = ()

    def has(self, kind: str) -> bool:
        return not any(fnmatchcase(kind, pattern) for pattern in self.missing)


CLOUDS: Mapping[CloudName, ServedCloud] = {
    "global": ServedCloud("https://graph.microsoft.com"),
    "usgov": ServedCloud("https://graph.microsoft.us"),
    "usgov-dod": ServedCloud("https://dod-graph.microsoft.us"),
    "china": ServedCloud(
        "https://microsoftgraph.chinacloudapi.cn",
        ("phoneMethods.*SmsSignIn", "emailMethods.*", "methods.list", "policy.get"),
    ),
}
