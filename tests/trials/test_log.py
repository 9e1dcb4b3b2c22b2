"""The scenarios record the log at any log level of the process."""

from __future__ import annotations

import logging

from trials.log import logged


def test_the_log_is_heard_from_info_on_whatever_the_level_was() -> None:
    """As a command that keeps its terminal quiet sets it; afterwards the level is as before."""
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.CRITICAL)
    try:
        with logged() as log:
            logging.getLogger("somebody").info("Row %d", 17)
            logging.getLogger("somebody").debug("too much")
        assert ["Row 17 (17,)"] == log
        assert logging.CRITICAL == root.level
    finally:
        root.setLevel(before)
