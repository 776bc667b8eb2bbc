"""Edge: the way from a container to LucidLink's daemon, which listens on its machine's own loopback only."""
