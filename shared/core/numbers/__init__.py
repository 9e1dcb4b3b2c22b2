"""Turns the text of a cell into one phone number, or a refusal."""
