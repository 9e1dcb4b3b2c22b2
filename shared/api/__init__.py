"""The HTTP API: requests into verbs, results and errors into JSON in Graph's shape; imported when HTTP is called."""
