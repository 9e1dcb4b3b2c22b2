"""Runs without a file: reconcile, leavers, directory, readiness, clean-up, questions to people, undo."""
