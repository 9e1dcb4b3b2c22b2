"""The adapters: one external service or file format per package."""
