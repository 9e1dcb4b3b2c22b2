"""HTTP answers of the app: requests into verbs, results and errors into JSON in Graph's shape."""
