"""The verbs behind the triggers. Each flow gathers, decides with the core, and acts; its needs stand beside it."""
