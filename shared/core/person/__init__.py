"""Who a row is about: keys, accounts, and the authentication methods that Graph has for an account."""
