"""`python -m tools.hashes`: writes requirements.txt, every deployed package with its version and its hashes.

Pip asks the package index what it offers and installs nothing. It refuses a package whose file has another hash,
wherever requirements.txt is installed: on Azure's build machine and by `tools.package`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
DIRECT, HASHED = ROOT / "requirements.in", ROOT / "requirements.txt"
_PLATFORMS = ("manylinux_2_17_x86_64", "manylinux2014_x86_64", "manylinux_2_28_x86_64")
"""Linux x86-64, the builds for the oldest systems first."""
_HEAD = """\
# What runs in Azure: the packages of requirements.in with all that they bring along. Written by 'make hashes'.
--only-binary :all:
"""


def main() -> int:
    lines = [f"{name}=={version} --hash=sha256:{digest}" for name, version, digest in sorted(_offered())]
    HASHED.write_text(_HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    return 0


def _offered() -> Iterator[tuple[str, str, str]]:
    """Name, version and SHA-256 of each file that pip would install in Azure."""
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--dry-run"]
        command += ["--ignore-installed", "--report", str(report), "--only-binary", ":all:", "--target", folder]
        command += ["--python-version", "3.13", "--implementation", "cp"]
        command += [word for name in _PLATFORMS for word in ("--platform", name)]
        subprocess.run([*command, "--requirement", str(DIRECT)], check=True)  # noqa: S603 - the words above
        for one in json.loads(report.read_text(encoding="utf-8"))["install"]:
            digest = one["download_info"]["archive_info"]["hashes"]["sha256"]
            yield one["metadata"]["name"].lower(), one["metadata"]["version"], digest


if __name__ == "__main__":
    sys.exit(main())
