"""The HTTP API: it turns requests into calls of flows, and results and errors into JSON in Graph's form."""
