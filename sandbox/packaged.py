"""`python -m sandbox.packaged FOLDER MODULE …`: runs a module with the app and its libraries from a deployable folder.

So tests can run from what `make package` built: where the folder holds a library only in part, the modules that it
lacks cannot be imported, although the development environment has them. A library of which the folder holds nothing,
such as one that only the sandbox needs, comes from that environment.
"""

from __future__ import annotations

import os
import runpy
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

VARIABLE = "APP_PACKAGE"
"""Environment variable: the deployable folder that the sandbox's Functions host runs from."""
SITE_PACKAGES = Path(".python_packages/lib/site-packages")


class PackageFinder:
    """Finds the app's modules and those of its libraries in the folder alone."""

    def __init__(self, folder: Path) -> None:
        self._places = [folder / SITE_PACKAGES, folder]
        self._names = {_top_level(entry) for place in self._places for entry in place.iterdir()}

    def find_spec(
        self, name: str, _: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name.partition(".")[0] not in self._names:
            return None
        parents = name.split(".")[:-1]
        spec = PathFinder.find_spec(name, [str(place.joinpath(*parents)) for place in self._places], target)
        if spec is None:
            raise ModuleNotFoundError(f"The package holds no module {name}", name=name)
        return spec


def _top_level(entry: Path) -> str:
    return entry.name.partition(".")[0]


def main() -> None:
    folder, module = Path(sys.argv[1]).absolute(), sys.argv[2]
    os.environ[VARIABLE] = str(folder)
    sys.meta_path.insert(0, PackageFinder(folder))
    sys.argv = sys.argv[2:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
