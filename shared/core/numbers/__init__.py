"""From the text of a cell to one phone number, or to a refusal."""
