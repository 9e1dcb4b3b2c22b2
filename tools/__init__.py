"""Commands for those who work on this code base; nothing of it is deployed."""
