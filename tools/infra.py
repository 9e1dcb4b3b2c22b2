"""`python -m tools.infra`: compiles the templates and writes the files that derive from them.

These are `infra/azuredeploy.json`, for the Deploy to Azure button, and a snapshot per variant in `infra/snapshots/`:
all resources with their final properties, as the compiler evaluates them without a subscription. Needs the Bicep
compiler, named by `BICEP` or on the PATH.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

INFRA = Path(__file__).parent.parent / "infra"
SNAPSHOTS = INFRA / "snapshots"
BUTTON = INFRA / "azuredeploy.json"
_SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"


class TemplateError(Exception):
    """The compiler reports an error or a warning."""


def compiler() -> Path | None:
    """The Bicep compiler; None = there is none on this machine."""
    found = os.environ.get("BICEP") or shutil.which("bicep")
    return Path(found) if found and Path(found).is_file() else None


def variants() -> list[Path]:
    return sorted(SNAPSHOTS.glob("*.bicepparam"))


def snapshot_of(variant: Path) -> Path:
    return variant.with_suffix(".snapshot.json")


class Bicep:
    """The compiler as one process that answers requests, because each process spends seconds before its first answer.

    The protocol is JSON-RPC 2.0 over standard input and output, which `bicep jsonrpc --stdio` serves.
    """

    def __init__(self, program: Path) -> None:
        environment = {**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1", "DOTNET_TieredPGO": "0"}
        self._process = subprocess.Popen(  # noqa: S603 - the program that the developer named
            [str(program), "jsonrpc", "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def compiled(self, template: Path) -> str:
        """The template as JSON. Raises TemplateError, also for what the linter says."""
        return str(self._without_complaint("compile", path=str(template))["contents"])

    def snapshot(self, variant: Path) -> dict[str, Any]:
        """What the variant deploys, as the file beside it has it. Raises TemplateError, as above."""
        self._without_complaint("compileParams", path=str(variant), parameterOverrides={})
        where = {"subscriptionId": _SUBSCRIPTION, "location": "westeurope"}
        scope = {"resourceGroup": "rg-snapshot"} if variant.stem == "events" else {}
        found: dict[str, Any] = json.loads(
            self._ask("getSnapshot", path=str(variant), metadata=where | scope)["snapshot"]
        )
        return {**found, "outputs": dict(sorted(found["outputs"].items()))}

    def _without_complaint(self, method: str, **parameters: object) -> dict[str, Any]:
        """Raises TemplateError."""
        result = self._ask(method, **parameters)
        if not result["success"] or result["diagnostics"]:
            raise TemplateError("\n".join(map(_sentence, result["diagnostics"])))
        return result

    def _ask(self, method: str, **parameters: object) -> dict[str, Any]:
        """Raises TemplateError."""
        asked = {"jsonrpc": "2.0", "id": 1, "method": f"bicep/{method}", "params": parameters}
        content = json.dumps(asked).encode()
        asks, answers = self._process.stdin, self._process.stdout
        if asks is None or answers is None:
            raise TemplateError("The compiler has no pipes.")
        asks.write(b"Content-Length: %d\r\n\r\n%s" % (len(content), content))
        asks.flush()
        headers = dict(line.split(b": ", 1) for line in iter(lambda: answers.readline().strip(), b""))
        if not headers:
            raise TemplateError("The compiler ended without an answer.")
        answer: dict[str, dict[str, Any]] = json.loads(answers.read(int(headers[b"Content-Length"])))
        if "error" in answer:
            raise TemplateError(answer["error"]["message"])
        return answer["result"]


def _sentence(diagnostic: dict[str, Any]) -> str:
    line = diagnostic["range"]["start"]["line"] + 1
    return f"{diagnostic['source']}({line}): {diagnostic['level']} {diagnostic['code']}: {diagnostic['message']}"


def _write(bicep: Bicep) -> Iterator[Path]:
    for template in (INFRA / "main.bicep", INFRA / "events.bicep"):
        bicep.compiled(template)
    BUTTON.write_text(bicep.compiled(INFRA / "resources.bicep"), encoding="utf-8")
    yield BUTTON
    for variant in variants():
        written = json.dumps(bicep.snapshot(variant), indent=2, ensure_ascii=False)
        snapshot_of(variant).write_text(written, encoding="utf-8")
        yield variant


def main() -> None:
    program = compiler()
    if program is None:
        raise TemplateError("There is no Bicep compiler: set BICEP to it, or put it on the PATH.")
    with Bicep(program) as bicep:
        for written in _write(bicep):
            print(written.relative_to(INFRA.parent))


if __name__ == "__main__":
    try:
        main()
    except TemplateError as error:
        sys.exit(str(error))
