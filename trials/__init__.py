"""`make chaos`: long tests that damage the system on purpose and check every promise.

Each module holds one kind of scenario, and `checks` finds broken promises afterwards. Most scenarios run in virtual
time on in-memory storage; `kills` and `soak` run on real processes. `tests/trials` runs a short form of each.
"""
