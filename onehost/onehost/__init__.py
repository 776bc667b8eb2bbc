"""PostFlow as ordinary processes on one host, without containers: the demo, and what tests start."""
