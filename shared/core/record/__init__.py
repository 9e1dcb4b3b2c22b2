"""Ownership records, and what the app derives from them. Also the classes of readiness."""
