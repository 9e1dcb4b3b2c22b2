"""Reads exports: .xlsx, .csv and text files."""
