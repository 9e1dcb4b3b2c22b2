"""`python -m tools.snapshot FOLDER`: store what this version writes, for later versions to open."""

from __future__ import annotations

import argparse
import asyncio
from collections import Counter
from pathlib import Path

from tools.snapshot.make import make


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.snapshot", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the snapshot goes; must be empty")
    snapshot = asyncio.run(make(parser.parse_args().folder))
    for label, run in snapshot.about["runs"].items():
        print(f"{label:12} {run['state']:10} {run['source']:10} {run['id']}")
    rows = Counter(str(row["state"]) for row in snapshot.tables["Rows"])
    print("rows:", ", ".join(f"{count} {state}" for state, count in sorted(rows.items())))


if __name__ == "__main__":
    main()
