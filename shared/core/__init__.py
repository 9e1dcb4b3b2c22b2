"""Decisions and values: no service, no clock, no logging; everything needed comes as an argument."""
