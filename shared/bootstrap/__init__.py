"""From the environment to settings, clients and verbs: the only place where things are built and wired.

The triggers import this alone: the verbs, and with them the flows and the core, are imported when the first is asked
for. A deployed package is read-only and holds no bytecode, so each module that indexing needs is compiled in every cold
start.
"""

from __future__ import annotations

import logging
import os
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.bootstrap.app import App


@cache
def app_of_process() -> App:
    """The one app of this process, from its environment."""
    from shared.bootstrap.app import App

    logging.getLogger("azure").setLevel(logging.WARNING)  # the SDKs log whole addresses at INFO
    return App(os.environ)
