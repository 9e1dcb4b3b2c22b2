"""The name under which local commands are recorded: that of the system's user, which no variable can change."""

from __future__ import annotations

import os

from shared.core.run.approvers import BY_LOCAL


def local_user() -> str:
    """`local:` and the user of this process, by number where the system knows no name."""
    return f"{BY_LOCAL}{_name()}"


def _name() -> str:
    try:
        import pwd
    except ImportError:  # Windows, where getlogin asks the system, not the environment
        return os.getlogin()
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"
