"""From rows to a result: plan, gate, release, apply, finish."""
