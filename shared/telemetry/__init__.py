"""What the app reports about its work: spans, metrics and events, from one table; nothing while telemetry is off."""
