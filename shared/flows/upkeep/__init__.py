"""Regular maintenance: sweep, poison queues, retention."""
