"""Calls of the Azure CLI, and of Microsoft Graph with the token of the person who is signed in to it.

Used by every script of this folder. A script prints what it is about to change before it changes it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

_TIMEOUT_SECONDS = 60
_INSTALL = {
    "az": "The Azure CLI is not installed. Install it: https://aka.ms/azure-cli.",
    "azd": "azd is not installed: https://aka.ms/azd-install.",
}


class StepError(Exception):
    """What went wrong, and what to do about it, in words for the person who runs the script."""


def run(main: Callable[[], int]) -> None:
    """Ends the process with the script's exit code, or with its error as one sentence."""
    try:
        sys.exit(main())
    except StepError as error:
        sys.exit(str(error))


def az(*arguments: str) -> Any:  # noqa: ANN401 - the JSON that the command prints
    """What a command of the Azure CLI prints, read as JSON; None = it prints nothing. Raises StepError."""
    return _printed_by("az", arguments)


def azd(*arguments: str) -> Any:  # noqa: ANN401 - as above
    """The same of azd."""
    return _printed_by("azd", arguments)


def _printed_by(name: str, arguments: tuple[str, ...]) -> Any:  # noqa: ANN401 - as above
    program = shutil.which(name)
    if program is None:
        raise StepError(_INSTALL[name])
    done = subprocess.run(  # noqa: S603 - the program that is on the PATH
        [program, *arguments, "--output", "json"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise StepError(f"{name} {' '.join(arguments[:3])} failed: {done.stderr.strip()}")
    return json.loads(done.stdout) if done.stdout.strip() else None


def from_environment(name: str) -> str:
    """A value of the azd environment. Raises StepError that says how to set it."""
    value = os.environ.get(name, "")
    if not value:
        raise StepError(f"{name} is not set. Run the script as a hook of azd, or set the variable by hand.")
    return value


def agreed(question: str, otherwise: str) -> bool:
    """Whether the person says yes. Raises StepError that says what to do otherwise, where no person can answer."""
    try:
        if os.environ.get("AZD_NON_INTERACTIVE") != "true":
            return input(f"{question} [y/N] ").strip().lower() == "y"
    except EOFError:
        print()
    raise StepError(f"Nothing was changed, because there is no person to answer. {otherwise}")


class Graph:
    """Microsoft Graph v1.0. `GRAPH_URL` and `GRAPH_TOKEN` replace the URL and the token, as tests do."""

    def __init__(self) -> None:
        self.root = os.environ.get("GRAPH_URL") or _root()
        self._token = os.environ.get("GRAPH_TOKEN") or _token_of(from_environment("AZURE_TENANT_ID"))

    def get_all(self, path: str) -> Iterator[dict[str, Any]]:
        """The items of every page."""
        url = f"{self.root}{path}"
        while url:
            page = self._call("GET", url)
            yield from page["value"]
            url = page.get("@odata.nextLink", "")

    def find(self, collection: str, **equal: str) -> list[dict[str, Any]]:
        """The items of a collection of which a property has this value."""
        ((name, value),) = equal.items()
        quoted = value.replace("'", "''")
        return list(self.get_all(f"{collection}?$filter={quote(f"{name} eq '{quoted}'")}"))

    def get(self, path: str) -> dict[str, Any]:
        return self._call("GET", f"{self.root}{path}")

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._call("POST", f"{self.root}{path}", body)

    def patch(self, path: str, body: Mapping[str, Any]) -> None:
        self._call("PATCH", f"{self.root}{path}", body)

    def delete(self, path: str) -> None:
        self._call("DELETE", f"{self.root}{path}")

    def service_principal(self, app_id: str) -> dict[str, Any]:
        """The service principal of an application. Raises StepError when the tenant has none."""
        found = self.find("/servicePrincipals", appId=app_id)
        if not found:
            raise StepError(f"The tenant has no service principal for the application {app_id}.")
        return found[0]

    def _call(self, method: str, url: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 - Graph's URL
            url,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 - as above
                content = answer.read()
        except urllib.error.HTTPError as error:
            raise GraphRefusedError(error.code, error.read().decode(errors="replace")) from None
        except OSError as error:
            raise StepError(f"Microsoft Graph does not answer: {error}") from None
        return dict(json.loads(content)) if content else {}


class GraphRefusedError(StepError):
    """Graph's own words, with the status."""

    def __init__(self, status: int, body: str) -> None:
        try:
            message = json.loads(body)["error"]["message"]
        except (ValueError, KeyError, TypeError):
            message = body[:200]
        super().__init__(f"Graph answered {status}: {message}")
        self.status = status


def _token_of(tenant: str) -> str:
    """A token of the person who is signed in. Raises StepError where that is a person of another tenant."""
    token = az("account", "get-access-token", "--resource-type", "ms-graph")
    if token["tenant"].lower() != tenant.lower():
        raise StepError(
            f"You are signed in to the tenant {token['tenant']}, and the app is in {tenant} (AZURE_TENANT_ID). "
            f"Nothing was changed. Sign in there: az login --tenant {tenant}"
        )
    return str(token["accessToken"])


def _root() -> str:
    from shared.adapters.graph.clouds import CLOUDS

    return f"{CLOUDS[os.environ.get('GRAPH_CLOUD') or 'global'].root}/v1.0"  # type: ignore[index] # checked by the settings
