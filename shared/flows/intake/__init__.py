"""From a file to rows in the ledger: read it, understand its columns, and find it again when its event was lost."""
