"""The ledger: runs, rows, people and everything else that the app remembers, as entities of four tables.

It knows only the interface of a table, so it works with Azure tables and with tables in memory.
"""
