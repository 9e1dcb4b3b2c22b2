"""`make chaos`: damages the system on purpose and proves that every promise was kept.

Each module holds the scenarios of one kind of damage; `checks` lists what is wrong afterwards. Most run in virtual time
on storage in memory; those about processes run real processes. Short forms of all of them are in `tests/trials`.
"""
