"""What has to change for one person: the operations, their order, and who owns a value."""
