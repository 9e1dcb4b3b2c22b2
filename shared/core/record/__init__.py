"""Ownership records, and what the app derives from them: known values, remaining operations, drift, leavers. Also the
classes of readiness."""
