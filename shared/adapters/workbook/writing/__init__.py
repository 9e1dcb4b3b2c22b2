"""Writes the workbooks of the app, such as plan, result and the empty form."""
