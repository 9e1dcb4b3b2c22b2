"""Runs that no file starts: reconcile, leavers, directory, readiness, clean-up, questions to people, undo."""
