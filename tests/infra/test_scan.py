"""A security scanner over the committed deployments; what it finds and why that stays is a table, exact both ways.

The scanner is checkov, in an environment of its own that `make test-long` makes; CHECKOV may name another one. It reads
snapshots, because it cannot parse the templates' language and finds no resource in the compiled one.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.infra.snapshots import DEPLOYMENTS, resources
from tools.infra import INFRA

OWN = INFRA.parent / ".venv-checkov/bin/checkov"
SCANNER = os.environ.get("CHECKOV") or (str(OWN) if OWN.is_file() else shutil.which("checkov"))
SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
_NOT_OF_THE_SITE = "It takes the application settings for the site's configuration."
ACCEPTED = {
    "CKV_AZURE_13": _NOT_OF_THE_SITE,
    "CKV_AZURE_63": _NOT_OF_THE_SITE,
    "CKV_AZURE_65": _NOT_OF_THE_SITE,
    "CKV_AZURE_66": _NOT_OF_THE_SITE,
    "CKV_AZURE_80": _NOT_OF_THE_SITE,
    "CKV_AZURE_88": _NOT_OF_THE_SITE,
    "CKV_AZURE_17": "Callers sign in with tokens; Event Grid has no client certificate.",
    "CKV_AZURE_206": "Zone redundancy keeps HR data in its region; it is copied nowhere else.",
    "CKV_AZURE_212": "The plan scales by itself; a stopped instance delays work and loses none.",
    "CKV_AZURE_213": "Queues are retried; there is no pool of servers to take an instance out of.",
    "CKV_AZURE_222": "Event Grid has to reach the site; every route refuses callers without a role.",
    "CKV_AZURE_225": "A delay of an outage is accepted; queues keep the work.",
    "CKV_AZURE_109": "Only the network option closes the vault's network; roles alone open it.",
    "CKV_AZURE_35": "Only the network option closes the accounts' networks; roles alone open them.",
    "CKV_AZURE_189": "Without the network option there is no private way to the vault; roles alone open it.",
    "CKV_AZURE_36": "Only the account that Event Grid delivers to needs the exception, and has it.",
    "CKV_AZURE_59": "Containers are private by allowBlobPublicAccess; Event Grid and HR reach the account.",
}


@pytest.mark.long
@pytest.mark.skipif(
    SCANNER is None, reason="checkov is neither in .venv-checkov, nor named by CHECKOV, nor on the PATH"
)
def test_what_a_scanner_finds_has_its_reason(tmp_path: Path) -> None:
    """Over all variants; an exception that is no longer needed is a fault too."""
    for variant in DEPLOYMENTS:
        template = {"$schema": SCHEMA, "contentVersion": "1.0.0.0", "resources": resources(variant)}
        (tmp_path / f"{variant}.json").write_text(json.dumps(template), encoding="utf-8")
    assert SCANNER is not None
    command = [
        SCANNER,
        "--directory",
        str(tmp_path),
        "--framework",
        "arm",
        "--compact",
        "--skip-download",
        "-o",
        "json",
    ]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)  # noqa: S603 - named above
    found = json.loads(run.stdout)
    assert found["summary"]["passed"], run.stderr
    assert 0 == found["summary"]["parsing_errors"]
    failed = found["results"]["failed_checks"]
    new = [(one["check_id"], one["check_name"], one["resource"]) for one in failed if one["check_id"] not in ACCEPTED]
    assert [] == new
    assert ACCEPTED.keys() == {one["check_id"] for one in failed}
