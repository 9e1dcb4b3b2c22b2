"""What the app remembers of a person, and what follows from it: remaining work, drift, leavers."""
