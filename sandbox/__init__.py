"""Runs the whole system on one machine: Azurite, a Graph stand-in, a small Functions host, and made-up people."""
