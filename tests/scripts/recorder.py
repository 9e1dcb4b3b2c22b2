"""An `az` that gives the answers of a test and writes down what it was asked; scripts run as they do in Azure."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Any

SCRIPTS = Path(__file__).parents[2] / "scripts"
_AZ = """\
#!/bin/sh
called=
while [ $# -gt 2 ]; do called="$called${{called:+ }}$1"; shift; done
printf '%s\\n' "$called" >> {asked}
case "$called" in {answers} esac
case "$called" in {refusals} esac
printf 'no answer for: az %s\\n' "$called" >&2; exit 1
"""
"""A shell starts soonest, and a script asks a dozen times. The last two words say that the answer should be JSON."""


def _case(start: str, answer: Any) -> str:
    """What the shell does for a command that begins so; None = it goes on to the refusals."""
    said = f"printf '%s\\n' {quote(json.dumps(answer))}; exit" if answer is not None else ":"
    return f"{quote(start)}*) {said} ;;"


def _refusal(start: str, text: str) -> str:
    return f"{quote(start)}*) printf '%s\\n' {quote(text)} >&2; exit 1 ;;"


@dataclass(frozen=True, slots=True)
class AzureCli:
    """`answers` are by the beginning of the command; a command without one fails, and one after `!` with that text."""

    folder: Path

    @classmethod
    def at(cls, folder: Path, answers: Mapping[str, Any]) -> AzureCli:
        folder.mkdir()
        program = folder / "az"
        given = [_case(start, answer) for start, answer in answers.items() if not start.startswith("!")]
        refusals = [_refusal(start[1:], text) for start, text in answers.items() if start.startswith("!")]
        asked = quote(str(folder / "asked"))
        program.write_text(_AZ.format(asked=asked, answers=" ".join(given), refusals=" ".join(refusals)))
        program.chmod(0o755)
        (folder / "azd").symlink_to(program)
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
