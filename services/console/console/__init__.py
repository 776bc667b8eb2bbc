"""The operator's desk: the command `postflow`."""
