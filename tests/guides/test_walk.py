"""Every command of the guides is known, is in its place, and finds the variables that it uses."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ZEROS = "00000000-0000-0000-0000-000000000000"
_PROGRAM = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import recorder; recorder.main()"
PROGRAMS = ("az", "azd", "git", "python", "python3.13", "pip", "curl", "openssl", "make")
BLOCK = re.compile(r"^([ ]*)```sh\n(.*?)^[ ]*```$", re.MULTILINE | re.DOTALL)


def page(name: str) -> str:
    return (ROOT / f"docs/{name}.md").read_text(encoding="utf-8")


def section(text: str, heading: str, level: str = "##") -> str:
    """A section of a text, up to the next heading of its level or above."""
    _, found, rest = text.partition(f"\n{level} {heading}\n")
    assert found, f"there is no section {heading}"
    return re.split(rf"^#{{2,{len(level)}}} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def commands(*sections: str) -> str:
    return "\n".join(textwrap.dedent(indent + block) for text in sections for indent, block in BLOCK.findall(text))


def walk(folder: Path, script: str) -> str:
    """Runs what the guides say, in a shell that ends at the first fault and at every variable without a value.

    Returns what went wrong.
    """
    programs = folder / "bin"
    programs.mkdir()
    for name in PROGRAMS:
        program = programs / name
        program.write_text(f"#!{sys.executable} -S\n{_PROGRAM}", encoding="utf-8")
        program.chmod(0o755)
    done = subprocess.run(  # noqa: S603 - what the guides say
        ["/bin/bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env={"PATH": f"{programs}{os.pathsep}/usr/bin:/bin", "GUIDE": str(folder), "PROJECT": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if done.returncode:
        return done.stderr
    return "the delete lock is not put back" if "az lock delete" in recorded(folder) else ""


def recorded(folder: Path) -> dict[str, str]:
    """What was done, and is still so at the end."""
    return dict(json.loads((folder / "state.json").read_text())["done"])


INSTALL = page("install")
WITH_AZD, WITH_AZ = section(INSTALL, "With azd"), section(INSTALL, "With az alone")
GET_THE_CODE, CREATE, REGISTER, DEPLOY = (
    section(WITH_AZ, heading, "###")
    for heading in (
        "1. Get the code, sign in and check",
        "2. Create the resources",
        "3. Register the sign-in",
        "4. Assign roles and deploy the code",
    )
)
CHECK = section(WITH_AZD, "6. Check the app", "###")
WAYS = {
    "azd, the pilot, an upgrade and back, and the end": commands(
        WITH_AZD,
        section(INSTALL, "Change a setting later").partition("Without azd")[0],
        page("pilot"),
        page("uploads"),
        page("operations"),
        page("telemetry"),
        page("upgrade"),
        page("uninstall"),
    ),
    "az alone": commands(GET_THE_CODE, CREATE, REGISTER, DEPLOY, CHECK, page("uploads")),
    "the button": commands(
        GET_THE_CODE,
        section(INSTALL, "With the button").replace("func-xxxxxxxxxxxxx.azurewebsites.net", "value-of-site_host"),
        DEPLOY,
        CHECK,
        section(INSTALL, "Change a setting later").partition("the button]")[2],
    ),
    "Elastic Premium": commands(GET_THE_CODE, CREATE, REGISTER, section(INSTALL, "The package of EP1"), CHECK),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_guide_can_be_walked(way: str, tmp_path: Path) -> None:
    """Nothing is undefined, and nothing is out of order."""
    assert "" == walk(tmp_path, WAYS[way])


SHOWN = re.compile(r"Authorization|x-functions-key|\$\(openssl|--(?:secret|password|value)[ =](?!@)|\+\d{2}")


@pytest.mark.parametrize("path", sorted((ROOT / "docs").glob("*.md")), ids=lambda path: path.stem)
def test_no_command_shows_a_secret_or_a_number(path: Path) -> None:
    """The shell keeps commands in its history, and every user of the machine can see their arguments."""
    assert [] == SHOWN.findall(commands(path.read_text(encoding="utf-8")))


VARIABLES = (
    *("APP_IDENTITY_PRINCIPAL_ID", "SITE_NAME", "SITE_HOST", "AZURE_RESOURCE_GROUP", "VAULT_NAME", "EXPORTS_ACCOUNT"),
    *("EXPORTS_CONTAINER", "SIGN_IN_CLIENT_ID", "SIGN_IN_IDENTITY_PRINCIPAL_ID", "AZURE_TENANT_ID"),
)
WITHOUT_A_SECOND_GRANT = f"""\
for name in {" ".join(VARIABLES)}; do export $name=x; done
for script in grant_permissions make_index_key register_sign_in; do python scripts/$script.py; done
az login; git archive --output a HEAD; az functionapp deployment source config-zip --src a
python scripts/after_deploy.py; python scripts/check_app.py
"""


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ('az group delete --name "$AZURE_RESOURCE_GROUP"', "AZURE_RESOURCE_GROUP: unbound variable"),
        ("az group delete --nam rg-phones", "az group delete has no --nam"),
        ("az groups delete --name rg-phones", "az groups delete is not known"),
        ("azd auth login; azd env new phones --location x; azd deploy", "azd deploy comes before azd provision"),
        ("python3.13 scripts/register_sign_in.py", "scripts/register_sign_in.py needs SITE_HOST"),
        ("python3.13 scripts/grant_permissions.py --undo", "scripts/grant_permissions.py needs APP_IDENTITY"),
        (WITHOUT_A_SECOND_GRANT, "scripts/check_app.py comes before scripts/grant_permissions.py"),
        ("make snapshots", "make has no target snapshots"),
        ("az login; az cloud set --name AzureUSGovernment", "az cloud set comes after az login"),
        ("az role assignment delete --role Owner", "az role assignment delete comes before az lock delete"),
        ("az lock delete --name keep", "the delete lock is not put back"),
        ("azd env set TELEMETRIE true", "TELEMETRIE is nothing that infra/main.parameters.json takes"),
        (
            "az keyvault secret set --name notify-key --value x",
            "--value is a secret that every user of the machine can see",
        ),
        ("az keyvault secret set --name notify-urls --file x", "there is no file x"),
        (f"curl -H 'Authorization: Bearer {ZEROS}' https://x", "curl without a token that only it can read"),
    ],
)
def test_a_wrong_step_is_found(script: str, words: str, tmp_path: Path) -> None:
    """So that a guide which can be walked is right."""
    assert words in walk(tmp_path, script)
