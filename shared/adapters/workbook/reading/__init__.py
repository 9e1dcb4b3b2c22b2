"""Reads exports: workbooks and text files."""
