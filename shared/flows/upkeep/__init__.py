"""Timers, sweep, poison queues, outbox, retention, permissions; on request, erasure and the files about a person."""
