"""A small host that runs a Python function app on one machine; README.md says what it does not reproduce.

Exports nothing, so that who only indexes an app (`runtime`) loads none of the libraries that the host itself needs.
"""
