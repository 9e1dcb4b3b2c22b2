"""The doctor: examines everything that the app depends on, says what is wrong and what to do, and never writes."""
