"""Draws the cards that `make demo` has sent, each beside its file in FOLDER: `python -m tools.card_pictures FOLDER`.

Microsoft's Adaptive Cards library renders them in Chromium. Look at each picture.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from testing.browser import chromium, show_card


def main(folder: Path) -> None:
    """Raises ValueError for a card of which the library complains."""
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 460, "height": 10})
        for file in sorted(folder.glob("*.json")):
            if complaints := show_card(page, json.loads(file.read_text(encoding="utf-8"))):
                raise ValueError(f"{file.name}: {complaints}")
            page.screenshot(path=file.with_suffix(".png"), full_page=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
