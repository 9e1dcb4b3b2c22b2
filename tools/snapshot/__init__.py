"""Snapshots: what one version stores in tables, queues and blobs, kept to prove that every later version can read it.

`python -m tools.snapshot FOLDER` makes one; the tests in tests/snapshots open all of them.
"""
