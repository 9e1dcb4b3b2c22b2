"""Values and contracts that every other package builds on: numbers, addresses, slots, states, cells, errors."""
