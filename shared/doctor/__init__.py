"""The doctor: checks what the app depends on, says what is wrong and what to do, and changes nothing."""
