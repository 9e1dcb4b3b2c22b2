"""The smoke test of a deployment: waits until the app answers, connects Event Grid, and asks what `check_app` asks.

Hook of azd after `deploy`; by hand: `python scripts/after_deploy.py` with AZURE_ENV_NAME, AZURE_RESOURCE_GROUP,
SITE_NAME, SITE_HOST, EXPORTS_ACCOUNT and EXPORTS_CONTAINER set. Can be repeated. It fails if the app does not answer or
Event Grid cannot be connected; what doctor and preview say is only printed, because both need roles, and permissions
take up to a day to have effect (docs/decisions/0075). `APP_URL` replaces the app's URL, as tests do.
"""

from __future__ import annotations

import json
import os
import time
import urllib.request
from pathlib import Path

from azure_cli import ROOT, StepError, az, from_environment, run
from check_app import api_root, check

_TRIES = 10
_PAUSE_SECONDS = 15
_TIMEOUT_SECONDS = 60


def main() -> int:
    host = from_environment("SITE_HOST")
    pause = float(os.environ.get("PAUSE_SECONDS", _PAUSE_SECONDS))
    _wake(host, pause)
    _connect(ROOT / "infra/events.bicep", pause)
    print("Event Grid starts a run for every new file in the exports container.")
    _check()
    return 0


def _check() -> None:
    if not os.environ.get("SIGN_IN_CLIENT_ID"):
        print("There is no sign-in yet, so doctor and preview were not asked. Go on with docs/install.md, step 3.")
        return
    try:
        is_well = check()
    except StepError as error:
        print(f"Doctor and preview were not asked. {error}")
    else:
        if is_well:
            print("The app is ready: docs/pilot.md leads through the first week.")


def _wake(host: str, pause: float) -> None:
    """Waits until the app answers: after a deployment its first answers take a while."""
    url = f"{api_root(host)}/health"
    for tried in range(1, _TRIES + 1):
        try:
            with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS):  # noqa: S310 - the app's URL
                print(f"{url} answers.")
                return
        except OSError as error:
            print(f"Try {tried} of {_TRIES}: {url} does not answer yet ({error}).")
            time.sleep(pause)
    raise StepError("The app does not answer. Look at its log stream in the portal: a wrong setting is named there.")


def _connect(template: Path, pause: float) -> None:
    """The handshake of the first deployment may come before the webhook is ready, so it is tried again."""
    group, account = from_environment("AZURE_RESOURCE_GROUP"), from_environment("EXPORTS_ACCOUNT")
    parameters = (
        *(f"topicName={name}" for name in _topics(group, account)),
        f"siteName={from_environment('SITE_NAME')}",
        f"exportsAccount={account}",
        f"exportsContainer={from_environment('EXPORTS_CONTAINER')}",
        f"tags={json.dumps({'azd-env-name': from_environment('AZURE_ENV_NAME')})}",
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
            time.sleep(pause)
        else:
            return


def _topics(group: str, account: str) -> list[str]:
    """The system topic that the account has already: there can be only one, and Microsoft Defender makes one too."""
    listed = az("eventgrid", "system-topic", "list", "--resource-group", group) or []
    return [one["name"] for one in listed if one["source"].lower().endswith(f"/storageaccounts/{account.lower()}")]


if __name__ == "__main__":
    run(main)
