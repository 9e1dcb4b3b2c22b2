"""What the app knows about people: keys, accounts, authentication methods and privileges."""
