"""Snapshots: what one version stores in tables, queues and blobs, kept so that every later version can be held to it.

`python -m tools.snapshot FOLDER` makes one; the tests in tests/snapshots open all of them.
"""
