"""An `az` that answers from a file and writes down what it was asked, so that scripts run as they do in Azure."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCRIPTS = Path(__file__).parents[2] / "scripts"
_AZ = """\
#!{python}
import json, pathlib, sys
folder = pathlib.Path(__file__).parent
called = " ".join(sys.argv[1:-2])
with (folder / "asked").open("a") as asked:
    asked.write(called + "\\n")
answers = json.loads((folder / "answers.json").read_text())
answer = next((answers[start] for start in answers if called.startswith(start)), None)
if answer is None:
    refusals = [answers[start] for start in answers if f"!{{called}}".startswith(start)]
    sys.exit(refusals[0] if refusals else "no answer for: az " + called)
print(json.dumps(answer))
"""


@dataclass(frozen=True, slots=True)
class AzureCli:
    """`answers` are by the beginning of the command; a command without one fails, and one after `!` with that text."""

    folder: Path

    @classmethod
    def at(cls, folder: Path, answers: Mapping[str, Any]) -> AzureCli:
        folder.mkdir()
        program = folder / "az"
        program.write_text(_AZ.format(python=sys.executable))
        program.chmod(0o755)
        (folder / "azd").symlink_to(program)
        (folder / "answers.json").write_text(json.dumps(answers))
        return cls(folder)

    def asked(self) -> list[str]:
        written = self.folder / "asked"
        return written.read_text().splitlines() if written.exists() else []

    def run(
        self, script: str, *arguments: str, answer: str = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Runs a script as azd does: in its folder, with the values of the environment."""
        return subprocess.run(  # noqa: S603 - a script of this project
            [sys.executable, SCRIPTS / f"{script}.py", *arguments],
            cwd=SCRIPTS,
            input=answer,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            env={"PATH": f"{self.folder}{os.pathsep}/usr/bin", **environment},
        )
