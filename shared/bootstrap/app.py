"""The verbs of one process, wired from its clients; called by the triggers and by the sandbox's commands.

Everything is built on first use and lives as long as the process, on the one event loop that the Functions worker
gives it.
"""

from __future__ import annotations

from shared.bootstrap.doctor import Checkup
from shared.bootstrap.single_calls import CallVerbs
from shared.bootstrap.sweep import Sweeping


class App(Sweeping, CallVerbs, Checkup):
    """All of them."""
