"""What the app tells of its own work: spans, metrics and events, from one table; nothing while telemetry is off."""
