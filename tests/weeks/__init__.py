"""A year of ordinary weeks: how often the safety limits hold runs of companies in which nothing is wrong."""
