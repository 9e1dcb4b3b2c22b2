"""Asks the app what its doctor finds, and has it preview its own template, so that storage, queues and triggers work.

Part of the smoke test in `after_deploy`; by hand, once roles are assigned: `python scripts/check_app.py` with SITE_HOST
and SIGN_IN_CLIENT_ID set. The caller needs the roles of `_STEPS`. Writes nothing to Microsoft Graph. Can be repeated.
"""

from __future__ import annotations

import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

from azure_cli import StepError, az, from_environment, run

_TIMEOUT_SECONDS = 120
_TRIES = 60
_PAUSE_SECONDS = 5
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def main() -> int:
    return 0 if check() else 1


def check() -> bool:
    """Whether all is well; prints what is not. Raises StepError where the caller gets no token."""
    app = _App(_token())
    well = [_is_well(app, *one) for one in _STEPS]
    return all(well)


def api_root(host: str) -> str:
    """The URL of the API. `APP_URL` replaces it, as tests do."""
    return os.environ.get("APP_URL") or f"https://{host}/api/v1"


def _scope() -> str:
    return f"api://{from_environment('SIGN_IN_CLIENT_ID')}/user_impersonation"


def _token() -> str:
    """Entra ID gives one to people with a role alone."""
    try:
        return str(az("account", "get-access-token", "--scope", _scope())["accessToken"])
    except StepError as error:
        raise StepError(f"{error}\n{_how_to_get(*(role for _, _, role in _STEPS))}") from None


def _is_well(app: _App, name: str, step: Callable[[_App], bool], role: str) -> bool:
    try:
        return step(app)
    except _RoleMissingError:
        print(f"{name} was not asked. {_how_to_get(role)}")
    except StepError as error:
        print(f"{name}: {error}")
    return False


def _how_to_get(*roles: str) -> str:
    return (
        f"You need the role {' and the role '.join(roles)}: have it assigned (docs/install.md, step 4), sign in again, "
        f'and repeat this step:\n  az login --scope "{_scope()}"\n  python scripts/check_app.py'
    )


class _RoleMissingError(StepError):
    """The caller is signed in and lacks the role that the operation needs."""


class _App:
    """The API with the token of the person who is signed in."""

    def __init__(self, token: str) -> None:
        self._root, self._token = api_root(from_environment("SITE_HOST")), token

    def json(self, path: str, body: bytes | None = None) -> dict[str, Any]:
        return dict(json.loads(self.read(path, body)))

    def read(self, path: str, body: bytes | None = None) -> bytes:
        """Raises StepError with the app's own words."""
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": _XLSX}
        request = urllib.request.Request(f"{self._root}{path}", data=body, headers=headers)  # noqa: S310 - the app's URL
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 - as above
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            said = error.read().decode(errors="replace")
            kind = _RoleMissingError if '"roleMissing"' in said else StepError
            raise kind(f"The app answered {error.code} to {path.partition('?')[0]}: {said}") from None
        except OSError as error:
            raise StepError(f"The app does not answer: {error}") from None


def _doctor(app: _App) -> bool:
    failed = [one for one in app.json("/health?deep=true")["checks"] if one["status"] == "failed"]
    for one in failed:
        print(f"- {one['check']}: {one['sentence']} {one['remedy']}")
    print(f"The doctor: {len(failed)} checks failed." if failed else "The doctor: every check passed.")
    return not failed


def _preview(app: _App) -> bool:
    """Follows the run of the template, which has no people, until it has ended. Raises StepError when it does not."""
    run_of_template = app.json("/runs?preview=true&name=template.xlsx", app.read("/template.xlsx"))
    for _ in range(_TRIES):
        if run_of_template["isFinished"]:
            break
        time.sleep(float(os.environ.get("PAUSE_SECONDS", _PAUSE_SECONDS)))
        run_of_template = app.json(f"/runs/{run_of_template['id']}")
    else:
        raise StepError(
            f"The run {run_of_template['id']} has not ended: its messages wait in the queues. Look at the log stream."
        )
    if run_of_template["state"] != "finished":
        raise StepError(f"{run_of_template['state']}. {run_of_template['message']}")
    print("The app has read its template and previewed it: storage, queues and triggers work.")
    return True


_STEPS = (("The doctor", _doctor, "Reports.Read"), ("The preview of the template", _preview, "Runs.Upload"))
"""What is asked, and the role that it needs."""


if __name__ == "__main__":
    run(main)
