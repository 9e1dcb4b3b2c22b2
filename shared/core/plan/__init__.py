"""The plan for one person: verdicts by the ownership of values, the operations and their order."""
