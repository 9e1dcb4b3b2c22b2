"""Waits until the app answers, and connects Event Grid to it; `check_app` then asks the app whether all is well.

Hook of azd after `deploy`; by hand: `python scripts/after_deploy.py` with SITE_NAME, SITE_HOST, AZURE_RESOURCE_GROUP,
EXPORTS_ACCOUNT and EXPORTS_CONTAINER set. Can be repeated.
"""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from pathlib import Path

from azure_cli import ROOT, StepError, az, from_environment, run

_TRIES = 10
_PAUSE_SECONDS = 15
_TIMEOUT_SECONDS = 60


def main() -> int:
    host = from_environment("SITE_HOST")
    _wake(host)
    _connect(ROOT / "infra/events.bicep")
    print("Event Grid starts a run for every new file in the exports container.")
    print(
        "Next: assign roles, then run scripts/check_app.py, as docs/install.md says; docs/pilot.md has the first week."
    )
    return 0


def _wake(host: str) -> None:
    """Waits until the app answers: after a deployment its first answers take a while."""
    address = f"https://{host}/api/v1/health"
    for tried in range(1, _TRIES + 1):
        try:
            with urllib.request.urlopen(address, timeout=_TIMEOUT_SECONDS):
                print(f"{address} answers.")
                return
        except urllib.error.URLError as error:
            print(f"Try {tried} of {_TRIES}: {address} does not answer yet ({error.reason}).")
            time.sleep(_PAUSE_SECONDS)
    raise StepError("The app does not answer. Look at its log stream in the portal: a wrong setting is named there.")


def _connect(template: Path) -> None:
    """The handshake of the first deployment may come before the webhook is ready, so it is tried again."""
    group = from_environment("AZURE_RESOURCE_GROUP")
    parameters = (
        f"siteName={from_environment('SITE_NAME')}",
        f"exportsAccount={from_environment('EXPORTS_ACCOUNT')}",
        f"exportsContainer={from_environment('EXPORTS_CONTAINER')}",
    )
    for tried in range(1, _TRIES + 1):
        try:
            az(
                *("deployment", "group", "create", "--name", "events", "--resource-group", group),
                *("--template-file", str(template), "--parameters", *parameters),
            )
        except StepError as error:
            if tried == _TRIES:
                raise
            print(f"Try {tried} of {_TRIES}: {error}")
            time.sleep(_PAUSE_SECONDS)
        else:
            return


if __name__ == "__main__":
    run(main)
