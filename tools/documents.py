"""Writes the files that are generated from code and CLDR: `python -m tools.documents`; a test compares them.

Reads the tables of codes, permissions and settings, the API and the snapshots of the deployment; writes docs/costs.md,
outcomes.md, permissions.md, resources.md, settings.md, openapi.json, the tables within api.md, operations.md and
telemetry.md, the connector's definition and icon, the names of countries and months, and the settings that the
templates of the deployment load.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from pathlib import Path

from shared.adapters.graph.permissions import PERMISSIONS
from shared.api.app import build
from shared.api.error_table import REQUEST_CODES, STATUS_BY_CODE
from shared.api.roles import ADMISSIONS, ROLE_MEANINGS
from shared.core.call import SetPhone
from shared.core.call_advice import next_step
from shared.core.values.codes import CODES, CodeInfo
from shared.core.values.slot import PhoneType
from shared.read_settings import FORMER_NAMES
from shared.settings import Settings
from shared.telemetry.events import EVENTS
from shared.telemetry.fields import FIELDS
from shared.telemetry.table import METRICS, SPANS
from tools.connector.icon import png
from tools.connector.swagger import swagger
from tools.costs import costs_page
from tools.country_names import country_names
from tools.month_names import month_names
from tools.resources import resources_page

ROOT = Path(__file__).parents[1]


def outcomes_page() -> str:
    lines = [
        "# Outcome codes",
        "",
        "Rows, files, runs and calls have these codes; every row of a run ends with an outcome and one of them.",
        "A code never changes its meaning; a reason may name a cell, and never its content.",
        "HR reads what to do in the file, or who can help; administrators can do more about some codes.",
        "",
        "| code | meaning | what to do | for administrators |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| `{code}` | {info.meaning} | {info.remedy or 'Nothing.'} | {info.for_admins} |"
        for code, info in sorted(CODES.items())
    ]
    return "\n".join(lines) + "\n"


def settings_page() -> str:
    lines = [
        "# Settings",
        "",
        "These are the application settings of the function app; an empty value counts as not set.",
        "The app logs all invalid settings together; until they are corrected, it answers every call with 503.",
        "",
        "| setting | default | meaning |",
        "|---|---|---|",
    ]
    lines += [
        f"| `{name.upper()}` | {_shown(field.default)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    lines += [
        "",
        "## Former names",
        "",
        "The app also reads a setting under its former name.",
        "",
        "| former name | setting |",
        "|---|---|",
    ]
    lines += [f"| `{former}` | `{name}` |" for former, name in FORMER_NAMES.items()]
    return "\n".join([*lines, "", _STORAGE])


def permissions_page() -> str:
    lines = [
        "# Permissions",
        "",
        "The app's managed identity uses these application permissions of Microsoft Graph; the last column says when.",
        "It needs no directory role and no secret.",
        "The doctor finds what the identity's token lacks and prints the commands that grant it.",
        "It also warns of permissions that the app never needs, such as a broad one where a narrow one exists.",
        "",
        "| permission | app role id | what for | needed when |",
        "|---|---|---|---|",
    ]
    for permission in PERMISSIONS:
        when = "; ".join(sorted(feature.value for feature in permission.needed_by))
        lines.append(f"| `{permission.role.name}` | `{permission.role.id}` | {permission.purpose} | {when} |")
        if fallback := permission.fallback:
            instead = f"Instead of `{permission.role.name}` where a national cloud does not offer that."
            lines.append(f"| `{fallback.name}` | `{fallback.id}` | {instead} | |")
    return "\n".join([*lines, "", _GRANTING])


def openapi_description() -> str:
    return json.dumps(build().openapi(), indent=2) + "\n"


def connector_definition() -> str:
    """Indented with four spaces, as is usual for definitions of connectors."""
    return json.dumps(swagger(build().openapi()), indent=4) + "\n"


def api_page() -> str:
    tables = {"<!-- roles -->": _roles(), "<!-- operations -->": _operations(), "<!-- errors -->": _errors()}
    return _with_tables("docs/api.md", tables)


def _roles() -> list[str]:
    lines = [f"| `{role}` | {meaning} |" for role, meaning in ROLE_MEANINGS.items()]
    return ["| app role | what it allows |", "|---|---|", *lines]


def operations_page() -> str:
    return _with_tables("docs/operations.md", {"<!-- outcomes -->": _outcomes_for_admins()})


def telemetry_page() -> str:
    spans = [f"| {name} | {about.meaning} | {_keys(about.fields)} |" for name, about in SPANS.items()]
    metrics = [
        f"| `{name}` | {about.kind} | {about.unit} | {about.meaning} | {_keys(about.fields)} |"
        for name, about in METRICS.items()
    ]
    events = [
        f"| `{name}` | {logging.getLevelName(about.level).lower()} | {about.meaning} | {_keys(about.fields)} |"
        for name, about in EVENTS.items()
    ]
    fields = [f"| `{about.key}` | {_TYPES[about.type]} | {about.meaning} |" for about in FIELDS.values()]
    tables = {
        "<!-- spans -->": ["| span | what | fields |", "|---|---|---|", *spans],
        "<!-- metrics -->": ["| metric | kind | unit | what | fields |", "|---|---|---|---|---|", *metrics],
        "<!-- events -->": ["| event | level | when | fields |", "|---|---|---|---|", *events],
        "<!-- fields -->": ["| field | type | meaning |", "|---|---|---|", *fields],
    }
    return _with_tables("docs/telemetry.md", tables)


_TYPES = {str: "text", int: "number", float: "number", dict: "object"}


def _keys(fields: Sequence[str]) -> str:
    return ", ".join(f"`{FIELDS[name].key}`" for name in fields)


def _with_tables(name: str, tables: Mapping[str, Sequence[str]]) -> str:
    """The hand-written page with its tables generated again: each is between a comment and the next `<!-- end -->`."""
    page = (ROOT / name).read_text(encoding="utf-8")
    for comment, table in tables.items():
        before, _, rest = page.partition(comment)
        _, end, after = rest.partition("<!-- end -->")
        page = "".join((before, comment, "\n\n", "\n".join(table), "\n\n", end, after))
    return page


def _outcomes_for_admins() -> list[str]:
    rows = [
        f"| `{code}` | {info.meaning} | {info.for_admins} |" for code, info in sorted(CODES.items()) if info.for_admins
    ]
    return ["| outcome | means | do |", "|---|---|---|", *rows]


def _operations() -> list[str]:
    rows = [
        f"| `{method.upper()} {path}` | {operation['summary']} | {ADMISSIONS[operation['operationId']].in_words()} |"
        for path, methods in build().openapi()["paths"].items()
        for method, operation in methods.items()
    ]
    return ["| call | what | who |", "|---|---|---|", *rows]


def _errors() -> list[str]:
    known = CODES | REQUEST_CODES
    rows = [
        f"| {status.value} | `{code}` | {known[code].meaning} | {' | '.join(_advice(code, known[code]))} |"
        for code, status in sorted(STATUS_BY_CODE.items(), key=lambda item: (item[1], item[0]))
    ]
    return ["| status | code | meaning | what to do | for administrators |", "|---|---|---|---|---|", *rows]


def _advice(code: str, info: CodeInfo) -> tuple[str, str]:
    """What the caller can do, and what administrators can; where a call has a text of its own, it is for both."""
    of_call = next_step(_ANY_CALL, code)
    if of_call is not None:
        return of_call or "Nothing.", ""
    if code in _WITH_THEIR_CAUSE or info.is_for_others:
        return "Do what the message says.", ""
    return info.remedy or "Nothing.", info.for_admins


_ANY_CALL = SetPhone(PhoneType.MOBILE, number="")
_WITH_THEIR_CAUSE = {"badRequest"}
"""Codes whose message says what to correct."""


_GRANTING = """\
## Granting

The portal cannot grant these permissions to a managed identity; use PowerShell with Microsoft.Graph.Applications.
The person who runs it needs the role Privileged Role Administrator.
`$identity` is the object id of the managed identity's service principal, not its client id.

```powershell
Connect-MgGraph -Scopes AppRoleAssignment.ReadWrite.All, Application.Read.All
$identity = '<object id of the managed identity>'
$graph = Get-MgServicePrincipal -Filter "appId eq '00000003-0000-0000-c000-000000000000'"
New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $identity -PrincipalId $identity `
  -ResourceId $graph.Id -AppRoleId '<app role id>'
```

`scripts/grant_permissions.py` grants exactly the permissions that the settings of the app need, \
and optional ones with `--with readiness`, `clean-up`, `delivery` or `protection`.
`infra/graph.bicep` declares those of the default settings, without sign-in, for Bicep's Graph extension.

It may take up to a day until a new grant appears in the identity's token.
"""

_STORAGE = """\
## Read by the Functions host

| setting | meaning |
|---|---|
| `AzureWebJobsStorage` | The host's storage: a connection string, or `AzureWebJobsStorage__blobServiceUri`, \
`__queueServiceUri`, `__tableServiceUri`, `__credential` = `managedidentity` and `__clientId`. |
| `PhoneData` | A separate storage account for HR data, set in the same two ways; by default the host's account \
holds it. |
| `PhoneExports` | A separate account for the containers of exports, returns and done exports, set in the same two \
ways with blob and queue only; by default they are in the account of `PhoneData`. |
| `PhoneJournal` | A separate account for the journal, set in the same two ways with blob only; by default it is in \
the account of `PhoneData`. |
| `EXPORTS_CONTAINER`, `PLAN_QUEUE`, `APPLY_QUEUE`, `STEPS_QUEUE`, `RECONCILE_SCHEDULE`, `DIRECTORY_SCHEDULE`, \
`READINESS_SCHEDULE`, `SWEEP_SCHEDULE` | The triggers name these settings, so all must be set: the host does not know \
their defaults. The doctor reports a missing one as failed. |
| `BLOB_SOURCE` | `EventGrid` (default) or `LogsAndContainerScan` (on one machine); read at start. |
| `IDENTITY_ENDPOINT`, `IDENTITY_HEADER` | Set by Azure; on one machine they name the stand-in. |
"""


def _shown(default: object) -> str:
    match default:
        case None:
            return "not set"
        case _:
            return f"`{text}`" if (text := _as_text(default)) else "(empty)"


def _as_text(value: object) -> str:
    """The text that the app settings hold for the value; "" = not set."""
    match value:
        case None:
            return ""
        case tuple():
            return ";".join(value)
        case Enum():
            return str(value.value)
        case bool():
            return str(value).lower()
        case _:
            return str(value)


_NOT_IN_TEMPLATES = {
    *("website_auth_enabled", "website_auth_aad_allowed_tenants", "website_hostname", "website_site_name"),
    *("graph_base_url", "azure_client_id"),
}
"""Settings that Azure sets, that stay empty outside the sandbox, or that the template sets to the app's identity."""
_WITHOUT_DEFAULT = {
    "BLOB_SOURCE": "EventGrid",
    "RECONCILE_SCHEDULE": "0 0 2 * * *",
    "DIRECTORY_SCHEDULE": "0 30 * * * *",
    "READINESS_SCHEDULE": "0 0 4 * * 1",
    "SWEEP_SCHEDULE": "0 */5 * * * *",
}
"""Settings that the Functions host reads from the app settings alone, so that they need a value there."""


def deployment_settings() -> str:
    """The app settings that the templates deploy, with their defaults."""
    defaults = {
        name.upper(): _as_text(field.default)
        for name, field in Settings.model_fields.items()
        if name not in _NOT_IN_TEMPLATES
    }
    return json.dumps(defaults | _WITHOUT_DEFAULT, indent=2) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "connector/apiDefinition.swagger.json": connector_definition,
    "docs/api.md": api_page,
    "docs/costs.md": costs_page,
    "docs/openapi.json": openapi_description,
    "docs/operations.md": operations_page,
    "docs/outcomes.md": outcomes_page,
    "docs/permissions.md": permissions_page,
    "docs/resources.md": resources_page,
    "docs/settings.md": settings_page,
    "docs/telemetry.md": telemetry_page,
    "infra/settings.json": deployment_settings,
    "shared/core/export/country_names.json": country_names,
    "shared/core/export/month_names.json": month_names,
}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (ROOT / name).write_text(page(), encoding="utf-8")
    (ROOT / "connector/icon.png").write_bytes(png())
