"""Fixtures of several test modules."""

from tests.integration.fileserver_site import site

__all__ = ["site"]
