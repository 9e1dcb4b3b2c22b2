"""A stand-in for the parts of Microsoft Graph that the app uses, in process or on a port.

Used by tests, trials, benchmarks and `python -m sandbox`; see README.md beside this file.
"""
