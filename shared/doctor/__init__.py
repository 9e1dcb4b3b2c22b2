"""The doctor: checks everything that the app depends on, says what is wrong and what to do, and never writes."""
