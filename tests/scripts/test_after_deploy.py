"""After a deployment of code: the script waits for the app, and connects Event Grid as often as it is run."""

from __future__ import annotations

import re
from pathlib import Path

from tests.scripts.recorder import AzureCli
from tests.scripts.test_check_app import app
from tools.infra import INFRA

CREATE = "deployment group create"
ENVIRONMENT = {
    "AZURE_ENV_NAME": "phones",
    "AZURE_RESOURCE_GROUP": "rg-phones",
    "SITE_NAME": "func-phones",
    "SITE_HOST": "func-phones.example",
    "EXPORTS_ACCOUNT": "stdataphones",
    "EXPORTS_CONTAINER": "hr-exports",
}


def run(folder: Path, answers: dict[str, object]) -> tuple[int, str, list[str]]:
    cli = AzureCli.at(folder / "az", answers)
    with app({"GET /health": {"status": "ok"}}, authorization=None) as address:
        done = cli.run("after_deploy", APP_URL=address, PAUSE_SECONDS="0", **ENVIRONMENT)
    return done.returncode, done.stdout + done.stderr, cli.asked()


def test_event_grid_is_connected_once_the_app_answers(tmp_path: Path) -> None:
    """Every parameter is one of the template, and the topic gets the tag of the environment."""
    code, said, (asked,) = run(tmp_path, {CREATE: {}})
    assert (0, True) == (code, "Event Grid starts a run for every new file" in said)
    given = re.findall(r"(\w+)=", asked.partition("--parameters")[2])
    declared = re.findall(r"^param (\w+)", (INFRA / "events.bicep").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(given) <= set(declared)
    assert 'tags={"azd-env-name": "phones"}' in asked


def test_a_handshake_that_fails_is_tried_again(tmp_path: Path) -> None:
    """The webhook may not be ready at first; at the end the script says what Azure said."""
    code, said, asked = run(tmp_path, {f"!{CREATE}": "the handshake failed"})
    assert (1, 10) == (code, len(asked))
    assert said.rstrip().endswith("the handshake failed")
