"""In-memory storage, an in-memory host and a virtual clock for tests, trials and benchmarks."""
