"""The ledger: runs, rows, people and the write budget as entities of three tables.

Built by `shared.clients` over Azure tables, by tests also over in-memory ones.
Flows see it through their own protocols.
"""
