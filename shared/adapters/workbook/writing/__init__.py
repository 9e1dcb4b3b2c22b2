"""Writes workbooks: plan, result, drift, template."""
