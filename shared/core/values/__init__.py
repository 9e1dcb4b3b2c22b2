"""Values and interfaces that the other packages share, such as slots, cells, states, codes and errors."""
