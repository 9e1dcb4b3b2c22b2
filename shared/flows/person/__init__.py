"""The work on one person: protection, look-up, lock, write, verify; and calls for one person."""
