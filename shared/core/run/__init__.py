"""A run and its rows: state, safety limits, digest, messages, documents."""
