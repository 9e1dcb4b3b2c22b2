"""Builds the parts of the flows in `shared.app` from clients and settings; it contains no decisions."""
