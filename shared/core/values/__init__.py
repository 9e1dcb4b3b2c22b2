"""Values and interfaces that all other packages use: slots, numbers, e-mail addresses, states, codes, cells, errors."""
