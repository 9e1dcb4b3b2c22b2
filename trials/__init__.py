"""Long tests that damage the system on purpose and check every promise: `make chaos`, and `make soak` for the soak.

Each module with scenarios holds one kind of them, and `checks` finds broken promises afterwards. Most scenarios run in
virtual time on in-memory storage; `kills` and `soak` run on real processes. `tests/trials` runs a short form of all but
the soak.
"""
