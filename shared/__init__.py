"""The app behind the triggers: core decides, flows gather and act, adapters speak to one outside thing each."""
