"""Asks the app what its doctor finds, and has it preview its own template, so that storage, queues and triggers work.

By hand, once roles are assigned: `python scripts/check_app.py` with SITE_HOST and SIGN_IN_CLIENT_ID set. The caller
needs the roles Reports.Read and Runs.Upload. Writes nothing to Microsoft Graph. Can be repeated.
"""

from __future__ import annotations

import json
import os
import time
import urllib.error
import urllib.request
from typing import Any

from azure_cli import StepError, az, from_environment, run

_TIMEOUT_SECONDS = 120
_TRIES = 60
_PAUSE_SECONDS = 5
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def main() -> int:
    scope = f"api://{from_environment('SIGN_IN_CLIENT_ID')}/user_impersonation"
    app = _App(str(az("account", "get-access-token", "--scope", scope)["accessToken"]))
    failed = [check for check in app.json("/health?deep=true")["checks"] if check["status"] == "failed"]
    for check in failed:
        print(f"- {check['check']}: {check['sentence']} {check['remedy']}")
    print(f"The doctor: {len(failed)} checks failed." if failed else "The doctor: every check passed.")
    preview = _preview(app)
    if preview["state"] != "finished":
        print(f"The preview of the template: {preview['state']}. {preview['message']}")
        return 1
    print("The app has read its template and previewed it: storage, queues and triggers work.")
    return 1 if failed else 0


class _App:
    """The API with the token of the person who is signed in. `APP_URL` replaces the address, as tests do."""

    def __init__(self, token: str) -> None:
        self._root = os.environ.get("APP_URL") or f"https://{from_environment('SITE_HOST')}/api/v1"
        self._token = token

    def json(self, path: str, body: bytes | None = None) -> dict[str, Any]:
        return dict(json.loads(self.read(path, body)))

    def read(self, path: str, body: bytes | None = None) -> bytes:
        """Raises StepError with the app's own words."""
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": _XLSX}
        request = urllib.request.Request(f"{self._root}{path}", data=body, headers=headers)  # noqa: S310 - the app's address
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 - as above
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            said = error.read().decode(errors="replace")
            raise StepError(f"The app answered {error.code} to {path.partition('?')[0]}: {said}") from None
        except urllib.error.URLError as error:
            raise StepError(f"The app does not answer: {error.reason}") from None


def _preview(app: _App) -> dict[str, Any]:
    """The run of the template, which has no people, once it has ended. Raises StepError when it does not end."""
    run_of_template = app.json("/runs?preview=true&name=template.xlsx", app.read("/template.xlsx"))
    for _ in range(_TRIES):
        if run_of_template["isFinished"]:
            return run_of_template
        time.sleep(float(os.environ.get("PAUSE_SECONDS", _PAUSE_SECONDS)))
        run_of_template = app.json(f"/runs/{run_of_template['id']}")
    raise StepError(
        f"The preview {run_of_template['id']} has not ended: its messages wait in the queues. Look at the log stream."
    )


if __name__ == "__main__":
    run(main)
