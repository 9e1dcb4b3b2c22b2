"""`python -m tools.package FOLDER ZIP`: builds the deployable folder for Azure and zips it, by `make package`."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.package.build import Size, fill, pack

ROOT = Path(__file__).parents[2]
_PLATFORMS = ("manylinux_2_34_x86_64", "manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")
"""Azure's Python 3.13 runs on Linux x86-64; pip takes the first of these platforms that a project offers."""
_LARGEST_SHOWN = 12


def main() -> int:
    arguments = _parser().parse_args()
    shutil.rmtree(arguments.folder, ignore_errors=True)
    with tempfile.TemporaryDirectory() as installed:
        site = Path(installed)
        _install(site)
        sizes = fill(arguments.folder, ROOT, site)
    pack(arguments.folder, arguments.zip)
    _print(sizes, arguments.folder, arguments.zip)
    return 0


def _install(site: Path) -> None:
    """Install wheels for Azure's machines, on any machine; no code of a package runs here."""
    platforms = [word for name in _PLATFORMS for word in ("--platform", name)]
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    command += ["--only-binary", ":all:", "--python-version", "3.13", "--implementation", "cp", *platforms]
    command += ["--target", str(site), "--requirement", str(ROOT / "requirements.txt")]
    subprocess.run(command, check=True)  # noqa: S603 - the words above


def _print(sizes: list[Size], folder: Path, archive: Path) -> None:
    for size in sorted(sizes, key=lambda size: -size.deployed)[:_LARGEST_SHOWN]:
        print(f"{size.name:34} {_megabytes(size.installed)} installed {_megabytes(size.deployed)} deployed")
    left_out = sorted(size.name for size in sizes if not size.deployed)
    print(f"Left out, since nothing imports them: {', '.join(left_out) or 'none'}")
    total = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"Installed {_megabytes(sum(size.installed for size in sizes))}, unpacked {_megabytes(total)},", end=" ")
    print(f"zipped {_megabytes(archive.stat().st_size)}: {archive}")


def _megabytes(number: int) -> str:
    return f"{number / 1e6:6.1f} MB"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.package", description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="where the unpacked package is put; what is there is deleted")
    parser.add_argument("zip", type=Path, help="the zip file")
    return parser


if __name__ == "__main__":
    sys.exit(main())
