"""The script makes the secret of the value index once, never changes it, and shows it to nobody."""

from __future__ import annotations

from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

from tests.scripts.recorder import AzureCli

VAULT, SITE = "/subscriptions/s/vaults/kv-test", "/subscriptions/s/sites/func-test"
SECRET = f"{VAULT}/secrets/value-index-key?api-version=2023-07-01"
FOUND: dict[str, Any] = {"keyvault show": {"id": VAULT}, "functionapp show": {"id": SITE}}
PUT: dict[str, Any] = {f"rest --method put --url {SECRET}": {}}
REFRESH = f"rest --method post --url {SITE}/config/configreferences/appsettings/refresh"


def run(folder: Path, answers: dict[str, Any]) -> tuple[CompletedProcess[str], list[str]]:
    cli = AzureCli.at(folder / "az", {**FOUND, **answers})
    environment = {"VAULT_NAME": "kv-test", "SITE_NAME": "func-test", "AZURE_RESOURCE_GROUP": "rg-test"}
    return cli.run("make_index_key", **environment), cli.asked()


def test_a_secret_that_is_there_stays(tmp_path: Path) -> None:
    """A second deployment changes nothing."""
    done, asked = run(tmp_path, {f"rest --method get --url {SECRET}": {"name": "value-index-key"}, **PUT})
    assert (0, False) == (done.returncode, any("put" in one for one in asked)), done.stderr


def test_a_missing_secret_is_made_and_the_site_told(tmp_path: Path) -> None:
    """Its value is in a file of the caller alone, not in the command."""
    missing = {f"!rest --method get --url {SECRET}": "ERROR: Not Found({'error': {'code': 'SecretNotFound'}})"}
    done, asked = run(tmp_path, {**missing, **PUT, REFRESH: {}})
    assert 0 == done.returncode, done.stderr
    (put,) = [one for one in asked if " put " in one]
    assert put.partition(" --body ")[2].startswith("@")
    assert any(one.startswith(REFRESH) for one in asked)


def test_a_vault_that_cannot_be_asked_is_no_missing_secret(tmp_path: Path) -> None:
    """Anything but "not found" ends the script, so that a secret is never replaced by mistake."""
    done, asked = run(tmp_path, {f"!rest --method get --url {SECRET}": "ERROR: Forbidden", **PUT})
    assert (1, False) == (done.returncode, any(" put " in one for one in asked))
    assert "Forbidden" in done.stderr
