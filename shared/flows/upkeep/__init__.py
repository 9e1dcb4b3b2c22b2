"""What keeps the app healthy: sweep, poison queues, retention."""
