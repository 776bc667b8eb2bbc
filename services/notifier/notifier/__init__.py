"""Tells the team how each file ended."""
