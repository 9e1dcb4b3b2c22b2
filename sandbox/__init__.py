"""The whole system on one machine: Azurite, a stand-in for Graph, a small Functions host, made-up people."""
