"""Brings each exposed file to Frame.io, once, and verifies what arrived."""
