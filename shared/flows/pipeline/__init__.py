"""From rows to a result: plan, check, release, apply, finish."""
