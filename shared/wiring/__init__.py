"""What the verbs of `shared.app` are made of; nothing here decides anything."""
