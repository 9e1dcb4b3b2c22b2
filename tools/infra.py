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

INFRA = Path(__file__).parent.parent / "infra"
SNAPSHOTS = INFRA / "snapshots"
BUTTON = INFRA / "azuredeploy.json"
_SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"


class TemplateError(Exception):
    """The compiler reports an error or a warning; it exits with 0 for warnings."""


def compiler() -> Path | None:
    """The Bicep compiler; None = there is none on this machine."""
    found = os.environ.get("BICEP") or shutil.which("bicep")
    return Path(found) if found and Path(found).is_file() else None


def variants() -> list[Path]:
    return sorted(SNAPSHOTS.glob("*.bicepparam"))


def compiled(template: Path) -> str:
    """The template as JSON. Raises TemplateError."""
    return _run("build", "--stdout", str(template))


def lint(template: Path) -> None:
    """Raises TemplateError."""
    _run("lint", str(template))


def snapshot(variant: Path, mode: str) -> None:
    """Writes the snapshot (`overwrite`), or compares it (`validate`). Raises TemplateError."""
    scope = ["--resource-group", "rg-snapshot"] if variant.stem == "events" else []
    where = ["--subscription-id", _SUBSCRIPTION, "--location", "westeurope"]
    _run("snapshot", str(variant), *where, *scope, "--mode", mode)


def _run(*arguments: str) -> str:
    program = compiler()
    if program is None:
        raise TemplateError("There is no Bicep compiler: set BICEP to it, or put it on the PATH.")
    environment = {**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}
    run = subprocess.run(  # noqa: S603 - the program that the developer named
        [str(program), *arguments], capture_output=True, text=True, check=False, env=environment
    )
    if run.returncode or run.stderr.strip():
        raise TemplateError(run.stderr.strip() or run.stdout.strip())
    return run.stdout


def _write() -> Iterator[Path]:
    for template in (INFRA / "main.bicep", INFRA / "events.bicep"):
        lint(template)
    BUTTON.write_text(compiled(INFRA / "resources.bicep"), encoding="utf-8")
    yield BUTTON
    for variant in variants():
        snapshot(variant, "overwrite")
        _sort_outputs(variant.with_suffix(".snapshot.json"))
        yield variant


def _sort_outputs(written: Path) -> None:
    """Sort the outputs, because the compiler writes them in another order each time."""
    evaluated = json.loads(written.read_text(encoding="utf-8"))
    evaluated["outputs"] = dict(sorted(evaluated["outputs"].items()))
    written.write_text(json.dumps(evaluated, indent=2, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    try:
        for written in _write():
            print(written.relative_to(INFRA.parent))
    except TemplateError as error:
        sys.exit(str(error))
