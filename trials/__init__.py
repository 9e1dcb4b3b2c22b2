"""`make chaos`: long tests that damage the system on purpose and check every promise.

Each module holds one kind of scenario; `checks` finds what is wrong afterwards. Most scenarios run in virtual time on
storage in memory, those about processes on real processes. Short forms of all of them run in `tests/trials`.
"""
