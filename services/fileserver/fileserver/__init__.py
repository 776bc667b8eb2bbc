"""The fileserver: a door to one file at a time."""
