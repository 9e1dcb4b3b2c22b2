"""The work on one person: protection, look-up, lock, write, verification; and calls for one person."""
