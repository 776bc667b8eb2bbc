"""Whether the volume is there and is the one that we had."""
