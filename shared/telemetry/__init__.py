"""What the app reports about its work: spans, metrics and events. While telemetry is off, events are lines of the log,
and spans and metrics are not recorded."""
