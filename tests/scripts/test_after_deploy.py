"""After a deployment of code: the script waits for the app, and connects Event Grid as often as it is run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.scripts.recorder import AzureCli
from tests.scripts.test_check_app import app
from tools.infra import INFRA

CREATE = "deployment group create"
TOPICS = "eventgrid system-topic list"
ENVIRONMENT = {
    "AZURE_ENV_NAME": "phones",
    "AZURE_RESOURCE_GROUP": "rg-phones",
    "SITE_NAME": "func-phones",
    "SITE_HOST": "func-phones.example",
    "EXPORTS_ACCOUNT": "stdataphones",
    "EXPORTS_CONTAINER": "hr-exports",
}


SIGNED_IN = {"SIGN_IN_CLIENT_ID": "an-id"}
ASKED_FOR = "account get-access-token --scope api://an-id/"


def run(folder: Path, answers: dict[str, object], **more: str) -> tuple[int, str, list[str]]:
    cli = AzureCli.at(folder / "az", {TOPICS: [], **answers})
    with app({"GET /health": {"status": "ok"}}, authorization=None) as address:
        done = cli.run("after_deploy", APP_URL=address, PAUSE_SECONDS="0", **ENVIRONMENT, **more)
    return done.returncode, done.stdout + done.stderr, cli.asked()


def test_event_grid_is_connected_once_the_app_answers(tmp_path: Path) -> None:
    """Every parameter is one of the template, and the topic gets the tag of the environment."""
    code, said, (_, asked) = run(tmp_path, {CREATE: {}})
    assert (0, True) == (code, "Event Grid starts a run for every new file" in said)
    given = re.findall(r"(\w+)=", asked.partition("--parameters")[2])
    declared = re.findall(r"^param (\w+)", (INFRA / "events.bicep").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(given) <= set(declared)
    assert 'tags={"azd-env-name": "phones"}' in asked


def test_a_topic_that_the_account_has_is_used(tmp_path: Path) -> None:
    """Azure allows one for each account, and Microsoft Defender may have made it."""
    accounts = "/subscriptions/s/resourceGroups/rg-phones/providers/Microsoft.Storage/storageAccounts/"
    topics = [
        {"name": "of-another", "source": f"{accounts}stjrnphones"},
        {"name": "made", "source": f"{accounts}STDATAPHONES"},
    ]
    (tmp_path / "none").mkdir()
    _, _, (_, asked) = run(tmp_path, {TOPICS: topics, CREATE: {}})
    assert " topicName=made " in asked
    assert "topicName" not in run(tmp_path / "none", {TOPICS: topics[:1], CREATE: {}})[2][1]


def test_a_handshake_that_fails_is_tried_again(tmp_path: Path) -> None:
    """The webhook may not be ready at first; at the end the script says what Azure said."""
    code, said, asked = run(tmp_path, {f"!{CREATE}": "the handshake failed"})
    assert (1, [TOPICS, *[CREATE] * 10]) == (code, [" ".join(line.split()[:3]) for line in asked])
    assert said.rstrip().endswith("the handshake failed")


def test_an_app_that_does_not_answer_fails_the_deployment(tmp_path: Path) -> None:
    """Nothing is connected to it."""
    cli = AzureCli.at(tmp_path / "az", {CREATE: {}})
    done = cli.run("after_deploy", APP_URL="http://127.0.0.1:9", PAUSE_SECONDS="0", **ENVIRONMENT)
    assert (1, []) == (done.returncode, cli.asked())
    assert "The app does not answer. Look at its log stream" in done.stderr


@pytest.mark.parametrize(
    ("more", "token", "words"),
    [
        (
            {},
            {},
            "There is no sign-in yet, so doctor and preview were not asked. Go on with docs/install.md, step 3.",
        ),
        (
            SIGNED_IN,
            {f"!{ASKED_FOR}": "AADSTS50105"},
            "AADSTS50105\nYou need the role Reports.Read and the",
        ),
        (SIGNED_IN, {ASKED_FOR: {"accessToken": "of-nobody"}}, "doctor was not asked. You need the role Reports.Read"),
    ],
)
def test_who_may_not_ask_is_told_how_and_the_deployment_stands(
    tmp_path: Path, more: dict[str, str], token: dict[str, object], words: str
) -> None:
    """The code is there and works; roles are often assigned afterwards."""
    code, said, _ = run(tmp_path, {CREATE: {}, **token}, **more)
    assert (0, True) == (code, words in said), said
