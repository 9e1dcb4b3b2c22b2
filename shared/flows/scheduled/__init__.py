"""Runs that a timer starts: reconcile, leavers, directory."""
