"""Makes the secret of the value index in the key vault, unless it is there.

Hook of azd after `provision`; by hand: `python scripts/make_index_key.py` with VAULT_NAME, SITE_NAME and
AZURE_RESOURCE_GROUP set. Can be repeated: a secret that is there is never read and never changed. It goes through Azure
Resource Manager, which also works where the vault has no public IP address. Source: "Use Key Vault references"
(refresh).
"""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from tempfile import TemporaryDirectory

from azure_cli import StepError, az, from_environment, run

_NAME = "value-index-key"
_BYTES = 48


def main() -> int:
    group = from_environment("AZURE_RESOURCE_GROUP")
    vault = az("keyvault", "show", "--name", from_environment("VAULT_NAME"), "--resource-group", group)["id"]
    url = f"{vault}/secrets/{_NAME}?api-version=2023-07-01"
    if _exists(url):
        print(f"The secret {_NAME} is there already.")
        return 0
    with TemporaryDirectory() as folder:
        body = Path(folder) / "body.json"  # not an argument, because every user of the machine can see those
        body.touch(mode=0o600)
        body.write_text(json.dumps({"properties": {"value": secrets.token_urlsafe(_BYTES)}}), encoding="utf-8")
        az("rest", "--method", "put", "--url", url, "--body", f"@{body}")
    print(f"The secret {_NAME} was made.")
    _refresh(group)
    return 0


def _exists(url: str) -> bool:
    try:
        az("rest", "--method", "get", "--url", url)
    except StepError as error:
        if "NotFound" in str(error):
            return False
        raise
    return True


def _refresh(group: str) -> None:
    """Have the site look up its references again; by itself it does so within a day."""
    try:
        site = az("functionapp", "show", "--name", from_environment("SITE_NAME"), "--resource-group", group)["id"]
        url = f"{site}/config/configreferences/appsettings/refresh?api-version=2022-03-01"
        az("rest", "--method", "post", "--url", url)
    except StepError as error:
        print(f"The app does not know the secret yet; restart it ({error}).")


if __name__ == "__main__":
    run(main)
