"""The ledger: runs, rows, people and what else the app remembers, as entities of four tables.

It knows storage by the interface of a table only, so that it works with Azure tables and with those in memory. Flows
use it directly. `shared.clients` builds it.
"""
