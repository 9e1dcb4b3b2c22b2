"""The ledger: runs, rows, people and the write budget as entities of three tables.

`shared.clients` builds it on Azure tables; tests also build it on in-memory tables. Flows use it through the protocols
in `shared.flows.ports`.
"""
