"""A folder shown through FUSE, with latency, trouble and remote writers, for tests and benchmarks."""
