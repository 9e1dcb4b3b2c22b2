"""Stands in for `az`, `azd`, `git`, `curl` and Python while a guide is walked; called by the name that it is run by.

It fails on a command or an option that it does not know, on a script whose variables are not set, and on a step before
the one that it needs. It runs without the project's packages, and keeps its state in the folder that GUIDE names.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from itertools import pairwise
from pathlib import Path

FOLDER = Path(os.environ["GUIDE"])
ROOT = Path(os.environ["PROJECT"])
ZEROS = "00000000-0000-0000-0000-000000000000"
OUTPUTS = re.findall(r"^output (\w+)", (ROOT / "infra/main.bicep").read_text(encoding="utf-8"), re.MULTILINE)
COMMON = {"--output", "--query"}
SECRETS = {"--value", "--password", "--account-key", "--connection-string", "--sas-token"}
"""Whose value every user of the machine can see; one after `@` is read from a file or from the standard input."""
NAMED = {"--name", "--resource-group"}
FILES = {"--file", "--src", "--from-package"}
AZ = {
    "account get-access-token": {"--scope"},
    "account set": {"--subscription"},
    "account show": set(),
    "ad app delete": {"--id"},
    "ad signed-in-user show": set(),
    "cloud set": {"--name"},
    "deployment group create": {*NAMED, "--template-file", "--parameters"},
    "deployment sub create": {"--name", "--location", "--template-file", "--parameters"},
    "deployment sub show": {"--name"},
    "functionapp deployment source config-zip": {*NAMED, "--src"},
    "functionapp restart": NAMED,
    "functionapp show": NAMED,
    "functionapp stop": NAMED,
    "group delete": {"--name"},
    "identity create": NAMED,
    "identity show": NAMED,
    "identity federated-credential create": {*NAMED, "--identity-name", "--issuer", "--subject", "--audiences"},
    "keyvault secret set": {"--vault-name", "--name", "--file", "--value"},
    "keyvault show": NAMED,
    "lock create": {*NAMED, "--lock-type"},
    "lock delete": NAMED,
    "login": {"--scope", "--tenant"},
    "rest": {"--method", "--url", "--body"},
    "role assignment create": {"--assignee", "--assignee-object-id", "--assignee-principal-type", "--role", "--scope"},
    "role assignment delete": {"--assignee", "--role", "--scope"},
    "storage account list": {"--resource-group"},
    "storage account local-user create": {
        *("--account-name", "--resource-group", "--name", "--home-directory", "--permission-scope"),
        *("--ssh-authorized-key", "--has-ssh-key", "--has-ssh-password"),
    },
    "storage account show": NAMED,
    "storage blob download-batch": {"--account-name", "--source", "--destination", "--auth-mode"},
    "storage blob upload": {"--account-name", "--container-name", "--name", "--file", "--auth-mode", "--overwrite"},
    "storage container immutability-policy delete": {"--account-name", "--container-name", "--if-match"},
    "storage container immutability-policy show": {"--account-name", "--container-name"},
}
"""The commands of the guides with their options, as the Azure CLI documents them."""
AZD = {"auth login", "config set", "deploy", "down", "env get-values", "env new", "env set", "provision"}
_IN_ENVIRONMENT = set(re.findall(r"\$\{(\w+)", (ROOT / "infra/main.parameters.json").read_text(encoding="utf-8")))
_EMPTY_TAR = bytes(10240)
NEEDS = {
    "azd provision": {"azd auth login", "azd env new"},
    "azd deploy": {"azd provision"},
    "az deployment sub show": {"az deployment sub create"},
    "az functionapp deployment source config-zip": {"az login", "git archive"},
    "az storage blob upload": {"az role assignment create"},
    "scripts/after_deploy.py": {"deployed", "scripts/make_index_key.py"},
    "scripts/check_app.py": {"scripts/after_deploy.py", "scripts/grant_permissions.py", "az login"},
    "curl": {"scripts/check_app.py"},
    "azd down": {"scripts/tear_down.py"},
    "az keyvault secret set": {"az role assignment create"},
    "az role assignment delete": {"az lock delete"},
    "az ad app delete": {"scripts/register_sign_in.py"},
}
"""What has to come before."""
GIVES = {
    "azd provision": {"scripts/make_index_key.py", "scripts/grant_permissions.py"},
    "azd deploy": {"deployed", "scripts/after_deploy.py"},
    "az functionapp deployment source config-zip": {"deployed"},
    "az storage blob upload": {"deployed"},
}
"""What is done by it; azd runs the scripts that azure.yaml names."""
BEFORE = {"az cloud set": "az login", "azd config set": "azd auth login"}
"""What comes too late after the other, which would be of the wrong cloud."""
TAKES = {
    "az lock create": {"az lock delete"},
    "azd provision": {"az lock delete"},
    "az deployment sub create": {"scripts/grant_permissions.py"},
    "az deployment group create": {"scripts/grant_permissions.py"},
    "scripts/register_sign_in.py": {"scripts/grant_permissions.py"},
}
"""What is no longer so after it: a feature such as the sign-in may need another permission, and the lock is back."""


def state() -> dict[str, dict[str, str]]:
    file = FOLDER / "state.json"
    return json.loads(file.read_text()) if file.exists() else {"env": {}, "done": {}}


def record(step: str, **values: str) -> None:
    """Notes that a step was done. Exits when one before it is missing."""
    now = state()
    if missing := NEEDS.get(step, set()) - now["done"].keys():
        sys.exit(f"{step} comes before {', '.join(sorted(missing))}")
    if BEFORE.get(step) in now["done"]:
        sys.exit(f"{step} comes after {BEFORE[step]}")
    now["done"] = dict.fromkeys({*now["done"], step, *GIVES.get(step, ())} - TAKES.get(step, set()), "")
    now["env"] |= values
    (FOLDER / "state.json").write_text(json.dumps(now))


def check_values(arguments: list[str]) -> None:
    for option, value in pairwise(arguments):
        if option in SECRETS and not value.startswith("@"):
            sys.exit(f"{option} is a secret that every user of the machine can see")
        if option in FILES and not Path(value).exists():
            sys.exit(f"there is no file {value}")


def az(arguments: list[str]) -> None:
    check_values(arguments)
    words = " ".join(arguments).split(" -")[0]
    name = max((known for known in AZ if words == known or words.startswith(f"{known} ")), key=len, default="")
    if not name:
        sys.exit(f"az {words} is not known")
    options = {word for word in arguments if word.startswith("--")}
    if unknown := options - AZ[name] - COMMON:
        sys.exit(f"az {name} has no {', '.join(sorted(unknown))}")
    for option in ("--name", "--resource-group", "--scope", "--account-name", "--id"):
        if option in arguments and not arguments[arguments.index(option) + 1].strip("/"):
            sys.exit(f"az {name}: {option} is empty")
    record(f"az {name}")
    match name:
        case "deployment sub create" | "deployment group create":
            template = arguments[arguments.index("--template-file") + 1]
            given = [word.partition("=")[0] for word in arguments[arguments.index("--parameters") + 1 :]]
            parameters = re.findall(r"^param (\w+)", (ROOT / template).read_text(encoding="utf-8"), re.MULTILINE)
            if wrong := set(given) - set(parameters):
                sys.exit(f"{template} has no parameter {', '.join(sorted(wrong))}")
        case "deployment sub show":
            print(json.dumps({f"{one[0].lower()}{one[1:]}": {"value": f"value-of-{one.lower()}"} for one in OUTPUTS}))
        case _ if "--query" in arguments:
            print(ZEROS)


def azd(arguments: list[str]) -> None:
    check_values(arguments)
    name = next((known for known in sorted(AZD) if " ".join(arguments).startswith(known)), "")
    if not name:
        sys.exit(f"azd {' '.join(arguments)} is not known")
    values = {}
    match name:
        case "env set":
            if arguments[2] not in _IN_ENVIRONMENT:
                sys.exit(f"{arguments[2]} is nothing that infra/main.parameters.json takes from the environment")
            values = {arguments[2]: arguments[3]}
        case "env new":
            values = {"AZURE_ENV_NAME": arguments[2], "AZURE_LOCATION": arguments[arguments.index("--location") + 1]}
        case "provision":
            values = {one: f"value-of-{one.lower()}" for one in OUTPUTS} | {"AZURE_TENANT_ID": ZEROS}
    record(f"azd {name}", **values)
    if name == "env get-values":
        print("\n".join(f"{key}={json.dumps(value)}" for key, value in state()["env"].items()))


def git(arguments: list[str]) -> None:
    match arguments:
        case ["clone", address]:
            scripts = Path.cwd() / address.rpartition("/")[2].removesuffix(".git") / "scripts"
            scripts.mkdir(parents=True)
            shutil.copy(ROOT / "scripts/call_app.sh", scripts)
        case ["archive", *rest]:
            for path in rest[rest.index("HEAD") + 1 :]:
                if not (ROOT / path).exists():
                    sys.exit(f"git archive: there is no {path}")
            if "--output" in rest:
                Path(rest[rest.index("--output") + 1]).touch()
            else:
                sys.stdout.buffer.write(_EMPTY_TAR)
    record(f"git {arguments[0]}")


def python(arguments: list[str]) -> None:
    match arguments:
        case ["-c", *_]:
            os.execv(sys.executable, [sys.executable, *arguments])  # noqa: S606 - as the guide says
        case ["-m", "venv", folder]:
            (Path(folder) / "bin").mkdir(parents=True)
            for name in ("python", "pip"):
                (Path(folder) / "bin" / name).symlink_to(FOLDER / "bin" / name)
        case ["-m", "pip" | "zipfile", *_]:
            pass
        case [script, *options]:
            source = (ROOT / script).read_text(encoding="utf-8")
            needed = re.findall(r'from_environment\("(\w+)"\)', source)
            needed += ["AZURE_TENANT_ID"] if " Graph()" in source else []
            if unset := [name for name in needed if not os.environ.get(name)]:
                sys.exit(f"{script} needs {', '.join(unset)}")
            if unknown := [option for option in options if f'"{option}"' not in source]:
                sys.exit(f"{script} has no {', '.join(unknown)}")
            record(script)


def pip(arguments: list[str]) -> None:
    file = arguments[arguments.index("--requirement") + 1]
    if not (ROOT / file).is_file():
        sys.exit(f"there is no {file}")


def curl(arguments: list[str]) -> None:
    headers = [Path(word[1:]).read_text() for word in arguments if word.startswith("@/dev/fd/")]
    if headers != [f"Authorization: Bearer {ZEROS}"]:
        sys.exit(f"curl without a token that only it can read: {arguments}")
    if not arguments[-1].startswith("https://value-of-site_host/api/v1/"):
        sys.exit(f"curl without the app's address: {arguments}")
    record("curl")


def make(arguments: list[str]) -> None:
    if not re.search(rf"^{arguments[0]}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE):
        sys.exit(f"make has no target {arguments[0]}")
    if arguments == ["package"]:
        Path("app.zip").touch()


def openssl(_: list[str]) -> None:
    print("c2VjcmV0")


def main() -> None:
    called = Path(sys.argv[0]).name.replace("python3.13", "python")
    programs = (az, azd, git, python, pip, curl, openssl, make)
    next(program for program in programs if program.__name__ == called)(sys.argv[1:])
