"""The verbs: each reads what it needs, decides through core, and acts."""
