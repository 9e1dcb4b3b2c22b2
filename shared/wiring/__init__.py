"""Builds the flows for `shared.app` from clients and settings; it contains no decisions."""
