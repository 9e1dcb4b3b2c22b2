"""Values and contracts that every other package builds on: numbers, e-mail addresses, slots, states, cells, errors."""
