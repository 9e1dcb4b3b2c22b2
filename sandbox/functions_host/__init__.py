"""A small host that runs a Python function app on one machine; README.md lists what it does not reproduce.

Exports nothing, so that code which only indexes an app (`runtime`) does not load the host's own libraries.
"""
