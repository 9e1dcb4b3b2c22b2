"""The guides, walked as somebody would who types what they say, with a recorder in place of every program."""
