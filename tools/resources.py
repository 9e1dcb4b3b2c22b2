"""docs/resources.md: what a deployment consists of, read from the snapshots; `python -m tools.documents` writes it."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from tools.infra import SNAPSHOTS

_VARIANTS = {
    "flex": "always",
    "flex-network": "`NETWORK_ISOLATION` = `true`",
    "flex-sftp": "`SFTP` = `true`",
    "premium": "`PLAN_SKU` = `EP1`",
    "events": "after the code, by `scripts/after_deploy.py`",
}
"""When a variant's resources are there. The snapshot `premium` is isolated too, so `flex-network` comes first."""
_SWITCHES = {
    "/config/authsettingsV2": "`SIGN_IN_CLIENT_ID` is set",
    "Microsoft.Insights/actionGroups/": "`ALERT_EMAIL` is set",
    "Microsoft.Insights/scheduledQueryRules/": "`ALERT_EMAIL` is set",
}
"""For resources of several variants that depend on another setting: when they are there."""
_ROLES = {
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": "Storage Blob Data Owner",
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe": "Storage Blob Data Contributor",
    "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1": "Storage Blob Data Reader",
    "974c5e8b-45b9-4653-ba55-5f855dd0fb88": "Storage Queue Data Contributor",
    "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3": "Storage Table Data Contributor",
    "3913510d-42f4-4e42-8a64-420c390055eb": "Monitoring Metrics Publisher",
    "4633458b-17de-408a-b874-0445c86b69e6": "Key Vault Secrets User",
}
_ASSIGNMENT = "Microsoft.Authorization/roleAssignments"
_OF_AN_ACCOUNT = 2
"""How many parts the scope of a whole account has; a longer scope is a container, queue or table in it."""
_TOKEN = re.compile(r"gb2q3jqehtomo|snapshot|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""In the snapshots, the parts of names that differ from installation to installation."""
_PARTS_OF_SERVICES = re.compile(r"/(blobServices|queueServices|tableServices|privateDnsZoneGroups)$")


def resources_page() -> str:
    kinds: dict[tuple[str, str], list[str]] = defaultdict(list)
    roles: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for resource, when in _each_once():
        if resource["type"] == _ASSIGNMENT:
            holder, role, scope = _assignment(resource)
            account, _, part = scope.partition(" ")
            roles[holder, role, account].append(part or "all of it")
        elif not _PARTS_OF_SERVICES.search(resource["type"]):
            kinds[when, resource["type"]].append(_shown(resource["name"]))
    return "\n".join([_HEAD, *_table_of_kinds(kinds), "", _ACCESS, *_table_of_roles(roles), ""])


def _each_once() -> Iterator[tuple[dict[str, Any], str]]:
    """Every resource with the first of the variants that has it."""
    seen = set()
    for variant, when in _VARIANTS.items():
        text = (SNAPSHOTS / f"{variant}.snapshot.json").read_text(encoding="utf-8")
        for resource in json.loads(text)["predictedResources"]:
            if resource["id"] not in seen:
                seen.add(resource["id"])
                yield resource, next((own for part, own in _SWITCHES.items() if part in resource["id"]), when)


def _assignment(resource: dict[str, Any]) -> tuple[str, str, str]:
    """Who has which role, and where: the account, a space, and the container, queue or table; "" = all of it."""
    scope = resource["id"].partition(f"/providers/{_ASSIGNMENT}")[0].rpartition("/providers/")[2].split("/")[1:]
    role = _ROLES[resource["properties"]["roleDefinitionId"].rpartition("/")[2].rstrip("')]")]
    return (
        _holder(resource["properties"]),
        role,
        f"{_shown(scope[1])} {scope[-1] if len(scope) > _OF_AN_ACCOUNT else ''}",
    )


def _holder(assignment: dict[str, Any]) -> str:
    if assignment["principalType"] == "Group":
        return "HR's group, with `HR_GROUP_ID`"
    return "Event Grid" if "systemTopics" in assignment["principalId"] else "the app"


def _shown(name: str) -> str:
    """The name without the parts that differ or say nothing; of one that only Azure can evaluate, the beginning."""
    return "privatelink…" if name.startswith("[") else _TOKEN.sub("…", name).replace("/default", "")


def _table_of_kinds(kinds: dict[tuple[str, str], list[str]]) -> Iterable[str]:
    yield from ("| resource | name | when |", "|---|---|---|")
    for (when, kind), names in kinds.items():
        yield f"| `{kind}` | {', '.join(f'`{name}`' for name in dict.fromkeys(names))} | {when} |"


def _table_of_roles(roles: dict[tuple[str, str, str], list[str]]) -> Iterable[str]:
    yield from ("| who | role | where | on what |", "|---|---|---|---|")
    for (holder, role, account), parts in roles.items():
        yield f"| {holder} | {role} | `{account}` | {', '.join(parts)} |"


_HEAD = """\
# Resources

This page lists what a deployment creates: a resource group, and the resources in it.
`python -m tools.documents` writes this page from `infra/snapshots/`, where \
Microsoft's compiler has evaluated the templates.
`…` stands for what differs from one installation to the next: the name of the environment in `rg-…`, the rest of a \
zone's name in `privatelink…`, elsewhere a hash.
With `SFTP`, the account `stexp…` has what belongs to the exports, in place of `stdata…`: the containers that it is \
listed with, the queue `webjobs-blobtrigger-poison`, and the topic, which is named after it. The variant shown here \
also sets `EXPORTS_CONTAINER` to `hr-uploads`. With `NETWORK_ISOLATION` too, this account has the private endpoints \
`pe-stexp…-blob` and `pe-stexp…-queue`.
"""
_ACCESS = """\
## Who may do what

Sign-in to storage with a key is switched off. \
Among people, the deployment gives roles only to the members of HR's group.
"""
