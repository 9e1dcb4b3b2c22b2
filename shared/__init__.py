"""The app behind the triggers: core decides, flows gather and act, and each adapter talks to one outside service."""
