"""What happens to one person: protection, lock, write, verification; and calls for one person."""
